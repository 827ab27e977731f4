"""Conditions to stop at in a walk: on the gradient or the value, a NaN, a scope, or a node."""

from __future__ import annotations

import difflib
import operator
import re
import unicodedata
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.vertex import norm
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tinygrad_fr.explain.steps.walk import Step, Walk

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$")


def _gradient(step: Step) -> float | None:
    return norm(step.vertex.grad) if step.phase == "backward" and step.vertex.grad is not None else None


def _value(step: Step) -> float | None:
    return norm(step.vertex.value) if step.phase == "forward" else None


# The quantities of a condition: the norm of the incoming gradient, or of the computed value.
QUANTITIES: dict[str, Callable[[Step], float | None]] = {"norm": _gradient, "value": _value}


def condition(walk: Walk, text: str) -> Callable[[Step], bool]:
    """Read a condition.

    Args:
        walk: the walk that it applies to.
        text: ``norm < 1e-6``, ``value > 100``, ``nan``, a scope such as ``lstm/cell/t=3`` (``*`` and ``?`` stand for
            anything), or the name of a node.

    Raises:
        UsageError: it is none of these.
    """
    found = _CONDITION.match(text)
    if found is not None:
        return _comparison(*found.groups())
    if text.strip().lower() in ("nan", "inf"):
        return _not_finite
    if any(_in_scope(step, text) for step in walk):
        return lambda step: _in_scope(step, text)
    name = named(text, [step.name for step in walk])
    if name is not None:
        return lambda step: step.name == name
    raise UsageError(
        _(
            "“{found}” is neither a condition such as “norm < 1e-6” or “nan”, nor a scope or a node of this walk{near}"
        ).format(found=text, near=nearest(text, [*scopes(walk), *dict.fromkeys(step.name for step in walk)]))
    )


def scopes(walk: Walk) -> list[str]:
    """Every scope that a step lies in."""
    return list(dict.fromkeys(scope.path for step in walk for scope in step.vertex.scope.ancestors()))


def named(text: str, known: Sequence[str]) -> str | None:
    """The name that somebody typed: as it stands, or as a keyboard has it (``w1`` for w₁, ``C~1`` or ``C1`` for C̃₁).

    Example:
        >>> named("w1", ["x₁", "w₁"]), named("h'", ["h", "h′"]), named("C_2", ["C₂"]), named("y", ["x"])
        ('w₁', 'h′', 'C₂', None)
    """
    if text in known:
        return text
    return next((name for name in known if _typed(name) == _typed(text)), None)


def _typed(name: str) -> str:
    """A name in the letters of a keyboard."""
    plain = unicodedata.normalize("NFKD", name.strip().replace("′", "'"))
    return "".join(c for c in plain if not unicodedata.combining(c) and c not in "_~ ")


def nearest(text: str, known: list[str]) -> str:
    """The names that look like one that is unknown, as the end of a sentence."""
    close = difflib.get_close_matches(text, known, n=3, cutoff=0.4) or known[:3]
    return _("; the nearest are {names}").format(names=", ".join(close)) if close else ""


def _comparison(quantity: str, sign: str, figure: str) -> Callable[[Step], bool]:
    if quantity not in QUANTITIES:
        raise UsageError(
            _("“{found}” cannot be compared: expected {known}").format(found=quantity, known=", ".join(QUANTITIES))
        )
    try:
        bound = float(figure.replace(",", "."))
    except ValueError:
        raise UsageError(_("expected a number behind {sign}, got “{found}”").format(sign=sign, found=figure)) from None
    measure, compare = QUANTITIES[quantity], _COMPARISONS[sign]

    def holds(step: Step) -> bool:
        found = measure(step)
        return found is not None and compare(found, bound)

    return holds


def _not_finite(step: Step) -> bool:
    """Whether a NaN or an infinity appears in this step."""
    parts: list[Any] = [step.vertex.value]
    if step.phase == "backward":
        parts = [step.vertex.grad, *(share.contribution for share in step.shares)]
    return not all(_finite(part) for part in parts)


def _finite(found: Any) -> bool:
    if isinstance(found, tuple):
        return all(_finite(part) for part in found)
    return found is None or bool(np.all(np.isfinite(np.asarray(found, dtype=float))))


def _in_scope(step: Step, pattern: str) -> bool:
    return any(fnmatchcase(scope.path, pattern) or scope.name == pattern for scope in step.vertex.scope.ancestors())
