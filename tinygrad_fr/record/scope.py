"""Where in the model, and when, an operation ran: module path and time step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


EQUATION = "equation"


class Scope:
    """One level of the path that leads to an operation: a module, a time step, or a named block.

    Scopes are immutable and linked to their parent, so a node keeps a single reference.

    Example:
        >>> Scope(Scope(ROOT, "lstm"), "t=3", step=3).path
        'lstm/t=3'
    """

    __slots__ = ("kind", "name", "parent", "path", "step", "used")

    def __init__(self, parent: Scope | None, name: str, *, step: int | None = None, kind: str = "") -> None:
        self.parent = parent
        self.name = name
        self.step = step
        self.kind = kind  # the module's class, for the word on its panel; EQUATION for an opened composite
        self.used: dict[str, int] | None = None  # how often each name was given to an operation opened here
        self.path: str = f"{parent.path}/{name}" if parent is not None and parent.path else name

    def opening(self, name: str) -> Scope:
        """The scope of the equations of a composite operation that is opened here: ``linear``, then ``linear·2``."""
        self.used = self.used or {}
        self.used[name] = count = self.used.get(name, 0) + 1
        return Scope(self, name if count == 1 else f"{name}·{count}", kind=EQUATION)

    def ancestors(self) -> Iterator[Scope]:
        """Yield this scope and those around it, innermost first, without the root."""
        scope: Scope | None = self
        while scope is not None and scope.parent is not None:
            yield scope
            scope = scope.parent

    @property
    def time(self) -> int | None:
        """The time step that this scope lies in, or None."""
        return next((scope.step for scope in self.ancestors() if scope.step is not None), None)

    def __repr__(self) -> str:
        return f"Scope({self.path!r})"

    # Two runs of the same module in the same step are the same place.
    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Scope) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


ROOT = Scope(None, "")
