"""Where Python looks for what a step names: a change at any of these places is seen by the compiled step, as by the eager one."""

import collections
import dataclasses
import enum
import functools
import typing

import numpy as np
import pytest

import tinygrad_fr as tg

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
SCRIPTS = []


def script(function):
    """A program that gives what its calls gave, for a step that is run as it is or compiled."""
    SCRIPTS.append(function)
    return function


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
def dataclass_factory(compiled):
    st = [2.0]

    @dataclasses.dataclass
    class P:
        k: float = dataclasses.field(default_factory=lambda: st[0])

    g = compiled(lambda x: x * P().k)
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def dataclass_default_changed(compiled):
    @dataclasses.dataclass
    class P:
        k: float = 2.0

    g = compiled(lambda x: x * P().k)
    yield g(tg.ones(2))
    P.__init__.__defaults__ = (5.0,)
    yield g(tg.ones(2))


@script
def namedtuple_method(compiled):
    st = [2.0]

    class P(collections.namedtuple("P", "a b")):
        k = 3.0

        def scale(self):
            return self.a * st[0] + self.k

    p = P(1.0, 2.0)
    g = compiled(lambda x: x * p.scale())
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))
    P.k = 9.0
    yield g(tg.ones(2))


@script
def namedtuple_property(compiled):
    st = [2.0]

    class P(typing.NamedTuple):
        a: float
        b: float = 1.0

        @property
        def s(self):
            return self.a * st[0]

    p = P(1.0)
    g = compiled(lambda x: x * p.s)
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def namedtuple_made(compiled):
    class P(typing.NamedTuple):
        a: float
        b: float = 1.0

    g = compiled(lambda x: x * P(2.0).b)
    yield g(tg.ones(2))
    P.__new__.__defaults__ = (4.0,)
    yield g(tg.ones(2))


@script
def namedtuple_arg_method(compiled):
    st = [2.0]

    class P(typing.NamedTuple):
        a: typing.Any

        def s(self):
            return self.a * st[0]

    g = compiled(lambda p: p.s())
    p = P(tg.ones(2))
    yield g(p)
    st[0] = 5.0
    yield g(p)
    yield g(P(tg.ones(2) * 2))


@script
def float_subclass(compiled):
    class F(float):
        pass

    k = F(2.0)
    k.s = 3.0
    g = compiled(lambda x: x * k.s)
    yield g(tg.ones(2))
    k.s = 5.0
    yield g(tg.ones(2))


@script
def float_subclass_method(compiled):
    st = [2.0]

    class F(float):
        def s(self):
            return self * st[0]

    k = F(2.0)
    g = compiled(lambda x: x * k.s())
    yield g(tg.ones(2))
    st[0] = 5.0
    yield g(tg.ones(2))


@script
def int_subclass_arg(compiled):
    class F(int):
        pass

    k = F(2)
    k.s = 3.0
    g = compiled(lambda x, k: x * k.s)
    yield g(tg.ones(2), k)
    k.s = 5.0
    yield g(tg.ones(2), k)
    j = F(2)
    j.s = 8.0
    yield g(tg.ones(2), j)


@script
def str_subclass_arg(compiled):
    class S(str):
        pass

    k = S("a")
    k.s = 3.0
    g = compiled(lambda x, k: x * k.s)
    yield g(tg.ones(2), k)
    k.s = 5.0
    yield g(tg.ones(2), k)
    j = S("a")
    j.s = 8.0
    yield g(tg.ones(2), j)


@script
def enum_mutable(compiled):
    class M(enum.Enum):
        A = 1

        def __init__(self, v):
            self.k = float(v)

    g = compiled(lambda x: x * M.A.k)
    yield g(tg.ones(2))
    M.A.k = 5.0
    yield g(tg.ones(2))


