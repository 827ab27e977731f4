"""Operations that a program calls often by name, ``tg.exp(x)``, as one function: the code of the call, which first sends arrays elsewhere.

An operation is an object, and calling it took as long as a small operation takes to compute: a method that packs the arguments, chooses,
and unpacks them, and one more frame to look through for the user's line.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from tinygrad_fr.fast.generated_code import made, when_called
from tinygrad_fr.ops.definition.op import Op

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Signature

OFTEN = 32  # calls after which the code is written: that takes a millisecond, and a program calls few operations often

_MANY = """
    if more or not args or args[0].__class__ is array:
        return by_name(*args, **more)
"""

_FEW = """
    if {unusual} or {first}.__class__ is array:
        if {whole}:
            return on_arrays({all})
        return again(({all},), {rest}, more)
"""


def counted(op: Op, shown: Signature | None = None) -> None:
    """Let an operation count its calls by name, and be one function once they are many; an editor shows the same signature before and after."""
    if shown is not None:
        op.__signature__ = shown  # type: ignore[attr-defined]  # inspect's
    kind = type(op)
    if kind.__call__ is Op.__call__:
        op.__class__ = _counting(kind)


@cache
def _counting(kind: type[Op]) -> type[Op]:
    return type(kind.__name__, (kind,), {"__module__": kind.__module__, "__call__": _count})


_calls: Counter[str] = Counter()


def _count(op: Op, *args: Any, **attrs: Any) -> Any:
    _calls[op.name] += 1
    if _calls[op.name] >= OFTEN:
        kind = type(op).__mro__[1]
        function = _written(op, Op.__call__.__get__(op))
        space = {"__module__": kind.__module__, "__call__": staticmethod(function)} if function is not None else {}
        op.__class__ = type(kind.__name__, (kind,), space)
    return Op.__call__(op, *args, **attrs)


def in_place_call(op: Op, general: Callable[..., Any]) -> Callable[..., Any]:
    """The call of an activation that has one argument more, ``inplace``: where it is not given, the code of the operation's own."""
    call: Any = op.call
    if "write" not in call.__globals__:
        return general

    def make() -> Callable[..., Any]:
        call.__globals__["write"]()
        return _written(op, general, "inplace") or general

    return wraps(general)(when_called(make, op.name, op.__doc__))


def _written(op: Op, by_name: Callable[..., Any], extra: str = "") -> Callable[..., Any] | None:
    """The code of the operation's call, with the lines before it that choose; None where that call is no generated code.

    Args:
        op: the operation.
        by_name: what is called for whatever is not usual.
        extra: one argument more, which is False where it is not given.
    """
    source = getattr(op.call, "source", None)
    if source is None:
        return None
    definition: Any = ast.parse(source).body[0]
    given, space = definition.args, dict(op.call.__globals__)
    space |= {"by_name": by_name, "on_arrays": op.call_on_arrays}
    if extra:
        given.args.append(ast.arg(extra))
        given.defaults.append(ast.Constant(False))
    names = [each.arg for each in given.args]
    if not names:
        prelude = _MANY
    else:
        if given.kwarg is None:
            given.kwarg = ast.arg("more")
        defaults = dict(zip(reversed(names), map(ast.unparse, reversed(given.defaults)), strict=False))
        told = {name: space.get(text, False) for name, text in defaults.items()}
        space["again"] = _again(space["by_name"], names, told, space["missing"])
        rest = given.vararg.arg if given.vararg is not None else "()"
        asked = [f"{name} is not missing" for name in names if told.get(name) is space["missing"]]
        prelude = _FEW.format(
            first=names[0],
            unusual=f"more or {extra} or {names[0]} is missing" if extra else "more",
            whole="False" if extra else " and ".join(["not more", f"not {rest}", *asked]),
            all=", ".join(names),
            rest=rest,
        )
    body = source.lstrip("\n").partition("\n")[2]
    return made(f"def call({ast.unparse(given)}):{prelude}{body}", "call", space)


def _again(by_name: Callable[..., Any], names: list[str], told: dict[str, Any], missing: Any) -> Callable[..., Any]:
    """The general call, with the arguments as they were given."""

    def again(values: tuple[Any, ...], rest: tuple[Any, ...], more: dict[str, Any]) -> Any:
        if rest:
            return by_name(*values, *rest, **more)
        placed: list[Any] = []
        named = {}
        for i, (name, value) in enumerate(zip(names, values, strict=True)):
            if told.get(name, missing) is missing and len(placed) == i and value is not missing:
                placed.append(value)
            elif value is not told.get(name, missing):
                named[name] = value
        return by_name(*placed, **named, **more)

    return again
