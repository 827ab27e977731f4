"""What is proven of every operation: one proof per column of the table, one factory for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles import Scalar, Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition import Composite, Elementwise, Op
from tinygrad_fr.sampling import Sample
from tinygrad_fr.testing.inputs.draws import Draws, seeded
from tinygrad_fr.testing.proving import gradients
from tinygrad_fr.testing.proving.compiled import follows
from tinygrad_fr.testing.proving.gradients import GradientMismatchError
from tinygrad_fr.testing.proving.subject import Called, floats, pull_back, raw, zero_if_none

if TYPE_CHECKING:
    from collections.abc import Callable

    from tinygrad_fr.ops.definition import Array


@dataclass(frozen=True)
class Proof:
    """One property of operations.

    Attributes:
        name: short and stable.
        title: what it says, for people.
        applies: to which operations.
        run: proves it on one draw; raises where it fails.
        most: on how many examples it is tried at most, where each costs much.
    """

    name: str
    title: str
    applies: Callable[[Op], bool]
    run: Callable[[Op, Draws], None]
    most: int = 2**31


def operations() -> list[Op]:
    """Every operation, by name; ``select`` belongs to those with several outputs."""
    return [op for name, op in sorted(registry.items()) if name != "select"]


def _differentiable(op: Op) -> bool:
    return op.differentiable


def _on_floats(op: Op) -> bool:
    """Whether it is element-wise on floats, and so on Scalars."""
    if not isinstance(op, Elementwise):
        return False
    return all(x.dtype.kind == "f" for x in op.sample(seeded(0)).inputs if isinstance(x, np.ndarray))


def _composed(op: Op) -> bool:
    return isinstance(op, Composite) or (isinstance(op, Elementwise) and op.differentiable and op.forward.passes > 1)


def _same(op: Op, what: str, found: Any, expected: Any, tolerance: float = 1e-12) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape or not np.allclose(
        found, expected, rtol=tolerance, atol=tolerance, equal_nan=True
    ):
        raise AssertionError(f"{op.name}: {what}: found {found.tolist()}, expected {expected.tolist()}")


def _outputs(op: Op, operands: list[Any], about: Called) -> list[Array]:
    result = op(operands, **about.attrs) if about.variadic else op(*operands, **about.attrs)
    return [raw(y) for y in (result if isinstance(result, tuple) else (result,))]


def _equations(op: Op, draw: Draws) -> None:
    gradients.equations(op, op.sample(draw))


def _value(op: Op, draw: Draws) -> None:
    """Recorded, unrecorded and on plain arrays, the same values."""
    about = Called(op, op.sample(draw))
    plain = _outputs(op, about.operands(about.arrays), about)
    recorded = _outputs(op, about.operands(about.leaves()), about)
    for a, b in zip(recorded, plain, strict=True):
        _same(op, "recorded value", a, b)


def _first(op: Op, draw: Draws) -> None:
    about = Called(op, op.sample(draw))
    gradients.first_order(about)
    gradients.accumulation(about)


def _second(op: Op, draw: Draws) -> None:
    gradients.second_order(Called(op, op.sample(draw)))


def _forward(op: Op, draw: Draws) -> None:
    gradients.forward_mode(Called(op, op.sample(draw)))


def _scalar(op: Op, draw: Draws) -> None:
    """On Scalars the operation gives the numbers and gradients that it gives on tensors of one element."""
    assert isinstance(op, Elementwise)
    about = Called(op, op.sample(draw))
    numbers = [x.reshape(-1)[:1].reshape(()) if isinstance(x, np.ndarray) else x for x in about.operands(about.arrays)]
    scalars: list[Any] = [Scalar(float(x)) if i in about.places else x for i, x in enumerate(numbers)]
    if not about.places:
        scalars = [Scalar(float(x)) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else _item(x) for x in numbers]
    tensors = [
        tensor(x, requires_grad=i in about.places) if isinstance(x, np.ndarray) else x for i, x in enumerate(numbers)
    ]
    a, b = op(*map(_item, scalars), **about.attrs), op(*tensors, **about.attrs)
    _same(op, "value on Scalars", raw(a), raw(b))
    if not op.differentiable or not about.places:
        return
    a.backward()
    b.backward()
    for i in about.places:
        _same(op, "gradient on Scalars", scalars[i].grad, zero_if_none(tensors[i].grad, numbers[i]))


def _item(x: Any) -> Any:
    return x.item() if isinstance(x, np.ndarray) else x


def _single(op: Op, draw: Draws) -> None:
    """In float32, results are float32 and near those of float64."""
    about = Called(op, op.sample(draw))
    if not about.places:
        return
    small = [tensor(x.astype(np.float32), requires_grad=True) for x in about.arrays]
    wide = [tensor(x.value.astype(np.float64), requires_grad=True) for x in small]
    found, expected = floats(about.function(*small)), floats(about.function(*wide))
    rest = [x for i, x in enumerate(about.operands(about.arrays)) if i not in about.places]
    mixed = any(isinstance(x, np.ndarray) and x.dtype == np.float64 for x in rest)
    for a, b in zip(found, expected, strict=True):
        if isinstance(a, Scalar):  # a Python float is what it is
            continue
        if not mixed and raw(a).dtype != np.float32 and raw(a).dtype == raw(b).dtype and op.name != "cast":
            raise AssertionError(f"{op.name}: float32 gives {raw(a).dtype}")
        _same(op, "value in float32", raw(a), raw(b), 2e-3)
    pulled = zip(pull_back(found, small), pull_back(expected, wide), small, strict=True)
    for g, h, x in pulled:
        _same(op, "gradient in float32", zero_if_none(g, x.value), zero_if_none(h, x.value), 2e-2)
        if g is not None and raw(g).dtype != np.float32:
            raise AssertionError(f"{op.name}: the gradient of a float32 input is {raw(g).dtype}")


class _Zero(Draws):
    """Draws whose shapes have a side of length 0 somewhere."""

    def shape(self, min_dims: int = 0, max_dims: int = 3, *, min_side: int = 1, max_side: int = 4) -> tuple[int, ...]:
        """A shape with a side of length 0."""
        sides = list(super().shape(max(min_dims, 1), max(max_dims, 1), min_side=min_side, max_side=max_side))
        sides[self.integer(0, len(sides) - 1)] = 0
        return tuple(sides)


def _empty(op: Op, draw: Draws) -> None:
    """On tensors without elements the operation gives a value and gradients of the right shapes, or refuses in words."""
    try:
        about = Called(op, op.sample(_Zero(draw.integer)))
    except Exception:
        return  # the sampler cannot choose among nothing
    leaves = about.leaves()
    try:
        outputs = about.outputs(leaves)
    except TinygradError:
        return  # nothing to take from
    if not op.differentiable:
        return
    for g, x in zip(pull_back(outputs, leaves), about.arrays, strict=True):
        if zero_if_none(g, x).shape != x.shape:
            raise AssertionError(f"{op.name}: gradient of shape {raw(g).shape} for an input of shape {x.shape}")


def _spread(x: Array) -> Array:
    """The same numbers, every other element of a larger array, its dimensions in reverse order in memory."""
    if not x.ndim:
        return x
    wide = np.zeros(tuple(2 * side for side in x.shape[::-1]), x.dtype).T
    view = wide[tuple(slice(None, None, 2) for _side in x.shape)]
    view[...] = x
    return view


def _strided(op: Op, draw: Draws) -> None:
    """How elements lie in memory changes nothing."""
    about = Called(op, op.sample(draw))
    plain, spread = about.leaves(), [Tensor.wrap(_spread(x)).requires_grad_() for x in about.arrays]
    a, b = about.outputs(plain), about.outputs(spread)
    for x, y in zip(a, b, strict=True):
        _same(op, "value on strided arrays", raw(y), raw(x))
    if not op.differentiable:
        return
    for g, h, x in zip(pull_back(b, spread), pull_back(a, plain), about.arrays, strict=True):
        _same(op, "gradient on strided arrays", zero_if_none(g, x), zero_if_none(h, x))


def _broadcasts(op: Op) -> bool:
    return isinstance(op, Elementwise) and len([e for e in op.partials.values() if e is not None]) > 1


def _broadcast(op: Op, draw: Draws) -> None:
    """A row and a column give the table, and each gets a gradient of its own shape."""
    rows, columns = draw.integer(1, 3), draw.integer(1, 3)
    sample = op.sample(draw)
    shapes = [(rows, 1), (columns,), ()]
    inputs = []
    for x, shape in zip(sample.inputs, shapes, strict=False):
        if isinstance(x, np.ndarray):
            flat = np.resize(x.reshape(-1) if x.size else np.ones(1), int(np.prod(shape, dtype=np.int64))).reshape(
                shape
            )
            x = flat + 0.001 * np.arange(flat.size).reshape(shape) if flat.dtype.kind == "f" else flat
        inputs.append(x)
    about = Called(op, Sample(tuple(inputs), sample.attrs))
    gradients.first_order(about)


def _refusal(op: Op, draw: Draws) -> None:
    """What is no tensor is refused in one sentence."""
    about = Called(op, op.sample(draw))
    operands = ["text", *about.operands(about.leaves())[1:]] if not about.variadic else ["text"]
    try:
        _outputs(op, operands, about)
    except (TinygradError, TypeError) as error:
        if "\n" in str(error):
            raise AssertionError(f"{op.name}: the refusal has several lines: {error}") from None
        return
    raise AssertionError(f"{op.name} took a text for a tensor")


def proofs() -> tuple[Proof, ...]:
    """Every proof, in the order of the table's columns."""
    return (
        Proof("value", _("recorded and plain values agree"), lambda op: True, _value),
        Proof("equations", _("equals its equations, value and gradient"), _composed, _equations),
        Proof("gradient", _("gradient equals differences, and adds up over uses"), _differentiable, _first),
        Proof("second", _("second derivative equals differences of the first"), _differentiable, _second),
        Proof("jvp", _("forward mode equals differences"), _differentiable, _forward),
        Proof("scalar", _("the same on Scalars"), _on_floats, _scalar),
        Proof("float32", _("float32 gives float32, near float64"), _differentiable, _single),
        Proof("zero-size", _("tensors without elements"), lambda op: True, _empty),
        Proof("strided", _("elements not side by side in memory"), lambda op: True, _strided),
        Proof("broadcast", _("a row with a column"), _broadcasts, _broadcast),
        Proof("compiled", _("a compiled step gives what an eager one gives"), lambda op: True, follows, most=3),
        Proof("error", _("refuses what is no tensor, in one sentence"), lambda op: True, _refusal),
    )


FAILURES = (GradientMismatchError, AssertionError)
