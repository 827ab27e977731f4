"""Functions that choose among operations: their generated call is the general one, whatever it is given."""

import inspect

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Elementwise
from tinygrad_fr.ops.indexing.places import chosen, given_back
from tinygrad_fr.ops.reductions import extremes
from tinygrad_fr.ops.shared import overloads
from tinygrad_fr.record.accelerator import Accelerator


def _x():
    return tg.tensor(np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32), requires_grad=True)


CALLS = [
    ("sum", lambda f, x: f(x)),
    ("sum", lambda f, x: f(x, 1)),
    ("sum", lambda f, x: f(x, [0, 1], True)),
    ("sum", lambda f, x: f(x, axis=0, keepdims=True)),
    ("sum", lambda f, x: f(input=x, dim=-1)),
    ("sum", lambda f, x: f(x, dtype=tg.float64)),
    ("sum", lambda f, x: f(x, 2)),
    ("sum", lambda f, x: f(x, 1.0)),
    ("sum", lambda f, x: f(x, True)),
    ("sum", lambda f, x: f(x, 1, 2)),
    ("sum", lambda f, x: f(x, 0, False, None)),
    ("sum", lambda f, x: f()),
    ("sum", lambda f, x: f(x, 1 << 70)),
    ("sum", lambda f, x: f(x, nothing=1)),
    ("sum", lambda f, x: f("x")),
    ("sum", lambda f, x: f(x.detach(), 0, out=tg.zeros(4))),
    ("prod", lambda f, x: f(x, (0, 1))),
    ("prod", lambda f, x: f(x, 0, dtype=tg.float64)),
    ("cumsum", lambda f, x: f(x, 0)),
    ("cumsum", lambda f, x: f(x)),
    ("cumsum", lambda f, x: f(x, 0.0)),
    ("cumsum", lambda f, x: f(x, 0, dtype=bool)),
    ("std", lambda f, x: f(x, 1)),
    ("std", lambda f, x: f(x, 1, False)),
    ("std", lambda f, x: f(x, correction=2)),
    ("std", lambda f, x: f(x.long())),
    ("std", lambda f, x: f(x, 1, keepdim=2)),
    ("norm", lambda f, x: f(x, 1, 0)),
    ("norm", lambda f, x: f(x > 0)),
    ("addcmul", lambda f, x: f(x, x, x, value=2)),
    ("addcmul", lambda f, x: f(x, x, x.double())),
    ("addcmul", lambda f, x: f(x > 0, x > 0, x > 0)),
    ("reshape", lambda f, x: f(x, 4, -1)),
    ("reshape", lambda f, x: f(x, (2, 6))),
    ("reshape", lambda f, x: f(x, shape=(12,))),
    ("reshape", lambda f, x: f(x, [np.int64(6), 2])),
    ("reshape", lambda f, x: f(x)),
    ("reshape", lambda f, x: f(x, 5)),
    ("reshape", lambda f, x: f(x, -2, 6)),
    ("reshape", lambda f, x: f(x, 2.0, 6)),
    ("view", lambda f, x: f(x.t(), 12)),
    ("expand", lambda f, x: f(x, 2, -1, 4)),
    ("expand", lambda f, x: f(x, 2, 2, 4)),
    ("expand", lambda f, x: f(x, -1, 3, 4)),
    ("expand", lambda f, x: f(x, 3, -2)),
    ("transpose", lambda f, x: f(x, 0, -1)),
    ("transpose", lambda f, x: f(x, 0, True)),
    ("transpose", lambda f, x: f(x, dim0=0, dim1=2)),
    ("squeeze", lambda f, x: f(x, (0, 0))),
    ("flatten", lambda f, x: f(x, 1, 0)),
    ("flatten", lambda f, x: f(x)),
    ("reshape", lambda f, x: f(x[:, 1:3], -1)),
    ("view", lambda f, x: f(x[:, 1:3], 6)),
    ("view", lambda f, x: f(x[1:], -1)),
    ("view", lambda f, x: f(x.long(), 2, 6)),
    ("unflatten", lambda f, x: f(x, 1, (2, -1))),
    ("unsqueeze", lambda f, x: f(x, -1)),
    ("unsqueeze", lambda f, x: f(x, 1.0)),
    ("unsqueeze", lambda f, x: f(x, 4)),
    ("permute", lambda f, x: f(x.detach(), 1, 0)),
    ("t", lambda f, x: f(x[1:])),
    ("movedim", lambda f, x: f(x, 0, -1)),
    ("movedim", lambda f, x: f(x, (0, 1), (1, 0))),
    ("split", lambda f, x: f(x, 2)),
    ("split", lambda f, x: f(x.t(), 3, 1)),
    ("split", lambda f, x: f(x, [1, 2])),
    ("chunk", lambda f, x: f(x[:, :3], 2, 1)),
    ("unbind", lambda f, x: f(x)),
    ("unbind", lambda f, x: f(x[0])),
    ("unbind", lambda f, x: f(x, 2)),
    ("select", lambda f, x: f(x, 1, -1)),
    ("select", lambda f, x: f(x, 1, 4)),
    ("narrow", lambda f, x: f(x, 1, -3, 2)),
    ("gather", lambda f, x: f(x, 1, tg.tensor([[0, 3], [1, 1]]))),
    ("gather", lambda f, x: f(x, 1, tg.tensor([[0, 4]]))),
    ("gather", lambda f, x: f(x, 1, tg.tensor([[-1, 0]]))),
    ("gather", lambda f, x: f(x, 0, tg.tensor([[0, 0, 0, 0, 0]]))),
    ("gather", lambda f, x: f(x, 1, tg.tensor([0]))),
    ("gather", lambda f, x: f(x, 1, tg.tensor([[0.0]]))),
    ("gather", lambda f, x: f(x, 1, tg.tensor([[True]]))),
    ("index_select", lambda f, x: f(x, 1, tg.tensor([3, 0, 3]))),
    ("index_select", lambda f, x: f(x, 1, tg.tensor(2))),
    ("index_select", lambda f, x: f(x, 1, tg.tensor([4]))),
    ("flip", lambda f, x: f(x, (0, -1))),
    ("flip", lambda f, x: f(x, 2)),
    ("roll", lambda f, x: f(x, -5, 1)),
    ("roll", lambda f, x: f(x, (1, 2), (0, 1))),
    ("roll", lambda f, x: f(x, 1, 2)),
    ("repeat", lambda f, x: f(x, 2, 1, 2)),
    ("repeat", lambda f, x: f(x, 2)),
    ("repeat", lambda f, x: f(x, -1, 1)),
    ("clamp", lambda f, x: f(x, -1, 0.5)),
    ("clamp", lambda f, x: f(x, max=0.5)),
    ("clamp", lambda f, x: f(x, 0, x)),
    ("clamp", lambda f, x: f(x)),
    ("einsum", lambda f, x: f("ij,kj->ik", x, x)),
    ("einsum", lambda f, x: f("...j,j", x, x[0])),
    ("einsum", lambda f, x: f("ij,ij->ii", x, x)),
    ("einsum", lambda f, x: f("ij,jk", x, x)),
    ("addmm", lambda f, x: f(x[0], x.t(), x, beta=0.5)),
    ("addmm", lambda f, x: f(x[:, :2], x, x.t())),
    ("outer", lambda f, x: f(x[0], x[:, 1])),
    ("outer", lambda f, x: f(x, x[0])),
    ("max", lambda f, x: f(x, 1, True)),
    ("max", lambda f, x: f(x, x * 2)),
    ("softmax", lambda f, x: f(x)),
    ("softmax", lambda f, x: f(x.long(), 0)),
    ("softmax", lambda f, x: f(x.long(), 0, dtype=tg.float64)),
]


