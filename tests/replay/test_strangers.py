"""Programs as a stranger writes them: compiled, each gives what it gives eagerly, call after call."""

import dataclasses
import enum
import functools
import math
import random
import time
import types
import warnings
from typing import NamedTuple

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import autograd, nn, optim, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.nn import functional as F

PROGRAMS = {}
X = np.array([[1.0, 2.0], [0.5, -1.5], [3.0, 0.1]])
W = np.array([[0.5, -1.0], [2.0, 0.25]])


def program(build):
    """Enter a program: it takes ``run``, which compiles or not, and yields what it sees."""
    PROGRAMS[build.__name__] = build
    return build


def leaf(x=W):
    return tensor(x, requires_grad=True)


def xs(n=4):
    return [tensor(X * (k + 1)) for k in range(n)]


# What a function closes over


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


# What runs inside


@program
def clocks_and_other_generators(run):
    random.seed(0)
    np.random.seed(0)
    f, g, h = (
        run(lambda x: x * random.random()),
        run(lambda x: x * np.random.rand()),
        run(lambda x: x + 0 * time.time()),
    )
    for x in xs(3):
        yield from (f(x), g(x), h(x))


@program
def a_generator_of_numpys_that_is_captured(run):
    source = np.random.default_rng(0)
    f = run(lambda x: x + tensor(source.normal(size=2)))
    for x in xs(4):
        yield f(x)


@program
def seeds_inside(run):
    @run
    def f(x):
        tg.manual_seed(3)
        return x + tg.rand(2)

    for x in xs(3):
        yield f(x)
    yield tg.rand(2)


@program
def draws_between_calls(run):
    f = run(lambda x: F.dropout(x, 0.5) + tg.randn(2))
    for x in xs(4):
        yield f(x)
        yield tg.rand(2)


@program
def a_generator_given(run):
    source = tg.Generator()
    source.manual_seed(1)
    f = run(lambda x: x + tg.rand(2, generator=source))
    for x in xs(4):
        yield f(x)
    yield tg.rand(2, generator=source)


@program
def what_is_printed(run):
    lines = []
    f = run(lambda x: (lines.append("called"), x * 2)[1])
    for x in xs(3):
        yield f(x)
    yield tensor(float(len(lines)))


@program
def an_error_now_and_then(run):
    @run
    def f(x, k):
        if k == 2:
            raise ValueError("two")
        return x / k

    for k, x in enumerate(xs(5)):
        try:
            yield f(x, k)
        except ValueError:
            yield tensor(-1.0)


@program
def an_error_of_shapes(run):
    w = leaf()
    f = run(lambda x: x @ w)
    for side in (2, 3, 2, 3, 2):
        try:
            yield f(tensor(np.ones((3, side))))
        except RuntimeError:
            yield tensor(-1.0)


@program
def an_error_that_is_caught_inside(run):
    @run
    def f(x):
        try:
            y = x.reshape(5, 5)
        except RuntimeError:
            y = x * 2
        return y

    for x in xs(3):
        yield f(x)
    yield f(tensor(np.ones((5, 5))))


@program
def a_generator_function(run):
    def parts(x):
        for k in range(3):
            yield x * k

    f = run(lambda x: sum(parts(x)))
    for x in xs(3):
        yield f(x)


@program
def recursion(run):
    def power(x, n):
        return x if n == 0 else power(x * 0.5 + 1, n - 1)

    f = run(lambda x, n: power(x, n))
    for k, x in enumerate(xs(6)):
        yield f(x, k % 3)


@program
def many_ways_to_give_arguments(run):
    def f(x, /, *rest, scale=1.0, **named):
        return x * scale + sum(rest) + sum(named.values())

    g = run(f)
    x = tensor(X)
    for _each in range(2):
        yield from (
            g(x),
            g(x, 1),
            g(x, 1, 2.0),
            g(x, x),
            g(x, scale=2.0),
            g(x, a=1.0),
            g(x, b=1.0, a=x),
            g(x, a=x, b=1.0),
        )


@program
def one_compiled_inside_another(run):
    w = leaf()
    inner = run(lambda x: (x @ w).tanh())
    outer = run(lambda x: inner(x) + inner(x * 2))
    for x in xs(4):
        w.grad = None
        outer(x).sum().backward()
        yield w.grad
        yield inner(x)


