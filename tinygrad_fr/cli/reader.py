"""The reader of a walk in a terminal: one key per move."""

from __future__ import annotations

import contextlib
import linecache
import signal
import sys
from typing import TYPE_CHECKING

import click
from rich.console import Console, Group
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.steps.known_values import known
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from tinygrad_fr.explain.steps.cursor import Cursor
    from tinygrad_fr.explain.steps.walk import Step

_LEAST = 3  # lines that a table of nodes is worth

_NEXT, _BACK = ("n", " ", "\r", "\n", "\x1b[C", "\x1bOC"), ("b", "p", "\x1b[D", "\x1bOD")
_START, _END = ("s", "\x1b[H", "\x1bOH"), ("e", "\x1b[F", "\x1bOF")
_HELP = ("?", "h")
_QUIT = ("q", "\x1b", "\x04", "")


def read(cursor: Cursor, title: str) -> None:
    """Show the step where the cursor is, and move it as keys are pressed, until q; drawn again when the window changes."""
    console = Console()
    message = ""

    drawing, again = False, False

    def show(*_signal: object) -> None:
        draw(lambda: screen(cursor, title, *console.size, message))

    def draw(made: Callable[[], RenderableType]) -> None:
        nonlocal drawing, again
        again = drawing  # the window changed while something is written, which may not be written into
        if drawing:
            return
        drawing = True
        try:
            write(made())
            while again:
                again = False
                write(made())
        finally:
            drawing = False

    def write(shown: RenderableType) -> None:
        with console.capture() as held:
            console.clear()
            console.print(shown, end="")
        # a signal comes while a key is awaited, when the terminal does not turn a line's end into a new line
        sys.stdout.write(held.get().replace("\n", "\r\n"))
        sys.stdout.flush()

    with _at_resize(show):
        while True:
            show()
            try:
                key = click.getchar()
                if key in _HELP:
                    draw(help_)
                    click.getchar()
                    continue
            except EOFError:
                return
            if key in _QUIT:
                return
            try:
                message = ""
                press(cursor, key)
            except UsageError as error:
                message = str(error)


@contextlib.contextmanager
def _at_resize(show: Callable[..., None]) -> Iterator[None]:
    """Draw again when the terminal's window has changed, where the system tells of it."""
    changed = getattr(signal, "SIGWINCH", None)
    before = signal.signal(changed, show) if changed is not None else None
    try:
        yield
    finally:
        if changed is not None:
            signal.signal(changed, before)


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
        raise UsageError(_("this key does nothing; ? lists the keys"))
    question, answer = questions[key]
    answer(click.prompt(question, default="", show_default=False))


def help_() -> Table:
    """The keys, each with what it does."""
    keys = [
        ("→  n  ␣  ↵", _("next step")),
        ("←  b  p", _("step before")),
        ("j", _("jump to a step by its number")),
        ("t", _("to the next step of a node, by its name: w1 is w₁")),
        ("u", _("until a condition holds: norm < 1e-6, value > 10, nan, a scope, a node")),
        ("s  e", _("first step, last step")),
        ("?", _("this page; any key closes it")),
        ("q", _("quit")),
    ]
    page = Table.grid(padding=(0, 2))
    for row in keys:
        page.add_row(*row)
    return page


def screen(cursor: Cursor, title: str, width: int = 80, height: int = 24, message: str = "") -> Group:
    """Everything that is shown of a step, in the lines that the terminal has: what it says, the code, the nodes around it."""
    walk, step = cursor.walk, cursor.step
    colour = "dark_orange3" if step.phase == "backward" else "default"
    console = Console(width=width, height=height, force_terminal=True)
    told = Table.grid(padding=(0, 2))
    told.add_column(style="bright_black", no_wrap=True)
    told.add_column(overflow="fold")
    for label, parts in step.lines():
        told.add_row(label, Text("\n".join(parts)))
    body = Group(Text(step.sentence, style="italic"), told, *_code(step))
    heading = Text(f"{title} · {walk.heading(step)} · {step.name}", style=f"bold {colour}")
    panel = Panel(body, title=heading, title_align="left", border_style=colour)
    foot = [*([Text(message, style="yellow")] if message else []), _keys(cursor)]
    room = height - sum(len(console.render_lines(part, pad=False)) for part in foot) - 1
    lines = console.render_lines(panel, pad=False)
    if len(lines) > room:  # what does not fit is said, and the frame stays closed
        cut = len(lines) - room + 1
        more = console.render_lines(Text(_("… {n} more lines: a taller window shows them").format(n=cut)), pad=False)
        lines = [*lines[: room - 2], *more, lines[-1]]
    rest = room - len(lines) - 1
    nodes = [_nodes(cursor, rest)] if rest >= _LEAST else []
    return Group(_Lines(lines), *nodes, *foot)


class _Lines:
    """Lines that are rendered already."""

    def __init__(self, lines: list[list[Segment]]) -> None:
        self.lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            yield from line
            yield Segment.line()


def _code(step: Step) -> Iterator[Text]:
    """The line that ran, between the one before and the one after."""
    site = step.vertex.site
    if not site.text:
        return
    yield Text(site.where, style="bright_black")
    for number in (site.line - 1, site.line, site.line + 1):
        text = linecache.getline(site.filename, number).rstrip()
        if number >= 1 and (text or number == site.line):
            sign = "›" if number == site.line else " "
            line = Text(f"{sign}{number:>4} {text}", style="bold" if number == site.line else "bright_black")
            line.no_wrap, line.overflow = True, "ellipsis"
            yield line


def _nodes(cursor: Cursor, room: int) -> Table:
    """The graph as a table, filled in as the walk goes; the rows around the step where not all fit."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bright_black")
    absent = Text(_("not computed yet"), style="bright_black")
    for heading, least in ((_("node"), 9), (_("operation"), 9), (_("value"), len(absent)), ("∂L/∂·", len(absent))):
        table.add_column(heading, no_wrap=True, min_width=least)
    equations, state = cursor.walk.equations, known(cursor.walk, cursor.place)
    vertices = cursor.walk.graph.nodes
    shown = room - 1  # under the headings
    here = next(i for i, vertex in enumerate(vertices) if vertex.id == cursor.step.vertex.id)
    start = max(0, min(here - shown // 2, len(vertices) - shown))
    for vertex in vertices[start : start + shown]:
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
    said = _("→ next   ← back   ? all keys   q quit")
    return Text(f"{cursor.place + 1}/{len(cursor.walk)}   {said}", style="bright_black")
