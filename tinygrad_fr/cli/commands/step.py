"""``step``: a run told one operation at a time, to read, to walk through, or as pictures."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.options import model_argument, output_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.cli.picture import RenderOptions, picture_options
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import lens_options
from tinygrad_fr.draw import animated, frames, theme
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import Walk, course_equations, derive, walk
from tinygrad_fr.explain.steps.cursor import Cursor
from tinygrad_fr.files import folder
from tinygrad_fr.locale import _, number
from tinygrad_fr.page import run_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain.equations.course import Equation
    from tinygrad_fr.explain.equations.derive import Derivation

FORMATS = ("svg", "png", "pdf")


@click.command("step")
@model_argument()
@output_option(
    _(
        "Draw the steps: an .svg that shows them in turn, an .html page to step through, or a folder for one picture a step."
    ),
    folder=True,
)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="svg",
    show_default=True,
    help=_("Format of the pictures in a folder."),
)
@click.option(
    "--until",
    metavar=_("CONDITION"),
    help=_(
        "Go no further than the first step where this holds: “norm < 1e-6”, “value > 10”, “nan”, a scope or a node."
    ),
)
@click.option("--plain", is_flag=True, help=_("Write every step as text, as when the output is no terminal."))
@click.option(
    "--course", is_flag=True, help=_("Instead, check the network against equations (1) to (7) of the course.")
)
@click.option("--derive", "derived", is_flag=True, help=_("Instead, derive every gradient by the chain rule."))
@picture_options()
@lens_options()
@asks(one=False)
def command(request: Request, form: str, until: str | None, plain: bool, course: bool, derived: bool) -> None:
    output = request.output
    if output is not None:
        _check(output)
    run = request.run()
    if course or derived:
        _instead(course_equations(run) if course else derive(run.graph), request.as_json)
        return
    title = str(request.model.title)
    told = walk(run.graph)
    cursor = Cursor(told)
    if until is None:
        cursor.end()
    else:
        cursor.until(until, here=True)
    last = cursor.place
    if output is not None:
        if output.lower().endswith(".html"):
            write(output, run_page(run))
            say(_("{path}: written").format(path=output))
            return
        _draw(told, last, output, form, title, request.rendering)
    elif request.as_json:
        click.echo(json_text({"steps": [step.to_json() for step in told.steps[: last + 1]]}))
    elif plain or not (sys.stdout.isatty() and sys.stdin.isatty()):
        click.echo(_told(told, last, title))
    else:
        from tinygrad_fr.cli.reader import read

        cursor.place = last if until is not None else 0
        read(cursor, title)


def _instead(found: Sequence[Equation | Derivation], as_json: bool) -> None:
    if as_json:
        click.echo(json_text([each.to_json() for each in found]))
    else:
        click.echo("\n\n".join(map(str, found)))


def _check(output: str) -> None:
    suffix = PurePath(output).suffix.lower()
    if suffix not in ("", ".svg", ".html") and not output.endswith("/") and output != "-":
        raise UsageError(
            _(
                "{path}: the steps are drawn in one .svg that shows them in turn, in an .html page, or in a folder: {folder}/"
            ).format(path=output, folder=PurePath(output).stem)
        )


def _told(told: Walk, last: int, title: str) -> str:
    """The steps as text, with what is found at the end."""
    blocks = [f"{title}. {told.introduction()}", *(told.text(step) for step in told.steps[: last + 1])]
    if last == len(told) - 1:
        blocks.append(told.conclusion())
    return "\n\n".join(blocks)


def _draw(told: Walk, last: int, output: str, form: str, title: str, rendering: RenderOptions) -> None:
    with theme.using(rendering.palette):
        pictures = frames(told)[: last + 1]
    if output == "-" or output.lower().endswith(".svg"):
        with theme.using(rendering.palette):
            moving = animated(pictures, f"{title}. {told.introduction()}")
        write(output, moving)
        if output == "-":
            return
    else:
        digits = len(str(len(pictures)))
        files = {f"{i:0{digits}}.{form}": rendering.rendered(form, picture) for i, picture in enumerate(pictures, 1)}
        folder(Path(output))
        for name, data in files.items():
            write(str(Path(output) / name), data)
    say(_("{path}: {n} steps").format(path=output, n=number(len(pictures))))
