"""What the recorder does with the operations that run now, in this thread."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import TYPE_CHECKING, Any, Protocol

from tinygrad_fr.record.scope import ROOT, Scope

if TYPE_CHECKING:
    from types import TracebackType


class Tape(Protocol):
    """What is told to who keeps a whole step, with its backward passes and updates: see ``replay``."""

    def recorded(self, node: Any) -> None:
        """An operation ran."""

    def opens(self, op: Any, inputs: tuple[Any, ...], attrs: Any) -> bool:
        """Whether a composite operation is to be recorded as its equations."""

    def way_back(self, node: Any, gradient: Any) -> tuple[Any, ...]:
        """What a node sends back, recorded."""

    def received(self, node: Any, before: Any) -> Any:
        """A gradient is added to what a leaf had before (None for nothing), which comes back as a node."""

    def graded(self, node: Any) -> None:
        """A leaf is about to be given another gradient, or none, by hand."""

    def moved(self, node: Any) -> None:
        """A handle is about to stand for another node."""

    def changed(self, node: Any, value: Any) -> None:
        """A leaf is about to take another value."""

    def updated(self, optimizer: Any, group: int, place: int, parameter: Any) -> bool:
        """An optimizer is about to move a parameter; True if the tape does it instead."""

    def drawn(self, draw: Any, source: Any) -> Any:
        """The array that a random draw gives, to be drawn again each time."""

    def escaped(self, node: Any) -> None:
        """A value is read by Python, which may do anything with it."""

    def lent(self, node: Any) -> None:
        """A node's very array becomes an argument of an operation, an index for example."""

    def copied(self, source: Any, array: Any) -> None:
        """A new array holds the elements of another, or of a node."""

    def computed(self, function: Any, operands: tuple[Any, ...], array: Any) -> None:
        """An array was computed from values outside the record, to be computed again each time."""

    def assumed(self, predicate: Any, operands: tuple[Any, ...], answer: bool) -> None:
        """The engine chose its way by values, which must be asked again each time."""

    def looked(self, node: Any) -> None:
        """The gradient that a leaf has is about to be read."""

    def follows(self, leaf: Any, again: Any) -> bool:
        """A leaf stands for a plain number that may be another at the next call; whether it may."""

    def asks(self, again: Any, answer: bool) -> None:
        """The step chose its way by plain numbers, whose answer must be the same each time."""

    def stopped(self, why: str) -> None:
        """The step does what no tape can keep."""

    def flagged(self, node: Any) -> None:
        """A node is about to require a gradient, or none any more."""


class State:
    """The recorder's settings.

    Attributes:
        grad: keep what backpropagation needs of operations on tensors that require a gradient.
        trace: keep every operation, even of tensors that need no gradient, so that it can be drawn.
        anomaly: stop at the first NaN or infinity, naming its node.
        opened: composite operations that are recorded as their equations: those that open at these distances.
        scope: the module path and time step that new nodes are recorded under.
        tape: who keeps all that a step does in its order, so that it can be done again without being recorded.
    """

    __slots__ = ("anomaly", "grad", "opened", "scope", "tape", "trace")

    def __init__(self) -> None:
        self.grad = True
        self.trace = False
        self.anomaly = False
        self.opened: frozenset[str] = frozenset()
        self.scope = ROOT
        self.tape: Tape | None = None


class _Thread(threading.local):
    """One state a thread, found in a single look-up: the recorder pays it for every operation."""

    def __init__(self) -> None:
        self.state = State()


thread = _Thread()


def now() -> State:
    """The settings in force in this thread."""
    return thread.state


def escapes(node: Any) -> None:
    """Tell who keeps a tape that Python reads a node's value: what follows may depend on it in a way nobody sees."""
    tape = thread.state.tape
    if tape is not None:
        tape.escaped(node)


def untaped(why: str) -> None:
    """Tell who keeps a tape that what follows cannot be kept; it runs as ever, and is not replayed."""
    tape = thread.state.tape
    if tape is not None:
        tape.stopped(why)


