"""Names that the code of a function reaches: globals, closure variables, attributes."""

from __future__ import annotations

import builtins
import dis
import functools
import inspect
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tinygrad_fr.locale import _
from tinygrad_fr.replay.guards.generated import MISSING, Attributes
from tinygrad_fr.replay.guards.purity import BARRED, NOT_PURE, OWN, PURE_BUILTINS, module_of, own
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tinygrad_fr.replay.guards.walk import Walk

INSIDE = frozenset(("value", "_grad", "rare"))  # a node's own fields, which may be read without a guard


class UnknownError(Exception):
    """What a step reaches is nothing that can be held to."""


def contents(cell: Any) -> Any:
    """What stands in a closure's cell."""
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def visit_function(walk: Walk, function: Any, path: str) -> None:
    """Enter what a function reaches.

    Raises:
        UnknownError: it is nothing that can be held to.
    """
    module = str(getattr(function, "__module__", "") or "")
    home = module.partition(".")[0]
    code = getattr(inspect.unwrap(function), "__code__", None)  # what wraps an operation has none
    if home == OWN and (code is None or code.co_filename in INTERNAL):
        if function.__name__ in BARRED:
            raise UnknownError(_("it uses {name}").format(name=function.__name__))
        if own(function):
            return
    if home == "numpy":
        if "random" in module or function.__name__ in NOT_PURE:
            raise UnknownError(_("it uses {name}").format(name=f"np.{function.__name__}"))
        return
    if module in ("functools", "operator", "typing", "enum", "abc"):
        if function.__closure__ and module == "functools":  # a registry of the user's functions, as singledispatch's
            raise UnknownError(_("it uses {name}").format(name=path))
        return
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    _code(walk, function.__code__, function.__globals__, cells)
    for name in ("__code__", "__defaults__", "__kwdefaults__"):
        walk.pairs[id(function), name] = (Attributes(function), name, f"{path} (defaults)")
    if function.__kwdefaults__:
        walk.dicts[id(function.__kwdefaults__)] = (function.__kwdefaults__, f"{path} (defaults)")
    for part in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        walk.visit(part, path)
    if hasattr(function, "__wrapped__"):
        walk.visit(function.__wrapped__, path)


class _Spot(NamedTuple):
    """An instruction of a function that is walked."""

    walk: Walk
    space: dict[str, Any]
    cells: Mapping[str, Any]
    instructions: list[Any]
    at: int
    name: Any  # what the instruction names


def _code(walk: Walk, code: types.CodeType, space: dict[str, Any], cells: Mapping[str, Any]) -> None:
    instructions = instructions_of(code)
    line = code.co_firstlineno
    for at, instruction in enumerate(instructions):
        line = line_of(instruction) or line
        follow = FOLLOWED.get(instruction.opname)
        if follow is None:
            continue
        try:
            follow(_Spot(walk, space, cells, instructions, at, instruction.argval))
        except UnknownError as error:
            if located(str(error)):
                raise
            where = f"{Path(code.co_filename).name}:{line}"
            raise UnknownError(_("{why}, at {where}").format(why=error, where=where)) from None
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            own = {k: v for k, v in cells.items() if k in constant.co_freevars and k not in code.co_cellvars}
            _code(walk, constant, space, own)


def _load_global(spot: _Spot) -> None:
    walk, space, cells, instructions, at, name = spot
    if name == "getattr" and name not in space:
        walk.names.add(name_asked(instructions, at, space, cells))
    else:
        _global(walk, space, name, instructions, at)


def _load_cell(spot: _Spot) -> None:
    if spot.name in spot.cells:
        cell = spot.cells[spot.name]
        spot.walk.cells[id(cell)] = (cell, spot.name)
        found = contents(cell)
        if found is not MISSING:
            _chain(spot.walk, found, spot.name, spot.instructions, spot.at)


def _assign_cell(spot: _Spot) -> None:
    if spot.name in spot.cells:
        spot.walk.cells[id(spot.cells[spot.name])] = (spot.cells[spot.name], spot.name)
        _assign_global(spot)


def _assign_global(spot: _Spot) -> None:
    raise UnknownError(_("it assigns {name}, a variable from outside").format(name=spot.name))


def _attribute(spot: _Spot) -> None:
    if spot.name in INSIDE:
        raise UnknownError(_("it reads a node’s {name}").format(name=spot.name))
    if spot.name == "__dict__":
        raise UnknownError(_("it uses {name}").format(name=spot.name))
    spot.walk.names.add(spot.name)


def _import(spot: _Spot) -> None:
    if spot.name not in ("math", "__future__"):
        raise UnknownError(_("it imports {name}").format(name=spot.name))


