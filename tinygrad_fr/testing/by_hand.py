"""A gradient worked out by hand, held against the record's."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.gradients import grad
from tinygrad_fr.locale import _
from tinygrad_fr.observers import observe
from tinygrad_fr.ops.shared.untracked import value_of
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 10  # branches of one variable among whose sums a forgotten one is looked for


@dataclass(frozen=True)
class Comparison:
    """What a comparison found; it is true when the gradient is right.

    Attributes:
        name: the variable.
        exact: every number is the same.
        approximate: every number is close, as ``torch.allclose`` says.
        largest: the largest difference; infinite where the shapes differ.
        forgotten: the uses of the variable whose share is missing, if the rest is right.
        shapes: shape of the gradient that was given, and of the record's.

    Example:
        >>> bool(Comparison("w", False, True, 1e-9, (), ((2,), (2,))))
        True
    """

    name: str
    exact: bool
    approximate: bool
    largest: float
    forgotten: tuple[str, ...]
    shapes: tuple[tuple[int, ...], tuple[int, ...]]

    def __bool__(self) -> bool:
        return self.approximate

    def __str__(self) -> str:
        mine, own = self.shapes
        if mine != own:
            return _("{name}: the gradient has shape {found}, the variable {expected}").format(
                name=self.name, found=mine, expected=own
            )
        words = {True: _("yes"), False: _("no")}
        text = _(
            "{name:15} | exact: {exact:5} | approximate: {approximate:5} | largest difference: {largest:.3g}"
        ).format(name=self.name, exact=words[self.exact], approximate=words[self.approximate], largest=self.largest)
        if self.forgotten:
            text += _(" | forgotten: what comes back through {branches}").format(branches="; ".join(self.forgotten))
        return text

    __repr__ = __str__


def compare(name: str, mine: Any, loss: Any = None, variables: Mapping[str, Any] | None = None) -> Comparison:
    """Hold a gradient worked out by hand against the record's: is it exact, is it close, which branch was forgotten?

    Args:
        name: the variable that the gradient is of, ``"logits"`` for ``dlogits``.
        mine: the gradient worked out by hand.
        loss: what the gradient is of; the caller's variable ``loss`` by default.
        variables: where the variable is looked up; the caller's by default.

    Raises:
        UsageError: there is no such variable or no loss, or the loss does not depend on the variable.

    Example:
        >>> import tinygrad_fr as tg
        >>> x = tg.tensor([1.0, 2.0], requires_grad=True)
        >>> h = x * 3
        >>> loss = (h * h).sum() + h.sum()
        >>> bool(compare("h", 2 * h + 1, loss, {"h": h}))
        True
        >>> compare("h", 2 * h, loss, {"h": h}).largest  # the second use of h was forgotten
        1.0
    """
    if variables is None:
        frame = sys._getframe(1)
        variables = {**frame.f_globals, **frame.f_locals}
    loss = variables.get("loss") if loss is None else loss
    if not isinstance(loss, Node):
        raise UsageError(_("compare: expected a loss to go back from: a variable called loss, or loss=…"))
    node = variables.get(name)
    if not isinstance(node, Node):
        node = next((each for each in _leading_to(loss) if name in (each.label, each.site.variable)), None)
    if node is None:
        raise UsageError(_("compare: no variable called {name} leads to the loss").format(name=name))
    node = node.current
    with observe() as seen:
        (found,) = grad(loss, node, allow_unused=True)
    if found is None:
        raise UsageError(_("compare: the loss does not depend on {name}").format(name=name))
    given, own = np.asarray(value_of(mine)), np.asarray(value_of(found))
    if given.shape != own.shape:
        return Comparison(name, False, False, float("inf"), (), (given.shape, own.shape))
    close = bool(np.allclose(given, own))
    largest = float(np.max(np.abs(given - own), initial=0.0))
    forgotten = () if close else _forgotten(node, loss, seen.contributions, given)
    return Comparison(name, bool(np.array_equal(given, own)), close, largest, forgotten, (given.shape, own.shape))


def _forgotten(node: Node, loss: Node, contributions: Any, given: Any) -> tuple[str, ...]:
    """The fewest uses of a node without whose shares its gradient would be what was given."""
    shares: dict[str, Any] = {}
    for user in _leading_to(loss):
        for position, source in enumerate(user.inputs):
            if source is node and (user.id, position) in contributions:
                use = f"{user.op.symbol if user.op is not None else ''} ({user.site.text or user.site.where})"
                shares[use if use not in shares else f"{use}, {position + 1}"] = contributions[user.id, position]
    whole = sum(np.asarray(value_of(share)) for share in shares.values())
    if len(shares) > MOST:
        return ()
    for count in range(1, len(shares)):
        for absent in combinations(shares, count):
            if np.allclose(given, whole - sum(np.asarray(value_of(shares[each])) for each in absent)):
                return absent
    return ()


def _leading_to(loss: Node) -> list[Node]:
    """The nodes that lead to a loss, the last recorded first."""
    found, waiting = {loss.id: loss}, [loss]
    while waiting:
        for source in waiting.pop().inputs:
            if isinstance(source, Node) and source.id not in found:
                found[source.id] = source
                waiting.append(source)
    return [found[key] for key in sorted(found, reverse=True)]
