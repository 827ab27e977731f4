"""A value whose class is not Python's own, or changes, is seen by the compiled step, as by the eager one."""

import collections
import dataclasses
import enum
import functools
import typing

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.lookups import scripts, sees_the_change

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
SCRIPTS, script = scripts()


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
def singledispatch_(compiled):
    @functools.singledispatch
    def k(v):
        return 2.0

    g = compiled(lambda x: x * k(1))
    yield g(tg.ones(2))
    k.register(int)(lambda v: 5.0)
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


@pytest.mark.parametrize("function", SCRIPTS, ids=[each.__name__ for each in SCRIPTS])
def test_a_change_is_seen_wherever_python_looks(function):
    sees_the_change(function)