# Instructions of Python that reach outside of a function → how each is followed.
FOLLOWED: dict[str, Callable[[_Spot], None]] = {
    **dict.fromkeys(("LOAD_GLOBAL", "LOAD_NAME"), _load_global),
    **dict.fromkeys(("LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_DEREF"), _load_cell),
    **dict.fromkeys(("STORE_DEREF", "DELETE_DEREF"), _assign_cell),
    **dict.fromkeys(("LOAD_ATTR", "LOAD_METHOD", "STORE_ATTR", "LOAD_SUPER_ATTR", "DELETE_ATTR"), _attribute),
    **dict.fromkeys(("STORE_GLOBAL", "DELETE_GLOBAL"), _assign_global),
    "IMPORT_NAME": _import,
}


def _global(walk: Walk, space: dict[str, Any], name: str, instructions: list[Any], at: int) -> None:
    walk.pairs[id(space), name] = (space, name, name)
    if name == "type":
        walk.asks_types = True
    if name in space:
        _chain(walk, space[name], name, instructions, at)
    elif name in vars(builtins):
        if name in ("getattr", "setattr", "hasattr"):
            raise UnknownError(_("it uses {name}").format(name=name))
        found = getattr(builtins, name)
        walk.pairs[id(vars(builtins)), name] = (vars(builtins), name, name)
        if not (
            id(found) in PURE_BUILTINS
            or isinstance(found, type | type(Ellipsis) | type(NotImplemented))
            or name in ("__name__", "__debug__")
        ):
            raise UnknownError(_("it uses {name}").format(name=name))
        if isinstance(found, type) and not issubclass(found, BaseException) and id(found) not in PURE_BUILTINS:
            raise UnknownError(_("it uses {name}").format(name=name))


def _chain(walk: Walk, value: Any, name: str, instructions: list[Any], at: int) -> None:
    """Follow the attributes of modules and classes that an instruction is followed by."""
    path = name
    while isinstance(value, types.ModuleType | type) and at + 1 < len(instructions):
        following = instructions[at + 1]
        if following.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            break
        at += 1
        attribute = following.argval
        path = f"{path}.{attribute}"
        home = value.__name__.partition(".")[0] if isinstance(value, types.ModuleType) else module_of(value)
        if isinstance(value, type):
            if own(value) or home in ("numpy", "builtins"):
                walk.visit(value, path)
                return
            owner = next((base for base in value.__mro__ if attribute in vars(base)), None)
            walk.reached(value, path)
            if owner is None or own(owner) or owner.__module__ == "builtins":
                return
            walk.pairs[id(owner), attribute] = (vars(owner), attribute, path)
            found = vars(owner)[attribute]
            if isinstance(found, staticmethod | classmethod | property):
                return  # its name is walked with the class
            value = found
            continue
        try:
            found = getattr(value, attribute)
        except AttributeError:
            return
        if attribute in vars(value):  # which may be replaced there, in a library too
            walk.pairs[id(vars(value)), attribute] = (vars(value), attribute, path)
        value = found
    walk.visit(value, path)


@functools.lru_cache(2048)
def instructions_of(code: types.CodeType) -> list[Any]:
    """The instructions of a code object; steps that are made anew, such as closures, share theirs."""
    return [i for i in dis.get_instructions(code) if i.opname not in ("EXTENDED_ARG", "CACHE", "NOP")]


def name_asked(instructions: list[Any], at: int, space: Mapping[str, Any], cells: Mapping[str, Any]) -> str:
    """The name that ``getattr(thing, name)`` asks for, where it is a constant, or a variable from outside.

    Raises:
        UnknownError: it is computed when the step runs.
    """
    depth = 0  # of the stack, above getattr itself
    for place in range(at + 1, len(instructions)):
        instruction = instructions[place]
        if instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs:
            break
        if instruction.opname == "CALL" and depth == instruction.arg:
            last = instructions[place - 1]
            if last.opname == "PRECALL":
                last = instructions[place - 2]
            found = MISSING
            if instruction.arg == 2 and last.opname == "LOAD_CONST":
                found = last.argval
            elif instruction.arg == 2 and last.opname == "LOAD_DEREF" and last.argval in cells:
                found = contents(cells[last.argval])
            elif instruction.arg == 2 and last.opname == "LOAD_GLOBAL":
                found = space.get(last.argval, MISSING)
            if isinstance(found, str):
                return found
            break
        if instruction.opname != "PRECALL":
            depth += dis.stack_effect(instruction.opcode, instruction.arg, jump=False)
    raise UnknownError(_("it uses {name}").format(name="getattr"))


def line_of(instruction: Any) -> int | None:
    """The line that an instruction belongs to, where Python says it."""
    found = getattr(instruction, "line_number", None)
    if found is None:
        found = instruction.starts_line
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def located(text: str) -> bool:
    """Whether a reason says its line already."""
    tail = text.rpartition(":")[2]
    return tail.isdigit()
