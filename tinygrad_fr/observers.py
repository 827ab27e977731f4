"""Who watches a run: an observation of its backward passes, anomaly mode, a witness of where passes start."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import GradientError
from tinygrad_fr.locale import _
from tinygrad_fr.modes import CalledOrEntered
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
    """Raises at the first NaN, and names its node.

    Attributes:
        check_nan: whether what nodes send back is looked at.
        strict: whether infinities stop the run too, and values that are computed going forward.
    """

    def __init__(self, check_nan: bool, strict: bool) -> None:
        self.check_nan, self.strict = check_nan, strict

    def recorded(self, node: Node, op: Any) -> None:
        """Look at the value that was just computed."""
        found = not_finite(node.value) if self.strict else ""
        if found:
            raise GradientError(
                _("{found} appeared going forward, in {op}, {where}").format(
                    found=found, op=op.shown_as, where=node.site.where
                )
            )

    def sent(self, node: Node, gradient: Any, contributions: Sequence[Any]) -> None:
        """Look at what a node sends back."""
        for position, contribution in enumerate(contributions if self.check_nan else ()):
            found = not_finite(contribution)
            if found and (self.strict or found == "NaN"):
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


class detect_anomaly(setting):  # noqa: N801 - PyTorch's name
    """Stop with an error where a backward pass gives a NaN, naming the node and its line.

    Args:
        check_nan: whether gradients are looked at; without that nothing stops here, and errors name their lines as ever.
        strict: stop at the first infinity too, and at NaN and infinities among values that are computed going forward,
            where PyTorch lets both pass.

    Example:
        >>> from tinygrad_fr import autograd, errors, tensor
        >>> x = tensor([0.0], requires_grad=True)
        >>> with autograd.detect_anomaly():
        ...     try:
        ...         (x.log() * 0).sum().backward()
        ...     except errors.GradientError as error:
        ...         print("derivative of log" in str(error))
        True
        >>> with autograd.detect_anomaly(strict=True):
        ...     try:
        ...         x.log()
        ...     except errors.GradientError as error:
        ...         print("inf appeared going forward, in log" in str(error))
        True
    """

    def __init__(self, check_nan: bool = True, *, strict: bool = False) -> None:
        super().__init__()
        self.watch: Anomaly | None = Anomaly(check_nan, strict)

    def __enter__(self) -> None:
        others = tuple(each for each in thread.state.observers if not isinstance(each, Anomaly))
        self.changes = {"observers": others if self.watch is None else (*others, self.watch)}
        super().__enter__()


class set_detect_anomaly(CalledOrEntered, detect_anomaly):  # noqa: N801 - PyTorch's name
    """:func:`detect_anomaly` by a flag: from the call on, or inside a ``with`` block alone.

    Example:
        >>> from tinygrad_fr import autograd, is_anomaly_enabled
        >>> with autograd.set_detect_anomaly(True):
        ...     print(is_anomaly_enabled())
        True
        >>> is_anomaly_enabled()
        False
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        detect_anomaly.__init__(self, check_nan)
        if not mode:
            self.watch = None
        self.call()


def is_anomaly_enabled() -> bool:
    """Whether backward passes are looked at for NaN.

    Example:
        >>> import tinygrad_fr as tg
        >>> tg.is_anomaly_enabled()
        False
    """
    return any(isinstance(each, Anomaly) for each in now().observers)


def is_anomaly_check_nan_enabled() -> bool:
    """Whether a NaN in a backward pass stops it.

    Example:
        >>> import tinygrad_fr as tg
        >>> with tg.autograd.detect_anomaly(check_nan=False):
        ...     tg.is_anomaly_check_nan_enabled()
        False
    """
    return any(each.check_nan for each in now().observers if isinstance(each, Anomaly))