def _outcome(f, call):
    x = _x()
    try:
        found = call(f, x)
    except (TinygradError, TypeError) as error:
        return type(error), str(error).replace("call()", "f()")
    parts = found if isinstance(found, tuple) else (found,)
    values = [(part.numpy(force=True).tolist(), str(part.dtype)) for part in parts]
    if parts[0].requires_grad:
        parts[0].sum().backward()
        values.append(x.grad.tolist())
    return values, [part.op.name if part.op else None for part in parts], [dict(part.attrs) for part in parts]


@pytest.mark.parametrize(("name", "call"), CALLS)
def test_the_generated_call_is_the_general_one(name, call, monkeypatch):
    given = overloads.overloaded[name]
    monkeypatch.setattr(overloads, "accelerator", Accelerator)
    choose = given
    while hasattr(choose, "__wrapped__"):
        choose = choose.__wrapped__
    general = repr(_outcome(overloads._in_words(choose), call))
    assert repr(_outcome(given, call)) == general
    assert repr(_outcome(given, call)) == general  # by the plan of the first time, where it gives views


def test_a_rest_of_arguments_is_told_from_those_with_names():
    """A method's own name of what comes first is no argument of what is chosen."""
    with pytest.raises(TypeError):
        tg.tensor([1.0]).reshape(x=(1,))


@pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 1, 5), (2, 3, 4), (3, 0, 2)])
def test_elements_are_chosen_and_given_back_by_number(shape):
    drawn = np.random.default_rng(2)
    x = drawn.normal(size=shape)
    for dim in range(len(shape)):
        if not shape[dim]:
            continue
        for array in (x, np.asfortranarray(x), np.repeat(x, 2, dim)[(slice(None),) * dim + (slice(None, None, 2),)]):
            numbers = np.argsort(drawn.normal(size=shape), dim)[(slice(None),) * dim + (slice(2),)]
            taken = np.take_along_axis(array, numbers, dim)
            assert np.array_equal(chosen(array, dim, numbers), taken)
            back = np.zeros(shape)
            np.put_along_axis(back, numbers, taken, dim)
            assert np.array_equal(given_back(taken, shape, dim, numbers), back)


@pytest.mark.fast("a weight that is a number, by which the generated code chooses")
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 0.8, 1, float("nan")])
def test_a_weight_that_is_a_number_chooses_as_one_in_an_array_does(weight):
    a, b = _x().detach(), _x().detach() * 3 + 1
    wide = tg.full((3, 4), float(weight))
    assert np.array_equal(tg.lerp(a, b, weight).numpy(), tg.lerp(a, b, wide).numpy(), equal_nan=True)


@pytest.mark.parametrize(
    ("x", "mask", "value"),
    [
        ([1.0, -2.0], [True, False], float("inf")),
        ([1.0, -2.0], [True, False], 1e9),
        ([1.0, -2.0], [True, False], True),
        ([[1.0, -2.0], [3.0, 4.0]], [True, False], -0.0),
        ([1, -2], [True, False], 7),
        ([True, False], [True, False], 0),
    ],
)
def test_masks_of_every_kind_fill(x, mask, value):
    x = tg.tensor(x)
    found = x.masked_fill(tg.tensor(mask), value)
    assert found.dtype == x.dtype
    assert found.tolist() == np.where(mask, np.asarray(value, x.numpy().dtype), x.numpy()).tolist()


def test_a_border_of_minus_zero_keeps_its_sign():
    padded = tg.nn.functional.pad(tg.tensor([1.0]), (1, 0), value=-0.0)
    assert np.signbit(padded.numpy()[0])


def test_the_sign_of_what_is_no_number_is_zero():
    assert tg.sign(tg.tensor([float("nan"), -0.0, -3.0, float("inf")])).tolist() == [0.0, 0.0, -1.0, 1.0]


@pytest.mark.parametrize(("dim", "expected"), [(None, [[0.5, 0.5], [0.0, 0.0]]), ((0, 1), [[0.5, 0.5], [0.0, 0.0]])])
def test_ties_share(dim, expected):
    x = tg.tensor([[3.0, 3.0], [1.0, 2.0]], requires_grad=True)
    extremes.amax(x, dim).backward()
    assert x.grad.tolist() == expected


