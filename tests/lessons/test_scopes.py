"""A name that a lesson gives to something of its own is not looked up among PyTorch's."""

import pytest

from tinygrad_fr.lessons.names import missing

HEAD = "import torch\nfrom torch import nn, optim\nfrom torch.utils import data\n"

HIDDEN = {
    "a parameter": "def f(data, *nn, **optim):\n    return data.absent, nn.absent, optim.absent",
    "a parameter of a lambda": "g = lambda data: data.absent",
    "a loop": "for data in [1]:\n    data.absent",
    "an assignment": "optim = optim.Adam([])\noptim.absent",
    "a walrus": "if (data := 3):\n    data.absent",
    "a block": "with open('x') as data:\n    data.absent",
    "an error": "try:\n    pass\nexcept Exception as data:\n    data.absent",
    "a function's own": "def f():\n    data = 1\n    return data.absent",
    "a function around": "def f(data):\n    def g():\n        return data.absent\n    return g",
    "a function before the script's own": "def f():\n    return data.absent\ndata = 1",
    "a global": "def f():\n    global data\n    data = 1\ndata.absent",
    "a class": "class data:\n    pass\ndata.absent",
    "a comprehension": "def f(xs):\n    return [data.absent for data in xs]",
}
SEEN = {
    "before it is given away": "data.absent\ndata = 1",
    "in the line that gives it away": "data = data.absent()",
    "a default": "def f(data=data.absent):\n    pass",
    "a decorator": "@data.absent\ndef f(data):\n    pass",
    "in a function": "def f(x):\n    return data.absent",
    "in a method": "class A(nn.Module):\n    def f(self):\n        return data.absent",
    "an import inside": "def f():\n    from torch.utils import data\n    return data.absent",
    "in a call's chain": "x = data.Dataset().y(data.absent)",
}


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_name_of_the_lessons_own(kind):
    assert missing(HEAD + HIDDEN[kind]) == []


@pytest.mark.parametrize("kind", SEEN)
def test_a_name_of_the_import(kind):
    assert [each.name for each in missing(HEAD + SEEN[kind])] == ["torch.utils.data.absent"]
