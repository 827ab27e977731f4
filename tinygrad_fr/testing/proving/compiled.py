"""An operation inside a compiled step gives what it gives in an eager one, whatever its operands are to the step."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import CompileWarning, TinygradError
from tinygrad_fr.handles import Tensor, tensor
from tinygrad_fr.ops.shared.untracked import lent
from tinygrad_fr.replay import Replay, compile
from tinygrad_fr.testing.proving.subject import Called, raw, weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.ops.definition import Op
    from tinygrad_fr.testing.inputs.draws import Draws

ARGUMENT, CAPTURED, CONSTANT = range(3)
SCALES = (1.0, 0.9, 0.95)  # of three draws


def follows(op: Op, draw: Draws) -> None:
    """Each operand in turn an argument, a tensor that the step captures, and a constant; called with three draws.

    The step goes backward itself, and once more its results are gone back from outside.
    """
    for inside in (True, False):
        compared(op, draw, inside=inside)


def compared(op: Op, draw: Draws, *, inside: bool) -> Replay[..., Any]:
    """Compare an operation in a compiled step with the eager one; the step, which counts what was replayed.

    Args:
        op: the operation.
        draw: where its sample comes from.
        inside: the step goes backward itself.

    Raises:
        AssertionError: a value or a gradient differs.
    """
    about = Called(op, op.sample(draw))
    operands = about.operands(about.arrays)
    attrs = {key: value for key, value in about.attrs.items() if not _holds(value)}
    indices = {key: value for key, value in about.attrs.items() if _holds(value)}

    def leaf(place: int, x: Any) -> Any:
        return tensor(x, requires_grad=place in about.places) if isinstance(x, np.ndarray) else x

    captured = [leaf(i, x) for i, x in enumerate(operands)]
    kinds = [[kind] * len(operands) for kind in (ARGUMENT, CAPTURED, CONSTANT)]
    for place, x in enumerate(operands):
        if isinstance(x, np.ndarray) and len(operands) > 1:
            kinds.append([CAPTURED if i == place else ARGUMENT for i in range(len(operands))])
    forward = _step(op, kinds, captured, operands, attrs, variadic=about.variadic)
    step = _trained(forward) if inside else forward
    replayed: Replay[..., Any] = compile(step)
    for scale in SCALES:
        values = [_another(x, scale) for x in operands]
        chosen = {key: _another(value, scale) for key, value in indices.items()}
        for own, x in zip(captured, values, strict=True):
            if isinstance(own, Tensor):
                own.data = x
        given = [leaf(i, x) for i, x in enumerate(values)]
        places = {key: _tensors(value) for key, value in chosen.items()}
        try:
            expected = _run(step, given, places, captured, back=not inside)
        except TinygradError:
            continue  # outside its domain
        found = _run(replayed, given, places, captured, back=not inside)
        _compare(op, found, expected)
    return replayed


def _step(
    op: Op,
    kinds: Sequence[Sequence[int]],
    captured: list[Any],
    constants: list[Any],
    attrs: dict[str, Any],
    *,
    variadic: bool,
) -> Callable[..., Any]:
    """A step that calls an operation once for each choice of what its operands are, between element-wise operations."""

    def step(given: list[Any], places: dict[str, Any]) -> Any:
        options = {**attrs, **{key: _arrays(value) for key, value in places.items()}}
        results: list[Any] = []
        for kind in kinds:
            chosen = []
            for i, which in enumerate(kind):
                x = (given, captured, constants)[which][i]
                chosen.append(x.neg().neg() if isinstance(x, Tensor) and x.dtype.kind == "f" else x)
            found = op(chosen, **options) if variadic else op(*chosen, **options)
            for y in found if isinstance(found, tuple) else (found,):
                if isinstance(y, np.ndarray | np.generic | float | int):  # of constants alone
                    continue
                results.append(y * 1.5 if not isinstance(y, Tensor) or y.dtype.kind == "f" else y.clone())
        return results

    return step


def _trained(forward: Callable[..., Any]) -> Callable[..., Any]:
    """The step, which goes backward itself."""

    def step(given: list[Any], places: dict[str, Any]) -> Any:
        results = forward(given, places)
        _go_back(results)
        return results

    return step


def _go_back(results: list[Any]) -> None:
    """Go backward from all that carries a gradient, no two elements of which count the same."""
    smooth = [y for y in results if y.requires_grad]
    fixed = [tensor(w) for w in weights([tuple(y.shape) for y in smooth])]
    if smooth:
        sum((y * w).sum() if isinstance(y, Tensor) else y for y, w in zip(smooth, fixed, strict=True)).backward()


def _run(
    step: Callable[..., Any], given: list[Any], places: dict[str, Any], captured: list[Any], *, back: bool
) -> list[tuple[str, Any]]:
    """Values and gradients of one call, from which one goes backward outside or not."""
    leaves = [x for x in (*given, *captured) if isinstance(x, Tensor)]
    for x in leaves:
        x.grad = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        results = step(given, places)
        if back:
            _go_back(results)
    return [("value", raw(y)) for y in results] + [
        ("gradient", None if x.grad is None else raw(x.grad)) for x in leaves if x.requires_grad
    ]


def _compare(op: Op, found: list[tuple[str, Any]], expected: list[tuple[str, Any]]) -> None:
    for (what, a), (_what, b) in zip(found, expected, strict=True):
        if (a is None) != (b is None):
            raise AssertionError(f"{op.name}: compiled, the {what} is {a}, eagerly {b}")
        if a is None:
            continue
        alike = a.dtype == b.dtype and a.shape == b.shape
        if alike and b.dtype.kind == "f":
            scale = 1 + np.abs(np.nan_to_num(b, posinf=0, neginf=0)).max(initial=0)
            alike = np.allclose(a, b, rtol=1e-9, atol=1e-12 * scale, equal_nan=True)
        elif alike:
            alike = np.array_equal(a, b)
        if not alike:
            raise AssertionError(f"{op.name}: compiled, the {what} is {a.tolist()}, eagerly {b.tolist()}")


def _holds(value: Any) -> bool:
    """Whether an array stands among the parts of an attribute."""
    return isinstance(value, np.ndarray) or (isinstance(value, tuple) and any(map(_holds, value)))


def _another(value: Any, scale: float) -> Any:
    """Other values: floats nearer to 0, integers moved round."""
    if isinstance(value, tuple):
        return tuple(_another(part, scale) for part in value)
    if not isinstance(value, np.ndarray) or scale == 1:
        return value
    return np.asarray(value * scale) if value.dtype.kind == "f" else np.roll(value, 1)


def _tensors(value: Any) -> Any:
    """An attribute whose arrays are tensors."""
    if isinstance(value, tuple):
        return tuple(_tensors(part) for part in value)
    return tensor(value) if isinstance(value, np.ndarray) else value


def _arrays(value: Any) -> Any:
    """The same attribute as an operation takes it."""
    return tuple(_arrays(part) for part in value) if isinstance(value, tuple) else lent(value)
