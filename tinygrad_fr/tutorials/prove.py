"""What the proof of an answer is made of: draws, and the comparison of two functions on them."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import HealthCheck, Verbosity, given, settings
from hypothesis import strategies as st

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = 100


class Refused(TinygradError):  # noqa: N818 - what became of an answer, and no defect
    """An answer that is not right, and the smallest example that shows it."""


def reals(low: float = -3.0, high: float = 3.0) -> st.SearchStrategy[float]:
    """Real numbers between two bounds, simple ones first."""
    return st.floats(low, high, allow_nan=False, allow_infinity=False, allow_subnormal=False)


def integers(low: int, high: int) -> st.SearchStrategy[int]:
    """Integers between two bounds, both included."""
    return st.integers(low, high)


def same(answer: Any, expected: Callable[..., Any], *, within: float = 1e-6, **draws: st.SearchStrategy[Any]) -> None:
    """Prove that an answer gives what the engine computes, whatever the numbers are.

    Args:
        answer: a function of as many numbers as there are draws; without draws, the number itself may stand for it.
        expected: computes what is right.
        within: relative difference that rounding may make.
        draws: name of each argument, in order, and where its values come from.

    Raises:
        Refused: where the answer differs, on the smallest example.

    Example:
        >>> same(lambda x: x * x, lambda x: x**2, x=reals())
    """
    if not callable(answer):
        if draws:
            raise Refused(
                _("expected a function of {names}, got {found}").format(names=", ".join(draws), found=repr(answer))
            )
        _compare(answer, expected(), {}, within)
        return

    by_name = _takes(answer, tuple(draws))

    def one(drawn: tuple[Any, ...]) -> None:
        values = dict(zip(draws, drawn, strict=True))
        try:
            found = answer(**values) if by_name else answer(*drawn)
        except Exception as error:  # whatever a student's code raises
            raise Refused(
                _("the answer stops on {values}: {error}").format(values=_said(values), error=error)
            ) from error
        _compare(found, expected(*drawn), values, within)

    search = settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )(given(st.tuples(*draws.values()))(one))
    search()


def _takes(answer: Callable[..., Any], names: tuple[str, ...]) -> bool:
    """Whether an answer takes its arguments by the names that were asked for, in whatever order it has them.

    Raises:
        Refused: it takes more of them, or fewer.
    """
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # some functions of C’s have none
        return False
    if set(signature.parameters) == set(names):
        return True
    try:
        signature.bind(*names)
    except TypeError:
        found = ", ".join(signature.parameters) or "–"
        raise Refused(
            _("expected a function of {names}, got a function of {found}").format(names=", ".join(names), found=found)
        ) from None
    return False


def _said(values: dict[str, Any]) -> str:
    """The values of an example, such as ``x = 1, y = 0.5``."""
    return ", ".join(f"{name} = {_figure(value)}" for name, value in values.items())


def _figure(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, float | int | np.number):
        return str(value)
    return number(int(value) if float(value).is_integer() else float(value), 4)


def _array(value: Any) -> Any:
    if value is None:
        raise Refused(_("the function gives nothing back: is its return missing?"))
    try:
        return np.asarray(getattr(value, "data", value) if np.ndim(value) == 0 else value, np.float64)
    except (TypeError, ValueError):
        raise Refused(_("expected a number, got {found}").format(found=repr(value))) from None


def _compare(found: Any, wanted: Any, values: dict[str, Any], within: float) -> None:
    one, other = _array(found), _array(wanted)
    fits = one.shape == other.shape and np.allclose(one, other, rtol=within, atol=within, equal_nan=True)
    if fits:
        return
    told = _figure(one.item()) if one.size == 1 else str(one.round(4).tolist())
    right = _figure(other.item()) if other.size == 1 else str(other.round(4).tolist())
    if values:
        raise Refused(
            _("for {values}, the answer gives {found}, and the engine computes {wanted}").format(
                values=_said(values), found=told, wanted=right
            )
        )
    raise Refused(_("the answer is {found}, and the engine computes another number").format(found=told))