@program
def compiled_twice(run):
    f = run(run(lambda x: x * 2))
    for x in xs(3):
        yield f(x)


@program
def a_method_and_a_property(run):
    class Model:
        def __init__(self):
            self.k = 1.0

        @property
        def doubled(self):
            return self.k * 2

        def __call__(self, x):
            return self.apply(x)

        def apply(self, x):
            return x * self.doubled

    model = Model()
    f, g = run(model), run(model.apply)
    for k, x in enumerate(xs(5)):
        model.k = 1.0 + k // 2
        yield from (f(x), g(x))


@program
def a_method_that_is_replaced(run):
    class Model:
        def act(self, x):
            return x * 2

        def __call__(self, x):
            return self.act(x)

    model = Model()
    f = run(model)
    for k, x in enumerate(xs(6)):
        if k == 2:
            model.act = lambda x: x * 3
        if k == 4:
            del model.act
            Model.act = lambda self, x: x * 4
        yield f(x)


@program
def an_object_with_slots(run):
    class Slotted:
        __slots__ = ("k",)

    thing = Slotted()
    f = run(lambda x: x * thing.k)
    for k, x in enumerate(xs(4)):
        thing.k = k + 1.0
        yield f(x)


@program
def a_named_tuple(run):
    class Pair(NamedTuple):
        a: object
        b: float

    f = run(lambda pair: Pair(pair.a * pair.b, 2.0))
    for k, x in enumerate(xs(5)):
        found = f(Pair(x, 1.0 + k // 2))
        yield found.a
        yield tensor(found.b)


# Modules


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.scale, self.act = nn.Linear(2, 3), nn.Linear(3, 2), 1.0, nn.Tanh()
        self.register_buffer("shift", tensor([0.1, 0.2]))

    def forward(self, x):
        return self.b(self.act(self.a(x))) * self.scale + self.shift


def trained(run, change, calls=6):
    """Calls of a compiled module with a backward pass each, between which something is changed."""
    tg.manual_seed(0)
    net = Net()
    f = run(net)
    for k in range(calls):
        change(net, k)
        net.zero_grad()
        y = f(tensor(X))
        if y.requires_grad:
            (y**2).mean().backward()
        yield y
        for p in net.parameters():
            yield p.grad


def _switched(net, k):
    if k == 2:
        net.act = nn.ReLU()
    if k == 4:
        net.scale = 2.0


def _replaced(net, k):
    if k == 2:
        net.a = nn.Linear(2, 3)
    if k == 4:
        net.b.weight = nn.Parameter(net.b.weight.detach() * 2)


def _frozen(net, k):
    net.a.weight.requires_grad_(k % 3 == 0)
    if k == 4:
        net.requires_grad_(False)
    if k == 5:
        net.requires_grad_(True)


def _hooked(net, k):
    if k == 1:
        net.handle = net.a.register_forward_hook(lambda module, given, found: found * 2)
    if k == 3:
        net.handle.remove()
    if k == 4:
        net.a.register_forward_pre_hook(lambda module, given: (given[0] + 1,))


def _hooked_weights(net, k):
    if k == 1:
        net.handle = net.a.weight.register_hook(lambda g: g * 2)
    if k == 3:
        net.handle.remove()
    if k == 4:
        net.b.weight.register_hook(lambda g: g * 0)


def _hooked_backward(net, k):
    if k == 1:
        net.handle = net.a.register_full_backward_hook(lambda module, given, found: (given[0],))
    if k == 4:
        net.handle.remove()


def _written(net, k):
    with tg.no_grad():
        if k == 1:
            net.a.weight.mul_(2)
        if k == 2:
            net.a.weight[0] = 1.0
        if k == 3:
            net.shift.add_(1)
    if k == 4:
        net.b.bias.data = tensor([5.0, 6.0])
    if k == 5:
        net.b.bias.data.zero_()


def _loaded(net, k):
    if k == 2:
        net.load_state_dict({key: value * 0.5 for key, value in net.state_dict().items()})


def _moved(net, k):
    if k == 2:
        net.double()
    if k == 4:
        net.float().double()


def _modes(net, k):
    net.train(k % 2 == 0)
    if k == 3:
        net.b = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))


