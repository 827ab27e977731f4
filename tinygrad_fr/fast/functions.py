"""Functions that choose among operations, as generated code: Python binds their parameters, and one line checks each argument.

The code serves the usual case: arguments of the kinds and dtypes that the function takes, under its own names. Anything else takes the
general path with the arguments as they were given, and that path reports errors.
"""

from __future__ import annotations

from functools import wraps
from inspect import CO_VARARGS, CO_VARKEYWORDS, Parameter, signature, unwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.arguments.fits import UNFIT, unfit
from tinygrad_fr.arguments.kinds import kinds_of
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.fast.generated_code import made, odd, when_called, whole
from tinygrad_fr.promotion.accepts import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import CodeType

    from tinygrad_fr.arguments.kinds import Kind

_CALL = """
def call({parameters}):
    if {unusual}:
        return again(general, {told})
{dtypes}
    try:
        return {chosen}
    except TinygradError:
        raise
    except UNFIT as error:
        raise misfit(name, error, {told}) from error
"""

_DTYPES = """
    if (array_ := getattr({first}, "value", None)).__class__ is not array or array_.dtype not in dtypes{others}:
        return again(general, {told})
"""

# Most are tensors, parameters among them, which is asked first; a number or integers may stand there too.
_OTHER = (
    " or ({x} is not None and ((other_ := getattr({x}, 'value', None)).__class__ is not array or other_.dtype {differs})"
    " and {x}.__class__ not in plain and not whole({x}))"
)

_WORD = 1 << 63  # what an integer of 64 bits stays under


def _words(x: Any) -> bool:
    """Whether an argument is a tuple of integers of 64 bits."""
    if x.__class__ is tuple and len(x) == 1 and x[0].__class__ is int:
        return -_WORD <= x[0] < _WORD
    return whole(x) and all(-_WORD <= side < _WORD for side in x)


def function_call(choose: Callable[..., Any], general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of a function that chooses among operations; ``general`` takes what is not usual."""
    if not _bindable(unwrap(choose).__code__):
        return general
    return wraps(choose)(when_called(lambda: _written(choose, general), choose.__name__, choose.__doc__))


def _bindable(code: CodeType) -> bool:
    """Whether code can be generated for a function's parameters. (Its signature takes 50 µs to read, and there are hundreds of functions.)"""
    many = code.co_flags & CO_VARARGS != 0
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + many]
    return not (code.co_flags & CO_VARKEYWORDS or code.co_posonlyargcount) and _RESERVED.isdisjoint(names)


def _written(choose: Any, general: Callable[..., Any]) -> Callable[..., Any]:
    parameters = list(signature(choose).parameters.values())
    placed = [p.name for p in parameters if p.kind is Parameter.POSITIONAL_OR_KEYWORD]
    named = [p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY]
    many = next((p.name for p in parameters if p.kind is Parameter.VAR_POSITIONAL), None)
    defaults = {p.name: _MISSING if p.default is p.empty else p.default for p in parameters if p.name != many}
    kinds = kinds_of(parameters)
    space = {**_SPACE, "choose": choose, "general": general, "name": choose.__name__}
    space |= {f"default_{name}": value for name, value in defaults.items()}
    space |= {f"usual_{name}": kind.usual for name, kind in kinds.items()}
    rest = many or "rest"
    told = f"({_triples(placed)}), {rest}, ({_triples(named)}), more"
    unusual = ["more", *(["rest"] if many is None else [])]
    unusual += [f"{name} is missing" for name, value in defaults.items() if value is _MISSING]
    unusual += [_unusual(name, kind) for name, kind in kinds.items()]
    source = _CALL.format(
        parameters=", ".join(
            [
                *(f"{name}=default_{name}" for name in placed),
                f"*{rest}",
                *(f"{name}=default_{name}" for name in named),
                "**more",
            ]
        ),
        unusual=" or ".join(unusual),
        told=told,
        dtypes=_dtypes(choose.__name__, [name for name in (*placed, *named) if name not in kinds], many, told, space),
        chosen=_chosen(placed, many, named),
    )
    return made(source, "call", space)


def _chosen(placed: list[str], many: str | None, named: list[str]) -> str:
    """The call of the function, as text. Keywords are passed only where one is given: beside ``*args`` Python packs them at each call."""
    by_name = [f"{name}={name}" for name in named]
    if many is None:
        return f"choose({', '.join([*placed, *by_name])})"
    by_place = ", ".join([*placed, f"*{many}"])
    if not named:
        return f"choose({by_place})"
    told = " and ".join(f"{name} is default_{name}" for name in named)
    return f"choose({by_place}) if {told} else choose({by_place}, {', '.join(by_name)})"


def _triples(names: list[str]) -> str:
    return "".join(f"({name!r}, {name}, default_{name}), " for name in names)


def _unusual(name: str, kind: Kind) -> str:
    """The condition under which an argument is not a usual one of its kind, or is an integer of too many bits."""
    text = odd(name, kind)
    return f"{text} or ({name}.__class__ is int and not -{_WORD} <= {name} < {_WORD})" if int in kind.usual else text


def _dtypes(name: str, operands: list[str], many: str | None, told: str, space: dict[str, Any]) -> str:
    """The check of the dtypes of tensors, where the operation has a rule: the first has an accepted dtype, and the others match it."""
    rule = RULES.get(name)
    if rule is None:
        return ""
    if many is not None or not operands:
        return f"    return again(general, {told})"
    space["dtypes"] = rule.dtypes
    differs = "is not array_.dtype" if rule.same or rule.common else "not in dtypes"
    others = [_OTHER.format(x=x, differs=differs) for x in operands[1:] if rule.first > 1]
    return _DTYPES.format(first=operands[0], others="".join(others), told=told).strip("\n")


_Told = tuple[tuple[str, Any, Any], ...]  # name, value and default of each parameter


def _given(placed: _Told, rest: tuple[Any, ...], named: _Told, more: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The arguments of a call by place and by name, without those that are defaults."""
    count = len(placed)
    if not rest:
        count = next((i for i, (_name, value, default) in enumerate(placed) if value is default), count)
    args = [value for _name, value, _default in placed[:count]]
    options = {name: value for name, value, default in (*placed[count:], *named) if value is not default}
    return (*args, *rest), {**options, **more}


def _again(general: Callable[..., Any], *told: Any) -> Any:
    args, options = _given(*told)
    return general(*args, **options)


def _misfit(name: str, error: Exception, *told: Any) -> TinygradError:
    args, options = _given(*told)
    return unfit(name, (*args, *options.values()), error)


_MISSING = object()
_SPACE: dict[str, Any] = {
    "TinygradError": TinygradError, "UNFIT": UNFIT, "again": _again, "array": np.ndarray, "misfit": _misfit, "missing": _MISSING,
    "plain": frozenset((type(None), int, float, bool, str)), "whole": _words,
}  # fmt: skip
_RESERVED = frozenset(
    (*_SPACE, "array_", "choose", "dtypes", "error", "general", "getattr", "more", "name", "other_", "out", "rest")
)
