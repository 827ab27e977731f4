"""A script run as ``python script.py`` would, with this package in PyTorch's place."""

from __future__ import annotations

import runpy
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.lessons.alias import aliased
from tinygrad_fr.locale import _
from tinygrad_fr.promotion.dtype import get_default_dtype, set_default_dtype
from tinygrad_fr.record.backward import told_roots
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass
class Moment:
    """A backward pass that ran: its root, and the values that leaves had then.

    Attributes:
        root: the node that backward started from.
        leaves: leaves that led to it, with their values at that time, which later steps may have changed.
    """

    root: Node
    leaves: list[tuple[Node, Any, int]]

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
    """Remembers the last backward pass, or the one that was asked for.

    Attributes:
        line: only passes that this line of the script starts.
        call: only the pass of this number, from 1 on; the last one by default.
    """

    line: int | None = None
    call: int | None = None
    seen: int = field(default=0, init=False)
    moment: Moment | None = field(default=None, init=False)

    def __call__(self, roots: Sequence[Node]) -> None:
        """A backward pass starts."""
        root = roots[0]
        if self.line is not None and self.line not in (root.site.line, _line_now()):
            return
        self.seen += 1
        if self.call is None or self.seen == self.call:
            self.moment = _moment(root)


def _line_now() -> int | None:
    """The line of the script that runs now."""
    frame = sys._getframe()
    found = None
    while frame is not None:
        if frame.f_globals.get("__name__") == "__main__" and not frame.f_code.co_filename.startswith(str(PACKAGE)):
            return frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return found


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
    with aliased(), _arguments([str(script), *arguments], script.parent):
        if witness is None:
            runpy.run_path(str(script), run_name="__main__")
            return
        with told_roots(witness):
            runpy.run_path(str(script), run_name="__main__")


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
