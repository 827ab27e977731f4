"""An error is of PyTorch's class, which ``except`` of a program names, and says one sentence of this package."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import table
from tinygrad_fr.errors import TinygradError

CALLS = table(r"""
a file that is not there | T.load('/nowhere/weights.pt')
a folder for a file | T.load('/')
words in a list | T.tensor(['A', 'B'])
words in lists | T.tensor([['a'], ['b']])
words with a dtype | T.tensor(['1'], dtype=T.float32)
words as they are | T.as_tensor(['a'])
a word | T.tensor('a')
a word as it is | T.as_tensor('a')
bytes | T.tensor(b'a')
None | T.tensor(None)
None in a list | T.tensor([None])
a dictionary in a list | T.tensor([{}])
lists of two lengths | T.tensor([[1], [1, 2]])
a word among numbers | T.tensor([1, 'a'])
words for a Tensor | T.Tensor(['a'])
words for a FloatTensor | T.FloatTensor(['a'])
an array of words | T.tensor(np.array(['a']))
a word to fill with | T.full((2,), 'a')
a word like a tensor | T.full_like(T.ones(2), 'a')
moved to a GPU | T.ones(2).cuda()
moved to a GPU by name | T.ones(2).to('cuda')
made on a GPU | T.ones(2, device='cuda:0')
a module moved to a GPU | T.nn.Linear(2, 2).cuda()
a module moved to the second GPU | T.nn.Linear(2, 2).to('cuda:1')
a module made on a GPU | T.nn.Linear(2, 2, device='cuda')
moved to another accelerator | T.ones(2).to('xpu')
moved to Apple's | T.ones(2).to('mps')
the current GPU | T.cuda.current_device()
the name of a GPU | T.cuda.get_device_name(0)
what a GPU has | T.cuda.get_device_properties(0)
waiting for a GPU | T.cuda.synchronize()
no device | T.device('foo')
""")


def raised(text, m):
    try:
        return eval(text, {"T": m, "np": np})
    except Exception as error:
        return error


@pytest.mark.parametrize("name", CALLS)
def test_an_error_is_of_pytorchs_class(name):
    ours, theirs = raised(CALLS[name], tg), raised(CALLS[name], torch)
    assert isinstance(theirs, Exception)
    assert isinstance(ours, TinygradError)
    wanted = OSError if isinstance(theirs, IsADirectoryError) else type(theirs)
    assert isinstance(ours, wanted), (type(ours), theirs)
    assert str(ours)


@pytest.mark.parametrize(
    "name",
    [
        "is_available",
        "is_initialized",
        "device_count",
        "memory_allocated",
        "max_memory_allocated",
        "memory_reserved",
        "max_memory_reserved",
    ],
)
def test_questions_about_a_gpu_that_is_not_here_are_answered(name):
    assert getattr(tg.cuda, name)() == getattr(torch.cuda, name)()


@pytest.mark.parametrize("sides", [(2, 3), (0, 2), (1,)])
@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8, int])
@pytest.mark.parametrize("name", ["FloatTensor", "Tensor", "LongTensor", "zeros", "empty"])
def test_a_size_may_be_of_numpys_integers(name, kind, sides):
    given = [kind(side) for side in sides]
    assert getattr(tg, name)(*given).shape == getattr(torch, name)(*given).shape


@pytest.mark.parametrize("shape", [(), (2, 3), (0,)])
def test_numpy_says_the_shape_as_pytorch_does(shape):
    assert repr(np.shape(tg.zeros(shape))) == repr(np.shape(torch.zeros(shape)))