def _forward(net, k):
    if k == 3:
        net.forward = lambda x: net.a(x)


def _buffer(net, k):
    if k == 2:
        net.shift = tensor([1.0, 2.0])
    if k == 4:
        net.register_buffer("shift", tensor([3.0]))


def _extra(net, k):
    if k == 2:
        net.extra = nn.Linear(2, 2)
    if k == 3:
        del net.extra


CHANGES = [
    _switched, _replaced, _frozen, _hooked, _hooked_weights, _hooked_backward, _written, _loaded, _moved, _modes, _forward, _buffer,
    _extra,
]  # fmt: skip
for _change in CHANGES:
    PROGRAMS[f"a_module{_change.__name__}"] = functools.partial(trained, change=_change)


@program
def running_statistics(run):
    tg.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    f = run(net)
    for k, x in enumerate(xs(6)):
        net.train(k != 3)
        f(x).sum().backward()
        yield from net.buffers()
        yield net[0].weight.grad
    net[1].momentum = 0.5
    f(tensor(X))
    yield net[1].running_mean


@program
def a_compiled_module_inside_a_module(run):
    tg.manual_seed(0)
    inner = nn.Linear(2, 2)
    f = run(inner)

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.head = inner, nn.Linear(2, 1)

        def forward(self, x):
            return self.head(f(x).relu())

    outer = Outer()
    moves = optim.SGD(outer.parameters(), 0.1)
    for x in xs(4):
        moves.zero_grad()
        outer(x).sum().backward()
        moves.step()
        yield from outer.parameters()


@program
def tied_weights(run):
    w = nn.Parameter(tensor(W))
    f = run(lambda x: (x @ w).tanh() @ w.T)
    for x in xs(3):
        f(x).sum().backward()
        yield w.grad


# Tensors as arguments


