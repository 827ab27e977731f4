"""Who watches a run: an observation of its backward passes, anomaly mode, a witness of where passes start."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.record.backward import plus
from tinygrad_fr.record.mode import now, setting, thread
from tinygrad_fr.record.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tinygrad_fr.record.node import Node


class observing(setting):  # noqa: N801 - used as a context manager, named as one
    """Tell a recorder of what runs inside, besides those who are told already."""

    def __init__(self, observer: Recorder) -> None:
        super().__init__()
        self.observer = observer

    def __enter__(self) -> None:
        self.changes = {"observers": (*thread.state.observers, self.observer)}
        super().__enter__()


class Observation(Recorder):
    """Everything that flowed in the backward passes of an :func:`observe` block.

    Attributes:
        gradients: node id → gradient of the root with respect to that node (a tuple for a bundle).
        contributions: (node id, input position) → what the node sent to that input.
        order: ids in the order in which backward visited them.
    """

    def __init__(self) -> None:
        self.gradients: dict[int, Any] = {}
        self.contributions: dict[tuple[int, int], Any] = {}
        self.order: list[int] = []

    def sent(self, node: Node, gradient: Any, contributions: Sequence[Any]) -> None:
        """Keep what one visited node received and sent."""
        self.order.append(node.id)
        self.gradients[node.id] = plus(self.gradients.get(node.id), gradient)
        for position, sent in enumerate(contributions):
            if sent is not None:
                key = (node.id, position)
                self.contributions[key] = plus(self.contributions.get(key), sent)


@contextmanager
def observe() -> Iterator[Observation]:
    """Keep every node's gradient and every edge's contribution of the backward passes inside.

    Example:
        >>> from tinygrad_fr import observe, tensor
        >>> w = tensor([3.0], requires_grad=True)
        >>> with observe() as seen:
        ...     y = w * w
        ...     y.sum().backward()
        >>> [float(seen.contributions[y.id, i][0]) for i in (0, 1)]
        [3.0, 3.0]
    """
    observation = Observation()
    with observing(observation):
        yield observation


class _Witness(Recorder):
    def __init__(self, witness: Callable[[Sequence[Node]], None]) -> None:
        self.witness = witness

    def started(self, roots: Sequence[Node]) -> None:
        self.witness(roots)


def told_roots(witness: Callable[[Sequence[Node]], None]) -> setting:
    """Call ``witness(roots)`` before each backward pass inside; passes outside are not observed meanwhile.

    Example:
        >>> from tinygrad_fr import tensor
        >>> w = tensor(3.0, requires_grad=True)
        >>> with told_roots(lambda roots: print(roots[0].op.name)):
        ...     (w * w).backward()
        mul
    """
    others = [each for each in now().observers if not isinstance(each, Observation)]
    return setting(observers=(*others, _Witness(witness)))


class Anomaly(Recorder):
    """Raises at the first NaN or infinity, and names its node."""

    def recorded(self, node: Node, op: Any) -> None:
        """Look at the value that was just computed."""
        found = not_finite(node.value)
        if found:
            raise GradientError(
                _("{found} appeared going forward, in {op}, {where}").format(
                    found=found, op=op.shown_as, where=node.site.where
                )
            )

    def sent(self, node: Node, gradient: Any, contributions: Sequence[Any]) -> None:
        """Look at what a node sends back."""
        for position, contribution in enumerate(contributions):
            found = not_finite(contribution)
            if found:
                raise GradientError(
                    _(
                        "{found} appeared going backward, in the derivative of {op} for input {position}, {where}"
                    ).format(
                        found=found,
                        op=node.op.shown_as if node.op is not None else "?",
                        position=position + 1,
                        where=node.site.where,
                    )
                )


def not_finite(value: Any) -> str:
    """``"NaN"`` or ``"inf"`` where an array, a node's or one of several has it; else nothing."""
    for part in value if isinstance(value, tuple) else (value,):
        array = np.asarray(0.0 if part is None else getattr(part, "value", part))
        if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
            return "NaN" if np.any(np.isnan(array)) else "inf"
    return ""


def detect_anomaly() -> setting:
    """Stop with an error at the first NaN or infinity, forward or backward, naming the node and its line.

    Example:
        >>> from tinygrad_fr import autograd, errors, tensor
        >>> x = tensor([0.0], requires_grad=True)
        >>> with autograd.detect_anomaly():
        ...     try:
        ...         x.log()
        ...     except errors.GradientError as error:
        ...         print("log" in str(error))
        True
    """
    return observing(Anomaly())
