"""The reader of a walk in a terminal: one key a move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.known import known
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.explain.cursor import Cursor

LISTED = 24  # nodes of a graph that is listed under its steps

_NEXT, _BACK = ("n", " ", "\r", "\n", "\x1b[C", "\x1bOC"), ("b", "p", "\x1b[D", "\x1bOD")
_START, _END = ("s", "\x1b[H", "\x1bOH"), ("e", "\x1b[F", "\x1bOF")
_QUIT = ("q", "\x1b", "\x04", "")


def read(cursor: Cursor, title: str) -> None:
    """Show the step where the cursor is, and move it as keys are pressed, until q."""
    console = Console()
    message = ""
    while True:
        console.clear()
        console.print(screen(cursor, title))
        if message:
            console.print(Text(message, style="yellow"))
        try:
            key = click.getchar()
        except EOFError:
            return
        if key in _QUIT:
            return
        try:
            message = ""
            press(cursor, key)
        except UsageError as error:
            message = str(error)


def press(cursor: Cursor, key: str) -> None:
    """Move as a key says.

    Raises:
        UsageError: the step, node or condition asked for does not exist, or the key means nothing.
    """
    moves = [(_NEXT, cursor.next), (_BACK, cursor.back), (_START, cursor.start), (_END, cursor.end)]
    for keys, move in moves:
        if key in keys:
            move()
            return
    questions = {
        "j": (_("Jump to step number"), cursor.jump),
        "t": (_("To the node named"), cursor.to),
        "u": (_("Until (such as: norm < 1e-6, nan, a scope)"), cursor.until),
    }
    if key not in questions:
        raise UsageError(_("this key does nothing; the keys are listed below the step"))
    question, answer = questions[key]
    answer(click.prompt(question, default="", show_default=False))


def screen(cursor: Cursor, title: str) -> Group:
    """Everything that is shown of a step."""
    walk, step = cursor.walk, cursor.step
    colour = "dark_orange3" if step.phase == "backward" else "default"
    told = Table.grid(padding=(0, 2))
    told.add_column(style="bright_black", no_wrap=True)
    told.add_column(overflow="fold")
    for label, parts in step.lines():
        told.add_row(label, Text("\n".join(parts)))
    body = Group(Text(step.sentence, style="italic"), Text(), told)
    heading = Text(f"{title} · {walk.heading(step)} · {step.name}", style=f"bold {colour}")
    place = Text(step.vertex.site.quoted, style="bright_black")
    panel = Panel(body, title=heading, subtitle=place, title_align="left", subtitle_align="left", border_style=colour)
    nodes = [_nodes(cursor)] if len(walk.graph.nodes) <= LISTED else []
    return Group(panel, *nodes, _keys(cursor))


def _nodes(cursor: Cursor) -> Table:
    """The whole graph as a table, filled in as the walk goes."""
    table = Table(box=None, padding=(0, 2), header_style="bright_black")
    for heading in (_("node"), _("operation"), _("value"), "∂L/∂·"):
        table.add_column(heading, no_wrap=True)
    absent = Text(_("not computed yet"), style="bright_black")
    equations, state = cursor.walk.equations, known(cursor.walk, cursor.place)
    for vertex in cursor.walk.graph.nodes:
        value, gradient = state.value(vertex.id), state.gradient(vertex.id) if vertex.requires_grad else ""
        table.add_row(
            Text(equations.names[vertex.id].plain),
            Text(equations.of(vertex).plain if vertex.op is not None else ""),
            absent if value is None else Text(value),
            absent if gradient is None else Text(gradient, style="dark_orange3"),
            style="reverse" if vertex is cursor.step.vertex else None,
        )
    return table


def _keys(cursor: Cursor) -> Text:
    said = _("→ next   ← back   j jump   t to a node   u until   s start   e end   q quit")
    return Text(f"{cursor.place + 1}/{len(cursor.walk)}   {said}", style="bright_black")
