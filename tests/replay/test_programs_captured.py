"""Programs as strangers write them, compiled: what a function closes over changes."""

import dataclasses
import enum
import functools
import math
import types

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.programs import X, entering, same, xs
from tinygrad_fr import tensor

PROGRAMS = {}
program = entering(PROGRAMS)


@program
def a_list_that_grows(run):
    factors = [1.0]
    f = run(lambda x: sum(x * k for k in factors))
    for x in xs(6):
        yield f(x)
        factors.append(len(factors) * 0.5)


@program
def a_list_whose_element_changes(run):
    factors = [1.0, 2.0]
    f = run(lambda x: x * factors[0] + factors[1])
    for k, x in enumerate(xs(6)):
        factors[k % 2] += 0.5
        yield f(x)


@program
def a_list_of_another_object(run):
    state = {"factors": [1.0, 2.0]}
    f = run(lambda x: x * state["factors"][0])
    for k, x in enumerate(xs(5)):
        state["factors"] = [k + 1.0]
        yield f(x)


@program
def a_nested_dict(run):
    config = {"a": {"b": [1, {"c": 2.0}]}}
    f = run(lambda x: x * config["a"]["b"][1]["c"])
    for k, x in enumerate(xs(5)):
        config["a"]["b"][1]["c"] = 2.0 + (k > 1)
        yield f(x)


@program
def a_dict_that_gets_a_key(run):
    options = {}
    f = run(lambda x: x * options.get("scale", 1.0) + ("shift" in options))
    for k, x in enumerate(xs(6)):
        if k == 2:
            options["scale"] = 3.0
        if k == 4:
            options["shift"] = True
        yield f(x)


@dataclasses.dataclass
class Config:
    rate: float = 1.0
    flag: bool = False
    sizes: list = dataclasses.field(default_factory=lambda: [2, 3])


@program
def a_dataclass(run):
    config = Config()
    f = run(lambda x: (x * config.rate).sum(0, keepdim=config.flag) + len(config.sizes))
    for k, x in enumerate(xs(7)):
        config.rate = 1.0 + (k > 1)
        config.flag = k > 3
        if k == 5:
            config.sizes.append(1)
        yield f(x)


@program
def a_dataclass_as_an_argument(run):
    f = run(lambda x, config: x * config.rate + config.sizes[0])
    for k, x in enumerate(xs(6)):
        yield f(x, Config(rate=k + 1.0, sizes=[k]))


@dataclasses.dataclass(frozen=True)
class Frozen:
    rate: float


@program
def another_frozen_dataclass_each_time(run):
    f = run(lambda x, config: x * config.rate)
    for k, x in enumerate(xs(12)):
        yield f(x, Frozen(1.0 + k % 3))


@program
def another_function_each_time(run):
    f = run(lambda x, g: g(x))
    for k, x in enumerate(xs(12)):
        yield f(x, lambda y, k=k: y * k)
    for k in range(4):
        yield f(tensor(X), functools.partial(torch_like_scale, by=k + 1))


def torch_like_scale(x, by):
    return x * by


@program
def a_default_that_is_changed(run):
    def f(x, by=2.0, *, plus=1.0):
        return x * by + plus

    g = run(f)
    for k, x in enumerate(xs(6)):
        if k == 2:
            f.__defaults__ = (5.0,)
        if k == 4:
            f.__kwdefaults__["plus"] = 10.0
        yield g(x)


@program
def a_default_that_is_a_list(run):
    def f(x, seen=[1.0]):  # noqa: B006
        return x * seen[-1]

    g = run(f)
    for x in xs(5):
        yield g(x)
        f.__defaults__[0].append(3.0)


SCALE = 1.0


@program
def a_global_that_is_bound_again(run):
    global SCALE
    SCALE = 1.0
    f = run(lambda x: x * SCALE)
    for x in xs(6):
        yield f(x)
        SCALE *= 2


def helper(x):
    return x + 1


@program
def a_helper_that_is_bound_again(run):
    global helper
    kept = helper
    f = run(lambda x: helper(x))
    for k, x in enumerate(xs(4)):
        if k == 2:
            helper = lambda x: x - 1  # noqa: E731
        yield f(x)
    helper = kept


@program
def an_array_of_numpys_that_is_written(run):
    table = np.array([1.0, 2.0])
    f = run(lambda x: x * tensor(table))
    for k, x in enumerate(xs(6)):
        table[k % 2] += 1
        yield f(x)


