"""The interface of those who watch operations run: anomaly mode, the observation of backward passes, the tape of a compiled step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class Recorder:
    """Receives every event of a step. By default each method does nothing, or what an unwatched step does.

    Attributes:
        keeps_arrays: whether it identifies arrays by identity, so that a value must stay the same array.
    """

    keeps_arrays = False

    # Of operations

    def recorded(self, node: Any, op: Any) -> None:
        """An operation ran and gave a node."""

    def opens(self, op: Any, inputs: tuple[Any, ...], attrs: Any) -> bool:
        """Whether a composite operation is to be recorded as its equations."""
        return False

    def drawn(self, draw: Callable[[Any], Any], source: Any) -> Any:
        """The array that a random draw gives."""
        return draw(source)

    def lent(self, node: Any) -> None:
        """A node's very array becomes an argument of an operation, an index for example."""

    def copied(self, source: Any, array: Any) -> None:
        """A new array holds the elements of another, or of a node."""

    def computed(self, function: Any, operands: tuple[Any, ...], array: Any) -> None:
        """An array was computed from values outside the record."""

    def assumed(self, predicate: Any, operands: tuple[Any, ...], answer: bool) -> None:
        """The engine decided by values."""

    def escaped(self, node: Any) -> None:
        """Python reads a value, and may use it for anything."""

    def follows(self, leaf: Any, again: Callable[[], Any]) -> bool:
        """Whether a leaf may stand for a plain number that changes from call to call."""
        return False

    def asks(self, again: Callable[[], bool], answer: bool) -> None:
        """The step decided by plain numbers; the decision must be the same each time."""

    def stopped(self, why: str) -> None:
        """What follows cannot be replayed: it runs eagerly."""

    # Of backward passes

    def started(self, roots: Sequence[Any]) -> None:
        """A backward pass starts at these nodes."""

    def goes(self, nodes: Mapping[int, Any]) -> None:
        """A backward pass goes through these nodes, by id, and no others."""

    def vjp(self, node: Any, gradient: Any) -> Sequence[Any]:
        """What a node sends back."""
        sent: Sequence[Any] = node.op.vjp(node, gradient)
        return sent

    def sent(self, node: Any, gradient: Any, contributions: Sequence[Any]) -> None:
        """A node received a gradient and sent contributions to its inputs."""

    def received(self, node: Any) -> Any:
        """The gradient that a node has had so far, to which another is about to be added."""
        return node._grad

    # Of leaves

    def flagged(self, node: Any) -> None:
        """A node is about to require a gradient, or none any more."""

    def looked(self, node: Any) -> None:
        """The gradient that a leaf has is about to be read."""

    def graded(self, node: Any, gradient: Any) -> None:
        """A leaf is about to be given another gradient, or none, by hand."""

    def changed(self, node: Any, value: Any) -> None:
        """A leaf is about to take another value."""

    def moved(self, node: Any) -> None:
        """A handle is about to stand for another node."""

    def updated(self, optimizer: Any, group: int, handle: Any) -> bool:
        """Whether the recorder moves a parameter in an optimizer's place."""
        return False


NOBODY = Recorder()


class Followed(ABC):
    """Stands for a plain number whose value may differ when the recorded step is replayed."""

    __slots__ = ()

    @abstractmethod
    def read(self) -> float | int:
        """The number, which the record depends on from now on."""

    @abstractmethod
    def operand(self) -> Any:
        """Its operand in the record: a leaf, or the plain number if nobody tracks it."""
