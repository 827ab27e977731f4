"""Twelve short programs that tell engines apart, with what each must give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles import Scalar, Tensor, tensor
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Probe:
    """One program.

    Attributes:
        name: short and stable.
        says: what it tries.
        expected: what it must give.
        run: gives what it gives.
    """

    name: str
    says: str
    expected: str
    run: Callable[[], str]

    def passes(self) -> bool:
        """Whether it gives what it must."""
        return self.run() == self.expected


def _leaf(*values: float) -> Tensor:
    return tensor(list(values) if len(values) > 1 else values[0], requires_grad=True)


def _gradient(leaf: Tensor) -> str:
    assert leaf.grad is not None
    return str(leaf.grad.tolist())


def _diamond() -> str:
    a = _leaf(3.0)
    b, c = a * 2, a + 1
    (b * c).backward()
    return _gradient(a)


def _self_product() -> str:
    a = _leaf(3.0)
    (a * a).backward()
    return _gradient(a)


def _doublings() -> str:
    a = _leaf(1.0)
    y = a
    for _i in range(22):
        y = y + y
    y.backward()
    return _gradient(a)


def _chain(length: int) -> Callable[[], str]:
    def run() -> str:
        a = Scalar(1.0)
        y = a
        for _i in range(length):
            y = y + 1.0
        y.backward()
        return str(a.grad)

    return run


def _twice() -> str:
    a = _leaf(3.0)
    y = a * a * a
    y.backward()
    first = _gradient(a)
    y.backward()
    return f"{first}, {_gradient(a)}"


def _power_at_zero() -> str:
    found = []
    for exponent in (0.0, 1.0, 2.0):
        a = _leaf(0.0)
        (a**exponent).backward()
        found.append(_gradient(a))
    return ", ".join(found)


def _relu_at_zero() -> str:
    a = _leaf(-1.0, 0.0, 1.0)
    a.relu().sum().backward()
    return _gradient(a)


def _mutation() -> str:
    a = _leaf(1.0, 2.0)
    b = a * 2
    y = (b * b).sum()
    b += 1
    try:
        y.backward()
    except GradientError:
        return "GradientError"
    return _gradient(a)


def _in_place() -> str:
    a = _leaf(1.0, 2.0)
    y = a * 2
    alias = y
    y += a
    (y * y).sum().backward()
    return f"{_gradient(a)}, {alias is y}"


def _broadcasting() -> str:
    a, b = _leaf(1.0, 2.0), tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    (a * b).sum().backward()
    return f"{_gradient(a)}, {_gradient(b)}"


def probes() -> tuple[Probe, ...]:
    """The twelve programs."""
    return (
        Probe("diamond", _("a value used along two paths: 2a·(a + 1) at 3"), "14.0", _diamond),
        Probe("self", _("a value multiplied by itself: a·a at 3"), "6.0", _self_product),
        Probe("paths", _("2²² paths through 22 doublings, in linear time"), "4194304.0", _doublings),
        Probe("chain-900", _("a chain of 900 operations"), "1.0", _chain(900)),
        Probe("chain-5000", _("a chain of 5 000 operations, where recursion fails"), "1.0", _chain(5_000)),
        Probe("chain-100000", _("a chain of 100 000 operations"), "1.0", _chain(100_000)),
        Probe("twice", _("backward twice accumulates: a³ at 3"), "27.0, 54.0", _twice),
        Probe("pow-0", _("a⁰, a¹ and a² at 0: no NaN"), "0.0, 1.0, 0.0", _power_at_zero),
        Probe("relu-0", _("relu at −1, 0 and 1: relu′(0) = 0"), "[0.0, 0.0, 1.0]", _relu_at_zero),
        Probe("mutation", _("a value changed after it was used: refused, never wrong"), "GradientError", _mutation),
        Probe("in-place", _("y += a keeps its history, and y its identity"), "[18.0, 36.0], True", _in_place),
        Probe(
            "broadcast",
            _("a row times a column: gradients of each one’s shape"),
            "[6.0, 6.0], [[3.0], [3.0], [3.0]]",
            _broadcasting,
        ),
    )
