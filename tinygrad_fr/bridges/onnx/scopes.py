"""The modules around the nodes of a file: what an exporter says of each, or the path that its name is."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

from tinygrad_fr.bridges.onnx.reader import clean, free_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEVERAL = "Module"
DEEPEST = 12  # scopes around one node
LARGEST = 10**9  # nodes times modules: beyond that, nodes stay where they are told to be
SCOPES, CLASSES = "pkg.torch.onnx.name_scopes", "pkg.torch.onnx.class_hierarchy"
_LAYOUT = {"Cast", "Identity", "Reshape", "Squeeze", "Transpose", "Unsqueeze"}  # what stands around a layer

Path = tuple[str, ...]


def modules_of(nodes: list[Any]) -> dict[int, tuple[tuple[str, str], ...]]:
    """Id of a node → the modules around it, without one that holds them all: that is this one.

    On the panel of a module stands its class, else its operator, or that it holds several.
    """
    told = {id(node): _scopes(node) for node in nodes}
    classes = {
        tuple(name for name, _kind in parts[: depth + 1]): kind
        for parts in told.values()
        for depth, (_name, kind) in enumerate(parts)
        if kind
    }
    paths = _closed(nodes, {key: tuple(name for name, _kind in parts) for key, parts in told.items()})
    named = [paths[id(node)] for node in nodes if node.name and not node.metadata_props]
    shared = int(bool(named) and all(named) and len({parts[0] for parts in named}) == 1)
    held: dict[Path, set[str]] = {}
    for node in nodes:
        parts = paths[id(node)]
        for depth in range(len(parts)):
            held.setdefault(parts[: depth + 1], set()).add(node.op_type if depth + 1 == len(parts) else "")
    kinds = {path: next(iter(inside)) or SEVERAL if len(inside) == 1 else SEVERAL for path, inside in held.items()}
    kinds.update(classes)
    return {
        key: tuple((name, kinds[parts[: depth + 1]]) for depth, name in enumerate(parts))[shared:]
        for key, parts in paths.items()
    }


def _scopes(node: Any) -> tuple[tuple[str, str], ...]:
    """The modules around a node, with their classes where these are told: what an exporter wrote, or all but its name's end."""
    told = {entry.key: entry.value for entry in node.metadata_props if entry.key in (SCOPES, CLASSES)}
    if SCOPES in told:
        try:
            paths, kinds = ast.literal_eval(told[SCOPES]), ast.literal_eval(told.get(CLASSES, "[]"))
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            paths, kinds = None, []
        if isinstance(paths, list) and all(isinstance(part, str) for part in (*paths, *kinds)):
            found: list[tuple[str, str]] = []
            before = ""
            for i, path in enumerate(paths[1:-1], 1):
                found += _parts(path.removeprefix(f"{before}."), kinds[i].rpartition(".")[2] if i < len(kinds) else "")
                before = path
            return tuple(found[:DEEPEST])
    return tuple(part for name in node.name.split("/")[:-1] if name for part in _parts(name, ""))[:DEEPEST]


def _parts(name: str, kind: str) -> list[tuple[str, str]]:
    """A module's name, behind that of the block that it is a part of: ``h.0`` in ``h.0.norm`` is called by nobody."""
    parts = [clean(part, 60).replace("/", "_") for part in re.split(r"(?<=\.\d)\.|(?<=\.\d\d)\.", name)]
    return [*((part, "") for part in parts[:-1]), (parts[-1], clean(kind, 60))]


def _closed(nodes: list[Any], paths: Mapping[int, Path]) -> dict[int, Path]:
    """Paths where no module is left and entered again by way of nodes that stand around it.

    Exporters put nodes of their own between those of a module, and functions that a module calls are told without it. A node
    that is reached from a module and leads back to it is a part of it, unless another module lies between, too.
    """
    modules = _modules(nodes, paths)
    if len(modules) * len(nodes) > LARGEST:
        return dict(paths)
    bits = {path: 1 << place for place, path in enumerate(modules)}
    own = {
        id(node): sum(bits.get(paths[id(node)][: depth + 1], 0) for depth in range(len(paths[id(node)])))
        for node in nodes
    }
    before = _reached(nodes, own)
    after = _leading(nodes, own)
    broken, stray = 0, []
    for node in nodes:
        between = before[id(node)] & after[id(node)] & ~own[id(node)]
        if between:
            around = [path for path in _chosen(between, modules) if path[: len(paths[id(node)])] == paths[id(node)]]
            broken |= between & ~sum(bits[path] for path in around)
            stray.append((id(node), around))
    found = dict(paths)
    for key, around in stray:
        kept = sorted((path for path in around if not bits[path] & broken), key=len)
        if kept:
            deepest = kept[-1]
            nested = all(path == deepest[: len(path)] for path in kept)
            found[key] = deepest if nested else _shared(kept)
    return found


def _modules(nodes: Iterable[Any], paths: Mapping[int, Path]) -> list[Path]:
    """Modules that may hold more than they are told to: not an activation that is called all over a network."""
    held: dict[Path, set[str]] = {}
    for node in nodes:
        for depth in range(len(paths[id(node)])):
            held.setdefault(paths[id(node)][: depth + 1], set()).add(node.op_type)
    return [path for path, operators in held.items() if len(operators) > 1 or operators <= _LAYOUT]


def _shared(paths: list[Path]) -> Path:
    """What all paths begin with."""
    first, last = min(paths), max(paths)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    return first[:length]


def _chosen(mask: int, modules: list[Path]) -> Iterable[Path]:
    while mask:
        low = mask & -mask
        yield modules[low.bit_length() - 1]
        mask ^= low


def _reached(nodes: Iterable[Any], own: Mapping[int, int]) -> dict[int, int]:
    """Id of a node → the modules of what leads to it, as bits; nodes are in an order in which they can run."""
    behind: dict[str, int] = {}
    found = {}
    for node in nodes:
        mask = 0
        for name in free_names(node):
            mask |= behind.get(name, 0)
        found[id(node)] = mask
        behind.update(dict.fromkeys(node.output, mask | own[id(node)]))
    return found


def _leading(nodes: list[Any], own: Mapping[int, int]) -> dict[int, int]:
    """Id of a node → the modules of what it leads to, as bits."""
    ahead: dict[str, int] = {}
    found = {}
    for node in reversed(nodes):
        mask = 0
        for name in node.output:
            mask |= ahead.get(name, 0)
        found[id(node)] = mask
        for name in free_names(node):
            ahead[name] = ahead.get(name, 0) | mask | own[id(node)]
    return found


__all__ = ["SEVERAL", "modules_of"]
