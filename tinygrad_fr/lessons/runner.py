"""A script run as ``python script.py`` would, or a notebook cell by cell, with this package in PyTorch's place."""

from __future__ import annotations

import runpy
import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.lessons.source import NOTEBOOK, run_notebook
from tinygrad_fr.locale import _
from tinygrad_fr.nn.container import ModuleDict, ModuleList
from tinygrad_fr.nn.module import Module
from tinygrad_fr.observers import told_roots
from tinygrad_fr.promotion.dtype import get_default_dtype, set_default_dtype
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tinygrad_fr.record.recorder import Recorder


@dataclass
class Moment:
    """A backward pass that ran: its root, and the values that leaves had then.

    Attributes:
        root: the node that backward started from.
        leaves: leaves that led to it, with their values at that time, which later steps may have changed.
        tape: who was told of all that the script read of values, if anybody.
    """

    root: Node
    leaves: list[tuple[Node, Any, int]]
    tape: Recorder | None = None

    def restored(self) -> Node:
        """The root, with its leaves as they were: arrays of a record are never written, so nothing else is needed."""
        for leaf, value, changed in self.leaves:
            leaf.value = value
            if leaf.rare is not None:
                leaf.rare.storage.changed = leaf.rare.storage.written = changed
                leaf.rare.seen = max(leaf.rare.seen, changed)
        return self.root


@dataclass
class Witness:
    """Remembers the last backward pass, or the one that was asked for, by the names that the script gives to things.

    Attributes:
        line: only passes that this line of the script starts.
        call: only the pass of this number, from 1 on; the last one by default.
        part: only passes through the module that the script's variable of this name holds.
    """

    line: int | None = None
    call: int | None = None
    part: str = ""
    seen: int = field(default=0, init=False)
    moment: Moment | None = field(default=None, init=False)

    def __call__(self, roots: Sequence[Node]) -> None:
        """A backward pass starts."""
        root, frames = roots[0], _frames()
        if self.line is not None and self.line not in (root.site.line, *(frame.f_lineno for frame in frames)):
            return
        held = _held(frames)
        _name_modules(held)
        moment = _moment(root)
        if self.part and not _through(moment, held.get(self.part)):
            return
        self.seen += 1
        if self.call is None or self.seen == self.call:
            self.moment = moment
            _name_leaves(moment, held)


def _frames() -> list[FrameType]:
    """What runs now of the script and of what it imports from beside it, from the outside in."""
    frame: FrameType | None = sys._getframe()
    found: list[FrameType] = []
    while frame is not None:
        if not frame.f_code.co_filename.startswith((str(PACKAGE), "<")):
            found.append(frame)
            if frame.f_globals.get("__name__") == "__main__" and frame.f_code.co_name == "<module>":
                return found[::-1]
        frame = frame.f_back
    return found[::-1]


def _held(frames: Sequence[FrameType]) -> dict[str, Any]:
    """The script's variables: those of the outer frames first."""
    held: dict[str, Any] = {}
    for frame in frames:
        for name, value in list(frame.f_locals.items()):
            if not name.startswith("_"):
                held.setdefault(name, value)
    return held


def _name_modules(held: Mapping[str, Any]) -> None:
    """A module that no other module holds is called what the script calls it: from its next call on."""
    for name, value in held.items():
        if not isinstance(value, Module):
            continue
        if value._name == type(value).__name__.lower():
            value.rename(name)
        _name_listed(value)


def _name_listed(module: Module, place: str = "") -> None:
    """A module in a list is called by the list's name too, as PyTorch's own paths are: ``layers.0``; a list is never called."""
    for key, child in module.named_children():
        if isinstance(child, ModuleList | ModuleDict):
            _name_listed(child, f"{place}{key}.")
            continue
        if place:
            if child._name == place + key:
                return  # all of it was done in an earlier pass
            child.rename(place + key)
        _name_listed(child)


def _name_leaves(moment: Moment, held: Mapping[str, Any]) -> None:
    """A leaf without a name gets that of the variable that holds it, or of the list, with its place."""
    unnamed = {leaf.id: leaf for leaf, _value, _changed in moment.leaves if leaf.label is None}
    for name, value in held.items():
        parts = enumerate(value) if isinstance(value, (list, tuple)) else value.items() if type(value) is dict else ()
        for label, each in ((name, value), *((f"{name}[{key}]", part) for key, part in parts)):
            if isinstance(each, Node) and each.current.id in unnamed:
                unnamed.pop(each.current.id).label = label
    for name, value in _attributes(held):
        if value.current.id in unnamed:
            unnamed.pop(value.current.id).label = name
    of_storage = {
        id(value.current.rare.storage): name
        for name, value in held.items()
        if isinstance(value, Node) and value.current.rare is not None
    }
    for leaf in unnamed.values():  # a view of what has a name: targets.view(-1)
        if leaf.rare is not None and (name := of_storage.get(id(leaf.rare.storage), "")):
            leaf.label = name


def _attributes(held: Mapping[str, Any]) -> Iterator[tuple[str, Node]]:
    """Tensors that modules of the script keep beside their parameters: ``self.scale``."""
    for value in held.values():
        for part in value.modules() if isinstance(value, Module) else ():
            for name, each in vars(part).items():
                if isinstance(each, Node):
                    yield name, each


def _through(moment: Moment, part: Any) -> bool:
    """Whether the parameters of a module led to a loss."""
    if not isinstance(part, Module):
        return False
    used = {leaf.id for leaf, _value, _changed in moment.leaves}
    return any(parameter.current.id in used for parameter in part.parameters())


def _moment(root: Node) -> Moment:
    leaves: dict[int, tuple[Node, Any, int]] = {}
    waiting, known = [root], {root.id}
    while waiting:
        node = waiting.pop()
        if node.op is None:
            leaves[node.id] = (node, node.value, node.rare.storage.changed if node.rare is not None else 0)
        for x in node.inputs:
            if isinstance(x, Node) and x.id not in known:
                known.add(x.id)
                waiting.append(x)
    return Moment(root, list(leaves.values()))


def run(script: Path, arguments: Sequence[str] = (), witness: Witness | None = None) -> None:
    """Run a script, with the arguments that it reads from ``sys.argv``.

    Raises:
        UsageError: there is no such file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     lesson = Path(folder, "lesson.py")
        ...     _written = lesson.write_text("import torch; print(torch.ones(2).sum().item())")
        ...     run(lesson)
        2.0
    """
    if not script.is_file():
        raise UsageError(_("{path}: expected a Python script, and there is no such file").format(path=script))
    with aliased(), _arguments([str(script), *arguments], script.parent), _told(witness):
        if script.suffix == NOTEBOOK:
            with _main() as module:
                run_notebook(script, module.__dict__)
        else:
            runpy.run_path(str(script), run_name="__main__")


def _told(witness: Witness | None) -> AbstractContextManager[None]:
    return told_roots(witness) if witness is not None else nullcontext()


@contextmanager
def _main() -> Iterator[ModuleType]:
    """An empty module in the place of the program's own."""
    kept, module = sys.modules["__main__"], ModuleType("__main__")
    sys.modules["__main__"] = module
    try:
        yield module
    finally:
        sys.modules["__main__"] = kept


@contextmanager
def _arguments(values: list[str], folder: Path) -> Iterator[None]:
    kept, path, dtype = sys.argv, list(sys.path), get_default_dtype()
    sys.argv = values
    sys.path.insert(0, str(folder.resolve()))  # as Python does for a script
    try:
        yield
    finally:
        sys.argv, sys.path[:] = kept, path
        set_default_dtype(dtype)  # a script's own choice is not that of whoever looks at it
