"""``%%tinygrad_fr`` in a notebook: a cell runs as ever, and what it recorded is drawn under it.

%load_ext tinygrad_fr

%%tinygrad_fr --zoom op
y = model(x)
y.sum().backward()
"""

from __future__ import annotations

import shlex
from importlib import import_module
from typing import Any

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.explain.view import ZOOMS, Distance
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _
from tinygrad_fr.notebook import recorded
from tinygrad_fr.record.backward import observe
from tinygrad_fr.record.mode import opened, recording
from tinygrad_fr.record.node import Node, clock

NAME = "tinygrad_fr"


def register(shell: Any) -> None:
    """Enter the magic into a shell."""
    shell.register_magic_function(lambda line, cell: _run(shell, line, cell), "cell", NAME)


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