@program
def an_array_of_numpys_as_an_argument(run):
    f = run(lambda x, a: x * tensor(a) + float(a[0]))
    table = np.array([1.0, 2.0])
    for k, x in enumerate(xs(6)):
        table[k % 2] += k % 3
        yield f(x, table)


@program
def a_nonlocal_counter(run):
    count = 0

    @run
    def f(x):
        nonlocal count
        count += 1
        return x * count

    for x in xs(5):
        yield f(x)
    yield tensor(float(count))


@program
def an_attribute_as_a_counter(run):
    space = types.SimpleNamespace(calls=0)

    @run
    def f(x):
        space.calls += 1
        return x * space.calls

    for x in xs(5):
        yield f(x)


@program
def results_collected_in_a_list(run):
    seen = []

    @run
    def f(x):
        y = x * 2
        seen.append(y)
        return y

    for x in xs(4):
        f(x)
    yield from seen


@program
def a_memo(run):
    memo = {}

    @run
    def f(x, k):
        if k not in memo:
            memo[k] = k * 2.0
        return x * memo[k]

    for k, x in enumerate(xs(8)):
        yield f(x, k % 2)


class Kind(enum.Enum):
    TANH = "tanh"
    EXP = "exp"


@program
def an_enum_and_a_string(run):
    def f(x, kind, how="sum"):
        y = x.tanh() if kind is Kind.TANH else x.exp()
        return getattr(y, "sum")() if how == "sum" else y.mean()  # noqa: B009

    g = run(f)
    for k, x in enumerate(xs(8)):
        yield g(x, Kind.TANH if k % 2 else Kind.EXP, "sum" if k % 4 < 2 else "mean")


@program
def an_enum_captured(run):
    box = {"kind": Kind.TANH}
    f = run(lambda x: x.tanh() if box["kind"] is Kind.TANH else x.exp())
    for k, x in enumerate(xs(4)):
        box["kind"] = Kind.EXP if k % 2 else Kind.TANH
        yield f(x)


@program
def numbers_of_every_kind(run):
    f = run(lambda x, k: x * k)
    x = tensor(np.array([2, -3]))
    for k in (1, True, 1.0, 0.0, -0.0, np.float32(2.5), np.int64(3), 2**40, False, 1e300, math.inf, 1):
        yield f(x, k)
        yield tensor(X) * 0 + f(tensor(X), k)


@program
def a_sign_of_zero_captured(run):
    box = [0.0]
    f = run(lambda x: x * box[0])
    for k in (0.0, -0.0, 0.0, 1.0, -1.0, -0.0, 0.0):
        box[0] = k
        yield f(tensor(X))


@program
def types_of_a_captured_number(run):
    box = [1]
    f = run(lambda x: x * box[0])
    for k in (1, 1.0, True, 2, 2.0, 1):
        box[0] = k
        yield f(tensor(np.array([2, -3])))


@program
def a_number_or_none_or_a_tensor(run):
    def f(x, bias=None):
        return x if bias is None else x + bias

    g = run(f)
    for k, x in enumerate(xs(9)):
        yield g(x, (None, 1.5, tensor([1.0, 2.0]))[k % 3])


@program
def a_branch_on_a_captured_number(run):
    box = {"k": 0.0}
    f = run(lambda x: x * 2 if box["k"] > 2 else x - box["k"])
    for k, x in enumerate(xs(7)):
        box["k"] = float(k)
        yield f(x)


@program
def a_number_as_a_size(run):
    box = [1]
    f = run(lambda x: x.repeat(box[0], 1).sum(0) + tg.zeros(2) + range(box[0])[-1])
    for k, x in enumerate(xs(6)):
        box[0] = 1 + k % 3
        yield f(x)


@program
def a_loop_of_a_captured_length(run):
    box = types.SimpleNamespace(depth=1)

    @run
    def f(x):
        for _each in range(box.depth):
            x = (x * 1.5).tanh()
        return x

    for k, x in enumerate(xs(6)):
        box.depth = 1 + k // 2
        yield f(x)


@program
def formatted_numbers_as_keys(run):
    table, box = {"1": 2.0, "2": 3.0}, [1]
    f = run(lambda x: x * table[f"{box[0]}"])
    for k, x in enumerate(xs(6)):
        box[0] = 1 + k % 2
        yield f(x)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    same(PROGRAMS[name])