class setting(ContextDecorator):  # noqa: N801 - used as a context manager, named as one
    """Change settings of the recorder inside a ``with`` block or a decorated function."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes
        self.saved: list[dict[str, Any]] = []

    def __enter__(self) -> None:
        state = thread.state
        self.saved.append({name: getattr(state, name) for name in self.changes})
        for name, value in self.changes.items():
            setattr(state, name, value)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, value in self.saved.pop().items():
            setattr(thread.state, name, value)


def no_grad() -> setting:
    """Record nothing for backpropagation.

    Example:
        >>> from tinygrad_fr import no_grad, tensor
        >>> w = tensor([1.0], requires_grad=True)
        >>> with no_grad():
        ...     (w * 2).requires_grad
        False
    """
    return setting(grad=False)


def enable_grad() -> setting:
    """Record again, inside a :func:`no_grad` block.

    Example:
        >>> import tinygrad_fr as tg
        >>> w = tg.tensor([1.0], requires_grad=True)
        >>> with tg.no_grad():
        ...     with tg.enable_grad():
        ...         inside = w * 2
        ...     (w * 2).requires_grad, inside.requires_grad
        (False, True)
    """
    return setting(grad=True)


def set_grad_enabled(mode: bool) -> setting:
    """Record or not, by a flag.

    Example:
        >>> from tinygrad_fr import autograd, tensor
        >>> x = tensor([1.0], requires_grad=True)
        >>> for training in (True, False):
        ...     with autograd.set_grad_enabled(training):
        ...         print((2 * x).requires_grad)
        True
        False
    """
    return setting(grad=mode)


def is_grad_enabled() -> bool:
    """Whether operations are recorded for backpropagation.

    Example:
        >>> import tinygrad_fr as tg
        >>> with tg.no_grad():
        ...     print(tg.is_grad_enabled())
        False
        >>> tg.is_grad_enabled()
        True
    """
    return thread.state.grad


def inference_mode(mode: bool = True) -> setting:
    """:func:`no_grad` under another name of PyTorch's.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0], requires_grad=True)
        >>> with tg.inference_mode():
        ...     y = 2 * x
        >>> y.requires_grad
        False
    """
    return setting(grad=False) if mode else setting()


def unseen() -> setting:
    """Leave what is computed out of the record and its pictures, though not off a tape."""
    return setting(grad=False, trace=thread.state.tape is not None)


def recording() -> setting:
    """Keep every operation in the record, even where no gradient is required, so that it can be drawn.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0])
        >>> with tg.recording():
        ...     y = 2 * x
        >>> y.op.name, (2 * x).op  # the second left no trace
        ('mul', None)
    """
    return setting(trace=True)


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
    return setting(anomaly=True)


def opened(*distances: str) -> setting:
    """Record composite operations as their equations.

    Args:
        distances: ``"op"`` opens sequences and cells into gates; ``"equation"`` opens every composite too.
            Without any, nothing is opened. The equations of one operation lie in a scope of its name.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> tg.logsumexp(x, 0).op.name
        'logsumexp'
        >>> with tg.opened("equation"):
        ...     y = tg.logsumexp(x, 0)
        >>> y.op.name != "logsumexp"
        True
    """
    here = thread.state.scope  # outside of every module the names given are counted from here on, not for ever
    return setting(opened=frozenset(distances), scope=here if here.parent is not None else Scope(None, ""))


class scope(setting):  # noqa: N801 - used as a context manager, named as one
    """Record what runs inside under a name, as a module does.

    Args:
        name: one step of the path, such as ``"encoder"``.
        step: the time step, from 1, when this scope is one.
        kind: what stands there, such as a module's class name.
    """

    def __init__(self, name: str, *, step: int | None = None, kind: str = "") -> None:
        super().__init__()
        self.name, self.step, self.kind = name, step, kind

    def __enter__(self) -> None:
        self.changes = {"scope": Scope(thread.state.scope, self.name, step=self.step, kind=self.kind)}
        super().__enter__()


def time_step(t: int) -> scope:
    """Record what runs inside as time step ``t``, counted from 1.

    Example:
        >>> from tinygrad_fr import tensor, time_step
        >>> h = tensor([0.5], requires_grad=True)
        >>> for t in (1, 2):
        ...     with time_step(t):
        ...         h = h.tanh()
        >>> h.scope.path
        't=2'
    """
    return scope(f"t={t}", step=t)
