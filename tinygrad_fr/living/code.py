"""What one number does: an element-wise operation with its attributes, and the operands that a gradient goes back to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tinygrad_fr.expression.expression import Expression, said

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.ops.definition.elementwise import Elementwise


@dataclass(frozen=True)
class Code:
    """An operation of the program.

    Attributes:
        name: the operation's, or ``identity``.
        inputs: names of its operands.
        attrs: its other arguments, which are numbers.
        needs: which operands a gradient goes back to, a bit each.
        forward: the text of the value.
        partials: the text of what is sent to each operand, None where nothing is.
    """

    name: str
    inputs: tuple[str, ...]
    attrs: tuple[tuple[str, float], ...]
    needs: int
    forward: Expression
    partials: tuple[Expression | None, ...]

    @classmethod
    def of(cls, op: Elementwise, attrs: Mapping[str, Any], needs: int) -> Code:
        """What an operation does to each number."""
        given = {**op.defaults, **attrs}
        return cls(op.name, op.inputs, tuple(given.items()), needs, op.forward, tuple(op.partials.values()))

    @property
    def key(self) -> str:
        """What the page calls it."""
        told = "".join(f" {name}={value!r}" for name, value in self.attrs)
        return f"{self.name}{told}/{self.needs}"

    def sent(self) -> list[tuple[int, Expression]]:
        """Operands that a gradient goes back to, with its text."""
        return [(i, text) for i, text in enumerate(self.partials) if text is not None and self.needs >> i & 1]

    def on_arrays(self, text: Expression) -> Callable[..., Any]:
        """The value, or a partial, as a function of (g, y, operands…, attributes…) on arrays."""
        return _on_arrays(text.text, ("g", "y", *self.inputs, *(name for name, _value in self.attrs)))


@cache
def _on_arrays(text: str, args: tuple[str, ...]) -> Callable[..., Any]:
    """The function of a text, compiled once: a run of 30 steps asks for the same few thousands of times."""
    return said(text).of_arrays(args)


IDENTITY = Code("identity", ("x",), (), 1, Expression("x"), (Expression("g"),))
# The larger of two, which at a tie sends everything to the first, as a place that was found does.
FOUND = Code(
    "found",
    ("a", "b"),
    (),
    3,
    Expression("maximum(a, b)"),
    (Expression("where(a >= b, g, 0)"), Expression("where(a >= b, 0, g)")),
)
