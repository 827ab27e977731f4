"""An attribute that changes where a step looks for it is seen by the compiled step, as by the eager one."""

import pytest

import tinygrad_fr as tg
from tests.replay.lookups import scripts, sees_the_change

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
SCRIPTS, script = scripts()


@script
def function_attribute(compiled):
    def act(x):
        return x * act.k

    act.k = 2.0
    g = compiled(lambda x: act(x))
    yield g(tg.ones(2))
    act.k = 3.0
    yield g(tg.ones(2))
    act.k = 4.0
    yield g(tg.ones(2))


@script
def step_counter_attribute(compiled):
    def f(x):
        f.n += 1
        return x * f.n

    f.n = 0
    g = compiled(f)
    for _ in range(4):
        yield g(tg.ones(2))
    yield f.n


@script
def method_attribute(compiled):
    class A:
        def act(self, x):
            return x * A.act.k

    A.act.k = 2.0
    a = A()
    g = compiled(lambda x: a.act(x))
    yield g(tg.ones(2))
    A.act.k = 5.0
    yield g(tg.ones(2))


@script
def absent_attribute(compiled):
    class A:
        pass

    o = A()

    def f(x):
        try:
            return x * o.k
        except AttributeError:
            return x

    g = compiled(f)
    yield g(tg.ones(2))
    o.k = 5.0
    yield g(tg.ones(2))
    del o.k
    yield g(tg.ones(2))


@script
def absent_class_attribute(compiled):
    class A:
        pass

    def f(x):
        try:
            return x * A.k
        except AttributeError:
            return x

    g = compiled(f)
    yield g(tg.ones(2))
    A.k = 5.0
    yield g(tg.ones(2))


@script
def absent_module_attribute(compiled):
    class M(tg.nn.Module):
        def forward(self, x):
            try:
                return x * self.k
            except AttributeError:
                return x

    m = M()
    g = compiled(m)
    yield g(tg.ones(2))
    m.k = 5.0
    yield g(tg.ones(2))
    del m.k
    yield g(tg.ones(2))


@script
def absent_base_attribute(compiled):
    class B:
        pass

    class A(B):
        pass

    o = A()

    def f(x):
        try:
            return x * o.k
        except AttributeError:
            return x

    g = compiled(f)
    yield g(tg.ones(2))
    B.k = 5.0
    yield g(tg.ones(2))


@script
def optimizer_attribute(compiled):
    w = tg.ones(2, requires_grad=True)
    o = tg.optim.SGD([w], 0.1)
    o.k = 2.0

    def f(x):
        o.zero_grad()
        loss = (w * x).sum() * o.k
        loss.backward()
        o.step()
        return loss.detach()

    g = compiled(f)
    yield g(tg.ones(2)), w
    o.k = 5.0
    yield g(tg.ones(2)), w


@script
def own_module_class_attribute(compiled):
    m = tg.nn.Linear(2, 2)
    m.weight.data.fill_(0.5)
    m.bias.data.zero_()
    tg.nn.Linear.zz = 2.0
    try:
        g = compiled(lambda x: m(x) * m.zz)
        yield g(tg.ones(1, 2))
        tg.nn.Linear.zz = 5.0
        yield g(tg.ones(1, 2))
    finally:
        del tg.nn.Linear.zz


@script
def own_module_base_attribute(compiled):
    m = tg.nn.Linear(2, 2)
    m.weight.data.fill_(0.5)
    m.bias.data.zero_()
    tg.nn.Module.zz = 2.0
    try:
        g = compiled(lambda x: m(x) * m.zz)
        yield g(tg.ones(1, 2))
        tg.nn.Module.zz = 5.0
        yield g(tg.ones(1, 2))
    finally:
        del tg.nn.Module.zz


@script
def user_module_base_attribute(compiled):
    class M(tg.nn.Module):
        def forward(self, x):
            return x * self.zz

    tg.nn.Module.zz = 2.0
    m = M()
    try:
        g = compiled(m)
        yield g(tg.ones(2))
        tg.nn.Module.zz = 5.0
        yield g(tg.ones(2))
    finally:
        del tg.nn.Module.zz


@script
def getattribute(compiled):
    st = [2.0]

    class A:
        def __getattribute__(self, n):
            return st[0]

    a = A()
    g = compiled(lambda x: x * a.k)
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def getattr_added_later(compiled):
    class A:
        k = 2.0

    a = A()
    g = compiled(lambda x: x * a.k)
    yield g(tg.ones(2))
    A.__getattribute__ = lambda s, n: 5.0
    yield g(tg.ones(2))


@script
def property_added_later(compiled):
    class A:
        def __init__(self):
            self.k = 2.0

    a = A()
    g = compiled(lambda x: x * a.k)
    yield g(tg.ones(2))
    A.k = property(lambda s: 5.0)
    yield g(tg.ones(2))


@pytest.mark.parametrize("function", SCRIPTS, ids=[each.__name__ for each in SCRIPTS])
def test_a_change_is_seen_wherever_python_looks(function):
    sees_the_change(function)