@program
def tensors_in_containers(run):
    f = run(lambda batch: batch["x"] * batch["more"][0] + batch["more"][1]["k"])
    for k, x in enumerate(xs(6)):
        yield f({"x": x, "more": [tensor(X), {"k": 1.0 + k // 3}]})


@program
def one_tensor_at_two_places(run):
    f = run(lambda a, b, c: a * 10 + b * c)
    x, y = tensor(X), tensor(X + 1)
    for given in [(x, x, x), (x, y, x), (y, x, x), (x, x, y), (x, y, tensor(X)), (x, x, x)]:
        yield f(*given)


@program
def views_of_one_base(run):
    @run
    def f(a, b):
        a.mul_(2)
        return a + b

    for k in range(4):
        base = tensor(np.arange(6.0))
        yield f(base[:3], base[k % 2 :][1:4])
        yield base


@program
def arguments_changed_in_place(run):
    @run
    def f(x, y):
        x.add_(1)
        x[0] = 7.0
        y.data.mul_(2)
        return x * y

    for _each in range(3):
        x, y = tensor(X), tensor(X)
        yield from (f(x, y), x, y)


@program
def sizes_and_dtypes_in_turn(run):
    f = run(lambda x: (x * 2).sum(0) + 1)
    for given in (
        X,
        X[:0],
        X.astype("f4"),
        np.arange(6).reshape(3, 2),
        X[:, :0],
        X > 1,
        X,
        X[::2],
        X.T,
        X.T[::-1].copy(),
    ):
        yield f(tensor(given))


@program
def other_strides(run):
    f = run(lambda x: x.exp().reshape(-1) * 2)
    base = tensor(np.arange(12.0).reshape(3, 4) / 10)
    for given in (
        base,
        base.T,
        base[:, ::2],
        base[1:],
        base.T[1:],
        base.expand(2, 3, 4),
        base[:, 1],
        base.unfold(0, 2, 1),
    ):
        yield f(given)


@program
def a_result_that_is_the_argument(run):
    f = run(lambda x, k: x if k else x * 2)
    for k, x in enumerate(xs(6)):
        y = f(x, k % 2)
        yield tensor(float(y is x))
        y.add_(1)
        yield x


@program
def results_that_share(run):
    @run
    def f(x):
        y = x * 2
        return y, y[0], y.T

    for x in xs(3):
        y, first, turned = f(x)
        y.add_(1)
        yield from (first, turned)


@program
def a_result_kept_from_call_to_call(run):
    f = run(lambda h, x: (h * 0.5 + x).tanh())
    h = tensor(np.zeros((3, 2)))
    kept = []
    for x in xs(5):
        h = f(h, x)
        kept.append(h)
    yield from kept


@program
def a_result_changed_after_the_call(run):
    f = run(lambda x: x * 2 + 1)
    x = tensor(X)
    for _each in range(4):
        y = f(x)
        y += 1
        y[0] = 0.0
        yield from (y, x)


@program
def a_gradient_inside(run):
    @run
    def f(x):
        y = x.detach().clone().requires_grad_(True)
        (g,) = autograd.grad((y**3).sum(), y)
        return g

    for x in xs(3):
        yield f(x)


@program
def gradients_of_functions(run):
    f = run(lambda x: tg.functional.grad(lambda y: (y**3).sum())(x))
    g = run(lambda x: tg.functional.jacobian(lambda y: y**2, x[0]))
    for x in xs(3):
        yield from (f(x), g(x))


class Doubled(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x


@program
def an_operation_of_ones_own(run):
    w = leaf()
    f = run(lambda x: Doubled.apply(x @ w))
    for x in xs(3):
        f(x).sum().backward()
        yield w.grad


@program
def modes_around(run):
    w = leaf()
    f = run(lambda x: x @ w)
    for k, x in enumerate(xs(8)):
        with (tg.no_grad, tg.enable_grad, tg.inference_mode, tg.recording)[k % 4]():
            y = f(x)
        yield tensor(float(y.requires_grad))
        if y.requires_grad:
            y.sum().backward()
            yield w.grad


@program
def default_dtypes(run):
    f = run(lambda x: x + tg.ones(2))
    for k in range(4):
        tg.set_default_dtype(tg.float32 if k % 2 else tg.float64)
        y = f(tensor(X.astype("f4"), dtype=tg.float32))
        yield tensor(float(y.dtype.itemsize))
    tg.set_default_dtype(tg.float64)


# Training


def steps(run, change, make=None, calls=8):
    """A whole training step, between whose calls something is changed."""
    tg.manual_seed(0)
    net = Net()
    moves = make(net) if make is not None else optim.Adam(net.parameters(), 0.05)

    @run
    def step(x, y):
        moves.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        moves.step()
        return loss

    for k in range(calls):
        change(net, moves, k)
        yield step(tensor(X * (1 + k % 2)), tensor(X[::-1].copy()))
        yield from net.parameters()


def _rate(net, moves, k):
    moves.param_groups[0]["lr"] *= 0.7


def _settings(net, moves, k):
    if k == 3:
        moves.param_groups[0]["weight_decay"] = 0.1
    if k == 5:
        moves.param_groups[0]["betas"] = (0.5, 0.9)


def _groups(net, moves, k):
    if k == 3:
        net.more = nn.Linear(2, 2)
        moves.add_param_group({"params": list(net.more.parameters()), "lr": 1.0})
    if k == 5:
        moves.param_groups[0]["params"].pop()


def _states(net, moves, k):
    if k == 4:
        moves.load_state_dict(moves.state_dict())
    if k == 6:
        moves.state.clear()


def _gradients(net, moves, k):
    if k == 3:
        net.a.weight.grad = tensor(np.ones((3, 2)))
    if k == 5:
        net.zero_grad(set_to_none=False)


TRAININGS = {
    "rates": (_rate, None),
    "settings": (_settings, None),
    "groups": (_groups, None),
    "states": (_states, None),
    "gradients": (_gradients, None),
    "momentum": (_settings, lambda net: optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True)),
    "two_rates": (
        _rate,
        lambda net: optim.SGD([{"params": net.a.parameters(), "lr": 0.2}, {"params": net.b.parameters()}], 0.1),
    ),
    "averages": (_rate, lambda net: optim.RMSprop(net.parameters(), 0.01)),
}
for _name, (_what, _make) in TRAININGS.items():
    PROGRAMS[f"a_training_{_name}"] = functools.partial(steps, change=_what, make=_make)


@program
def gradients_accumulated(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def step(x):
        loss = (x @ w).tanh().sum() / 3
        loss.backward()
        return loss

    for k, x in enumerate(xs(9)):
        yield step(x)
        if k % 3 == 2:
            nn.utils.clip_grad_norm_([w], 0.5)
            moves.step()
            moves.zero_grad(set_to_none=k != 5)
        yield from (w, w.grad)


@program
def gradients_set_to_zero_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)
    w.grad = tensor(W)

    @run
    def step(x):
        moves.zero_grad(set_to_none=False)
        (x @ w).exp().sum().backward()

    for x in xs(4):
        step(x)
        yield w.grad


@program
def gradients_given_inside(run):
    w, start = leaf(), tensor(W)

    @run
    def step(x):
        w.grad = start
        (x @ w).tanh().sum().backward()

    for k, x in enumerate(xs(4)):
        start = tensor(W * k)
        step(x)
        yield w.grad


@program
def a_gradient_that_somebody_holds(run):
    w = leaf()
    f = run(lambda x: (x @ w).tanh().sum().backward())
    f(tensor(X))
    held = w.grad
    for x in xs(4):
        f(x)
        yield from (held, w.grad)


@program
def memory_shared_with_numpy(run):
    for side in (3, 5000):
        array = np.ones((side, 2))
        x, w = tg.from_numpy(array), leaf()
        f, g = run(lambda x: x.clone()), run(lambda x, w=w: (x @ w).exp())
        for k in range(3):
            kept, y = f(x), g(x)
            array[0] = k + 2
            yield kept
            seen = w.detach().numpy()
            y.mean().backward()
            with tg.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
            yield from (w, tensor(seen), f(x))


@program
def gradients_clipped_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def step(x):
        moves.zero_grad(set_to_none=False)
        (x @ w).exp().sum().backward()
        norm = nn.utils.clip_grad_norm_([w], 1.0)
        moves.step()
        return norm

    for x in xs(4):
        yield from (step(x), w)


@program
def a_schedule_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)
    rates = optim.lr_scheduler.ExponentialLR(moves, 0.5)

    @run
    def step(x):
        moves.zero_grad()
        (x @ w).tanh().sum().backward()
        moves.step()
        rates.step()

    for x in xs(4):
        step(x)
        yield w


@program
def a_closure_of_an_optimizer(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def loss(x):
        moves.zero_grad()
        found = ((x @ w) ** 2).mean()
        found.backward()
        return found

    for x in xs(3):
        yield moves.step(lambda x=x: loss(x))
        yield w


@program
def two_networks_against_each_other(run):
    tg.manual_seed(0)
    made, judged = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    g, d = run(made), run(judged)
    a, b = optim.Adam(made.parameters(), 0.01), optim.Adam(judged.parameters(), 0.01)
    for x in xs(4):
        b.zero_grad()
        (d(g(x).detach()).mean() - d(x).mean()).backward()
        b.step()
        a.zero_grad()
        (-d(g(x)).mean()).backward()
        a.step()
        yield from (*made.parameters(), *judged.parameters())


@program
def an_average_of_weights(run):
    w, shadow = leaf(), tensor(W)

    @run
    def step(x):
        w.grad = None
        (x @ w).tanh().sum().backward()
        with tg.no_grad():
            w.sub_(0.1 * w.grad)
            shadow.mul_(0.9).add_(w, alpha=0.1)

    for x in xs(4):
        step(x)
        yield from (w, shadow)


def seen(build, run):
    """What a program yields."""
    tg.manual_seed(0)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        for x in build(run):
            found.append(None if x is None else np.array(x.detach().numpy()))
    return found


@pytest.fixture(autouse=True)
def _doubles():
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(before)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    expected, found = seen(PROGRAMS[name], lambda f: f), seen(PROGRAMS[name], tg.compile)
    assert len(found) == len(expected)
    assert len(expected) > 2
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert (a is None) == (b is None), i
        if b is None:
            continue
        assert (a.shape, a.dtype) == (b.shape, b.dtype), i
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=str(i))
        if b.dtype.kind == "f":
            np.testing.assert_array_equal(np.signbit(a[b == 0]), np.signbit(b[b == 0]), err_msg=str(i))