@script
def enum_arg_mutable(compiled):
    class M(enum.Enum):
        A = 1
        B = 2

        def __init__(self, v):
            self.k = float(v)

    g = compiled(lambda x, m: x * m.k)
    yield g(tg.ones(2), M.A)
    M.A.k = 5.0
    yield g(tg.ones(2), M.A)
    yield g(tg.ones(2), M.B)


@script
def intenum_property(compiled):
    tab = {1: 2.0, 2: 3.0}

    class M(enum.IntEnum):
        A = 1
        B = 2

        @property
        def k(self):
            return tab[self.value]

    g = compiled(lambda x, m: x * m.k)
    yield g(tg.ones(2), M.A)
    tab[1] = 5.0
    yield g(tg.ones(2), M.A)
    yield g(tg.ones(2), M.B)


@script
def set_type_changed(compiled):
    s = {1}
    g = compiled(lambda x: x * next(iter(s)))
    x = tg.tensor([2])
    yield g(x)
    s.clear()
    s.add(1.0)
    yield g(x)
    s.clear()
    s.add(True)
    yield g(tg.tensor([True]))
    s.clear()
    s.add(1)
    yield g(tg.tensor([True]))


@script
def dict_key_type_changed(compiled):
    d = {1: 2.0}
    g = compiled(lambda x: x * next(iter(d)))
    x = tg.tensor([2])
    yield g(x)
    v = d.pop(1)
    d[1.0] = v
    yield g(x)


@script
def dict_arg_key_type(compiled):
    def f(x, d):
        return x * next(iter(d))

    g = compiled(f)
    x = tg.tensor([2])
    yield g(x, {1: 0})
    yield g(x, {1.0: 0})
    yield g(x, {True: 0})


@script
def slice_of_object(compiled):
    class Place:
        v = 1

        def __index__(self):
            return self.v

    i = Place()
    s = slice(i, None)
    g = compiled(lambda x: x[s] * 2)
    x = tg.arange(4.0)
    yield g(x)
    i.v = 2
    yield g(x)


@script
def ndarray_subclass(compiled):
    class A(np.ndarray):
        pass

    a = np.ones(2, np.float32).view(A)
    a.k = 2.0
    g = compiled(lambda x: x * a.k)
    yield g(tg.ones(2))
    a.k = 5.0
    yield g(tg.ones(2))


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


@script
def singledispatch_(compiled):
    @functools.singledispatch
    def k(v):
        return 2.0

    g = compiled(lambda x: x * k(1))
    yield g(tg.ones(2))
    k.register(int)(lambda v: 5.0)
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


@script
def stores_number_deep(compiled):
    k = [2.0]
    log = {"a": [[]]}

    class H:
        pass

    h = H()
    h.last = None

    def f(x):
        log["a"][0].append((k[0],))
        h.last = [k[0]]
        return x * k[0]

    g = compiled(f)
    for v in (2.0, 3.0, 4.0):
        k[0] = v
        yield g(tg.ones(2))
    yield log["a"][0], [type(v[0]).__name__ for v in log["a"][0]], type(h.last[0]).__name__


@script
def raises_number(compiled):
    k = [2.0]

    def f(x):
        if k[0] > 3:
            raise ValueError(k[0])
        return x * k[0]

    g = compiled(f)
    for v in (2.0, 3.0, 2.5, 4.0, 5.0, 1.0):
        k[0] = v
        try:
            yield g(tg.ones(2))
        except ValueError as e:
            yield e.args[0], type(e.args[0]).__name__


def plainly(given):
    """What a script gave, with the classes of its numbers."""
    if isinstance(given, tuple | list):
        return [plainly(each) for each in given]
    return (str(given.dtype), given.tolist()) if isinstance(given, tg.Tensor) else (type(given), given)


@pytest.mark.parametrize("function", SCRIPTS, ids=[each.__name__ for each in SCRIPTS])
def test_a_change_is_seen_wherever_python_looks(function):
    expected = [plainly(given) for given in function(lambda step: step)]
    assert any(each != expected[0] for each in expected)
    assert [plainly(given) for given in function(tg.compile)] == expected