def test_what_is_no_number_is_the_largest_of_all():
    nan = float("nan")
    x = tg.tensor([[1.0, nan], [1.0, 2.0]], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [[0.0, 1.0], [0.0, 0.0]]
    x.grad = None
    x.amax(1).sum().backward()
    assert np.isnan(x.grad.numpy()[0]).all()
    assert x.grad.tolist()[1] == [0.0, 1.0]


WRITTEN = [  # the order of polygamma is one number, not one for each element
    op for op in registry.values() if isinstance(op, Elementwise) and 0 < len(op.inputs) <= 3 and op.name != "polygamma"
]


@pytest.mark.parametrize("op", WRITTEN, ids=lambda op: op.name)
@pytest.mark.parametrize("value", [None, 1.0, 2.0])
def test_the_written_expression_gives_the_numbers_of_its_passes(op, value):
    """What is computed once, or left out, changes no bit."""
    attrs = {**op.defaults, **({} if value is None else dict.fromkeys(op.defaults, value))}
    drawn = np.random.default_rng(3)
    arrays = [(3 * drawn.normal(size=(3, 5))).astype(np.float32) for _x in op.inputs]
    arrays[-1][0, :2] = 0, np.nan
    if not op.counts[0]:
        arrays[0] = arrays[0] > 0
    try:
        expected = op.forward.of_arrays(op.args)(*arrays, *attrs.values())
    except TypeError:
        pytest.skip("not for floats")
    leaves = [tg.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    found = op.call(*leaves, **({} if value is None else attrs))
    assert np.array_equal(found.numpy(force=True), expected, equal_nan=found.dtype.kind == "f")
    if not op.differentiable:
        return
    g = drawn.normal(size=found.shape).astype(np.float32)
    found.backward(tg.tensor(g))
    for leaf, partial in zip(leaves, op.partials.values(), strict=True):
        if partial is not None:
            sent = partial.of_arrays(op.partial_args)(g, found.numpy(force=True), *arrays, *attrs.values())
            assert np.array_equal(leaf.grad.numpy(), np.broadcast_to(sent, leaf.shape), equal_nan=True)


def _chosen(name):
    choose = overloads.overloaded[name]
    while hasattr(choose, "__wrapped__"):
        choose = choose.__wrapped__
    return choose


VIEWS = [(name, call) for name, call in CALLS if hasattr(_chosen(name), "by_shape")]


def _as_view(found):
    """What a view is besides its value: where its elements lie, how it came to be, and of what."""
    parts = found if isinstance(found, tuple) else (found,)
    return [
        (
            (part.value.strides, part.needs, part.is_leaf, part.site.line, part.scope.path),
            part.rare and [(op.name, attrs) for op, attrs in part.rare.steps],
            part.rare and (part.rare.birth, part.rare.base is not None and part.rare.base.value.shape),
            part.rare and part.rare.seen == part.rare.storage.changed,
        )
        for part in parts
    ]


def _named(function, chosen):
    """The function, called with what comes after the tensor by name, the last first, where these arguments have names of their own."""
    _x, *names = inspect.signature(chosen).parameters.values()

    def call(x, *args, **more):
        if len(args) > len(names) or any(each.kind is each.VAR_POSITIONAL for each in names):
            return function(x, *args, **more)
        given = [(each.name, value) for each, value in zip(names, args, strict=False)]
        return function(x, **dict(given[::-1]), **more)

    return call


@pytest.mark.parametrize("by_name", [False, True])
@pytest.mark.parametrize(("name", "call"), VIEWS)
def test_a_view_by_plan_is_the_view_that_the_general_call_gives(name, call, by_name, monkeypatch):
    given = overloads.overloaded[name]
    monkeypatch.setattr(overloads, "accelerator", Accelerator)
    general = overloads._in_words(_chosen(name))
    if by_name:
        general, given = (_named(function, _chosen(name)) for function in (general, given))
    for source in (lambda x: x, lambda x: x.detach(), lambda x: x.t().t(), lambda x: (x * 1).add_(1)):
        for mode in (tg.enable_grad, tg.no_grad):
            told = []
            for function in (general, given, given, given):
                x = source(_x())
                with mode():
                    try:
                        found = call(function, x)
                    except (TinygradError, TypeError) as error:
                        told.append(type(error).__name__)
                        continue
                told.append(repr(_as_view(found)))
                x.detach().zero_()
                told[-1] += repr([part.tolist() for part in (found if isinstance(found, tuple) else (found,))])
            assert told == told[:1] * 4


def test_a_plan_is_not_followed_where_the_shape_was_seen_with_other_strides():
    x = _x()
    for each in (x, x.t().contiguous().t(), x, x[:, :4].t().reshape(4, 3).t()):
        assert each.reshape(-1).tolist() == each.detach().numpy().reshape(-1).tolist()
