"""A class that changes is seen by the compiled step, as by the eager one."""

import dataclasses
import functools

import pytest

import tinygrad_fr as tg
from tests.replay.lookups import scripts, sees_the_change

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
SCRIPTS, script = scripts()


@script
def module_class_swapped(compiled):
    class A(tg.nn.Module):
        def forward(self, x):
            return x * 2

    class B(tg.nn.Module):
        def forward(self, x):
            return x * 5

    m = A()
    g = compiled(lambda x: m(x))
    yield g(tg.ones(2))
    m.__class__ = B
    yield g(tg.ones(2))


@script
def inner_module_class_swapped(compiled):
    m = tg.nn.Sequential(tg.nn.Linear(2, 2), tg.nn.ReLU())
    m[0].weight.data.fill_(-0.5)
    m[0].bias.data.zero_()
    g = compiled(m)
    yield g(tg.ones(1, 2))
    m[1].__class__ = tg.nn.Tanh
    yield g(tg.ones(1, 2))


@script
def bases_changed(compiled):
    class A:
        def k(self):
            return 2.0

    class A2:
        def k(self):
            return 5.0

    class B(A):
        pass

    b = B()
    g = compiled(lambda x: x * b.k())
    yield g(tg.ones(2))
    B.__bases__ = (A2,)
    yield g(tg.ones(2))


@script
def override_later(compiled):
    class A:
        def k(self):
            return 2.0

    class B(A):
        pass

    b = B()
    g = compiled(lambda x: x * b.k())
    yield g(tg.ones(2))
    B.k = lambda s: 5.0
    yield g(tg.ones(2))
    b.k = lambda: 9.0
    yield g(tg.ones(2))


@script
def metaclass_call(compiled):
    st = [2.0]

    class Me(type):
        def __call__(cls, *a):
            o = super().__call__(*a)
            o.k = st[0]
            return o

    class A(metaclass=Me):
        pass

    g = compiled(lambda x: x * A().k)
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def new_(compiled):
    st = [2.0]

    class A:
        def __new__(c):
            o = super().__new__(c)
            o.k = st[0]
            return o

    g = compiled(lambda x: x * A().k)
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def init_default(compiled):
    class A:
        def __init__(self, k=2.0):
            self.k = k

    g = compiled(lambda x: x * A().k)
    yield g(tg.ones(2))
    A.__init__.__defaults__ = (5.0,)
    yield g(tg.ones(2))


@pytest.mark.parametrize("function", SCRIPTS, ids=[each.__name__ for each in SCRIPTS])
def test_a_change_is_seen_wherever_python_looks(function):
    sees_the_change(function)


def rate_of_making(kind):
    """A class whose objects are made with a number from outside, how that number changes, and how an object is made."""
    box = [2.0]
    if kind == "variable":

        class Made:
            def __init__(self):
                self.k = box[0]

        return Made, lambda: box.__setitem__(0, 5.0)
    if kind == "default":

        class Made:
            def __init__(self, k=2.0):
                self.k = k

        return Made, lambda: setattr(Made.__init__, "__defaults__", (5.0,))
    if kind == "method":

        class Made:
            def __init__(self):
                self.k = 2.0

        return Made, lambda: setattr(Made, "__init__", lambda self: self.__dict__.update(k=5.0))
    if kind == "after":

        @dataclasses.dataclass
        class Made:
            k: float = 1.0

            def __post_init__(self):
                self.k = box[0]

        return Made, lambda: box.__setitem__(0, 5.0)

    class Made:
        def __new__(cls):
            made = super().__new__(cls)
            made.k = box[0]
            return made

    return Made, lambda: box.__setitem__(0, 5.0)


# How a step comes across the class before it makes an object of it → the step, of the class and an object of it.
MEETINGS = {
    "not at all": lambda kind, made: lambda x: x * kind().k,
    "an object": lambda kind, made: lambda x: x * made.k * kind().k,
    "an argument": lambda kind, made: functools.partial(lambda given, x: x * given.k * kind().k, made),
    "isinstance": lambda kind, made: lambda x: x * isinstance(made, kind) * kind().k,
    "a list": lambda kind, made: lambda x: x * [made, kind][0].k * kind().k,
    "a derived class": lambda kind, made: lambda x: x * made.k * type("Derived", (kind,), {})().k,
    "its type": lambda kind, made: lambda x: x * type(made)().k,
    "its __class__": lambda kind, made: lambda x: x * made.__class__().k,
}


@pytest.mark.parametrize("meeting", MEETINGS)
@pytest.mark.parametrize("kind", ["variable", "default", "method", "after", "new"])
def test_what_makes_an_object_is_held_to_however_the_class_is_met(kind, meeting):
    found = []
    for compiled in (lambda step: step, tg.compile):
        made_by, change = rate_of_making(kind)
        step = compiled(MEETINGS[meeting](made_by, made_by()))
        found.append([step(tg.ones(2)).tolist() for _call in range(3)])
        change()
        found[-1] += [step(tg.ones(2)).tolist() for _call in range(2)]
    assert found[1] == found[0]
    assert found[0][-1] != found[0][0]
