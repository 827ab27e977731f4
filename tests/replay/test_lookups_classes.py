"""A class that changes is seen by the compiled step, as by the eager one."""

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
