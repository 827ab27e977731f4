"""``%%tinygrad_fr`` in a notebook: a cell runs as ever, and what it recorded is drawn under it; ``%tinygrad_fr torch`` makes
``import torch`` mean this package in this kernel.

%load_ext tinygrad_fr
%tinygrad_fr torch

%%tinygrad_fr --zoom op
y = model(x)
y.sum().backward()
"""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from typing import Any

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.explain.levels.view import ZOOMS, Distance
from tinygrad_fr.graph import Graph
from tinygrad_fr.lessons import alias
from tinygrad_fr.lessons.vision.datasets import StandIn
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened, recording
from tinygrad_fr.notebook import recorded
from tinygrad_fr.observers import observe
from tinygrad_fr.record.node import Node, clock

NAME = "tinygrad_fr"


def register(shell: Any) -> None:
    """Enter the magic into a shell."""

    def magic(line: str, cell: str | None = None) -> None:
        if cell is None:
            print(_say(line))
        else:
            _run(shell, line, cell)

    shell.register_magic_function(magic, "line_cell", NAME)


def _say(line: str) -> str:
    """Do what a line asks for, and what to say of it."""
    words = tuple(line.split())
    real = sys.modules.get("torch")
    if words == ("torch", "off"):
        alias.uninstall()
        return _("import torch means PyTorch again")
    if words not in (("torch",), ("torch", "--digits")):
        return _("%{name}: expected torch, torch --digits or torch off, got “{found}”").format(name=NAME, found=line)
    if real is not None and real.__name__ == "torch":
        return _("PyTorch itself was imported in this kernel: restart the kernel, and say %{name} torch first").format(
            name=NAME
        )
    alias.install()
    StandIn.allowed = "--digits" in words
    return _("import torch means tinygrad_fr in this kernel")


def _run(shell: Any, line: str, cell: str) -> None:
    """Run a cell, and draw what its variables and its last value came from."""
    try:
        distance = _distance(line)
    except TinygradError as error:
        print(error)
        return
    start = clock()
    with opened(*distance.recorded), recording(), observe() as seen:
        done = shell.run_cell(cell)
    if not done.success:
        return
    found = [*_nodes(shell.user_ns.values()), *_nodes([done.result])]
    made = [node for node in found if node.id > start and node.op is not None]
    if not made:
        print(_("%%{name}: this cell recorded no operation that is still at hand").format(name=NAME))
        return
    users = Graph.of(*made).users
    graph = Graph.of(*(node for node in made if not users[node.id]), observation=seen)
    try:
        page: Any = import_module("IPython.display")
        page.display(page.HTML(recorded(graph, distance)))
    except TinygradError as error:
        print(error)


def _nodes(values: Any) -> list[Node]:
    """The nodes among some values and in the lists and tuples among them."""
    found = []
    for value in list(values):
        if isinstance(value, Node):
            found.append(value.current)
        elif isinstance(value, list | tuple):
            found.extend(part.current for part in value if isinstance(part, Node))
    return found


def _distance(line: str) -> Distance:
    """What ``--zoom`` asks for.

    Raises:
        UsageError: something else was written.
    """
    words = shlex.split(line)
    if not words:
        return Distance()
    if len(words) != 2 or words[0] != "--zoom" or words[1] not in ZOOMS[:-1]:
        raise UsageError(
            _("%%{name}: expected nothing, or --zoom and one of {zooms}, got “{found}”").format(
                name=NAME, zooms=", ".join(ZOOMS[:-1]), found=line
            )
        )
    return Distance(zoom=words[1])
