"""What a step reaches through any kind of Python object, changed between two calls: the compiled step sees it, as the eager one does."""

import array
import builtins
import collections
import contextlib
import ctypes
import functools
import operator
import types

import numpy as np
import pytest

import tinygrad_fr as tg

# What cannot be held to runs eagerly, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")


class _List(list):
    pass


class _Dict(dict):
    pass


class _Held:
    def __init__(self):
        self.k = 2.0
        self.items = [2.0]

    def __call__(self):
        return self.k

    def __getitem__(self, place):
        return self.items[place]

    def __contains__(self, item):
        return item in self.items


class _Other(_Held):
    def __call__(self):
        return 7.0


class _Slots:
    __slots__ = ("k",)

    def __init__(self):
        self.k = 2.0


def _more(place, number=5.0):
    return lambda o: operator.setitem(o, place, number)


def _k(o):
    o.k = 5.0


# How the object is made, how it is changed between the calls, and what the step reads of it.
REACHED = [
    (lambda: [2.0], _more(0), "o[0]"),
    (lambda: _List([2.0]), _more(0), "o[0]"),
    (lambda: {"a": 2.0}, _more("a"), "o['a']"),
    (lambda: _Dict(a=2.0), _more("a"), "o['a']"),
    (lambda: collections.UserDict(a=2.0), _more("a"), "o['a']"),
    (lambda: collections.deque([2.0]), _more(0), "o[0]"),
    (lambda: collections.ChainMap({}, {"a": 2.0}), _more("a"), "o['a']"),
    (lambda: types.MappingProxyType({"a": [2.0]}), lambda o: _more(0)(o["a"]), "o['a'][0]"),
    (lambda: array.array("d", [2.0]), _more(0), "o[0]"),
    (lambda: bytearray([2]), _more(0, 5), "o[0]"),
    (lambda: memoryview(bytearray([2])), _more(0, 5), "o[0]"),
    (lambda: (ctypes.c_double * 1)(2.0), _more(0), "o[0]"),
    (lambda: ctypes.c_double(2.0), lambda o: setattr(o, "value", 5.0), "o.value"),
    (lambda: np.array([2.0]), _more(0), "float(o[0])"),
    (lambda: np.array([2.0], object), _more(0), "float(o[0])"),
    (lambda: np.ma.array([2.0]), _more(0), "float(o.sum())"),
    (lambda: functools.partial(lambda k: k, k=2.0), lambda o: _more("k")(o.keywords), "o()"),
    (lambda: functools.lru_cache(_Held()), lambda o: (_k(o.__wrapped__), o.cache_clear()), "o()"),
    (lambda: (operator.attrgetter("k"), _Held()), lambda o: _k(o[1]), "o[0](o[1])"),
    (lambda: (operator.itemgetter(0), [2.0]), lambda o: _more(0)(o[1]), "o[0](o[1])"),
    (lambda: iter([2.0, 5.0]), lambda o: None, "next(o)"),
    (lambda: types.SimpleNamespace(k=2.0), _k, "o.k"),
    (lambda: types.SimpleNamespace(k=2.0), _k, "o.__dict__['k']"),
    (lambda: types.SimpleNamespace(k=2.0), _k, "vars(o)['k']"),
    (_Slots, _k, "o.k"),
    (_Held, _k, "o()"),
    (_Held, lambda o: _more(0)(o.items), "o[0]"),
    (_Held, lambda o: _more(0)(o.items), "(1.0 if 2.0 in o else 3.0)"),
    (_Held, lambda o: setattr(o, "__class__", _Other), "o()"),
]


@pytest.mark.parametrize(("make", "change", "read"), REACHED, ids=[f"{i}-{row[2]}" for i, row in enumerate(REACHED)])
def test_a_change_of_what_a_step_reaches_is_seen(make, change, read):
    def answers(compiled):
        o = make()
        space = {"o": o}
        exec(f"def step(x): return x * ({read})", space)
        step = compiled(space["step"])
        first = step(tg.ones(2)).tolist()
        change(o)
        return first, step(tg.ones(2)).tolist()

    first, second = answers(lambda step: step)
    assert first != second
    assert answers(tg.compile) == (first, second)


@contextlib.contextmanager
def _patched(owner, name, value):
    before, inherited = getattr(owner, name), name not in vars(owner)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if inherited:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@pytest.mark.parametrize(
    ("owner", "name", "step"),
    [
        (np, "sqrt", lambda x: x * float(np.sqrt(4.0))),
        (tg.nn.functional, "relu", lambda x: tg.nn.functional.relu(x - 3)),
        (tg.Tensor, "abs", lambda x: (x - 3).abs()),
        (tg.nn.Tanh, "forward", tg.nn.Tanh()),
        (builtins, "abs", lambda x: x * abs(-2.0)),
    ],
    ids=["numpy", "functional", "method", "module", "builtin"],
)
def test_a_function_that_was_replaced_is_called(owner, name, step):
    compiled = tg.compile(step)
    before = compiled(tg.ones(2)).tolist()
    with _patched(owner, name, lambda *given: given[-1] * 1.0):
        replaced = step(tg.ones(2)).tolist()
        assert compiled(tg.ones(2)).tolist() == replaced != before
    assert compiled(tg.ones(2)).tolist() == before


PAIRS = {
    "one": lambda v: (v[:3],) * 2,
    "one of its own": lambda v: (v[:3].clone(),) * 2,
    "parts": lambda v: (v[:3], v[3:]),
    "the same part twice": lambda v: (v[:3], v[:3]),
    "parts that overlap": lambda v: (v[:3], v[2:5]),
    "detached": lambda v: (v[:3], v.detach()[3:]),
    "two": lambda v: (v[:3].clone(), v[3:].clone()),
}


@pytest.mark.parametrize("then", PAIRS)
@pytest.mark.parametrize("first", PAIRS)
def test_one_tensor_given_twice_is_not_two_parts_of_one(first, then):
    step = tg.compile(lambda x, y: x + y * 10)
    for pair in (first, first, then, then, first):
        x, y = PAIRS[pair](tg.arange(6.0))
        assert step(x, y).tolist() == (x + y * 10).tolist()


@pytest.mark.parametrize("then", PAIRS)
@pytest.mark.parametrize("first", PAIRS)
def test_a_part_that_a_step_reaches_is_not_another_part_of_the_same(first, then):
    whole = tg.arange(6.0)
    own = whole[:3]
    step = tg.compile(lambda x: x + own * 10)
    for pair in (first, first, then, then, first):
        for x in (*PAIRS[pair](whole), own):
            assert step(x).tolist() == (x + own * 10).tolist()
