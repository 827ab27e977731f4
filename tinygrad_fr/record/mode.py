"""What the recorder does with the operations that run now, in this thread. :mod:`tinygrad_fr.modes` has the switches that people use."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from tinygrad_fr.record.recorder import NOBODY, Recorder
from tinygrad_fr.record.scope import ROOT

if TYPE_CHECKING:
    from types import TracebackType


class State:
    """The recorder's settings.

    Attributes:
        grad: keep what backpropagation needs of operations on tensors that require a gradient.
        trace: keep every operation, even of tensors that need no gradient, so that it can be drawn.
        opened: composite operations that are recorded as their equations: those that open at these distances.
        scope: the module path and time step that new nodes are recorded under.
        tape: receives all events of a step in order, so that it can be replayed without being recorded.
        observers: further receivers of every operation and of every backward pass.
    """

    __slots__ = ("grad", "observers", "opened", "scope", "tape", "trace")

    def __init__(self) -> None:
        self.grad = True
        self.trace = False
        self.opened: frozenset[str] = frozenset()
        self.scope = ROOT
        self.tape: Recorder = NOBODY
        self.observers: tuple[Recorder, ...] = ()


class _Thread(threading.local):
    """One state per thread, found by a single look-up, because it is read for every operation."""

    def __init__(self) -> None:
        self.state = State()


thread = _Thread()


def now() -> State:
    """The settings in force in this thread."""
    return thread.state


def escapes(node: Any) -> None:
    """Tell the tape that Python reads a node's value: what follows may depend on it without a trace in the record."""
    thread.state.tape.escaped(node)


def untaped(why: str) -> None:
    """Tell the tape that what follows cannot be replayed. It runs eagerly."""
    thread.state.tape.stopped(why)


class setting:  # noqa: N801 - used as a context manager, named as one
    """Change settings of the recorder inside a ``with`` block."""

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
