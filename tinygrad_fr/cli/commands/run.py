"""``run``: runs a script or a notebook written for PyTorch, unchanged, and then shows its last backward pass."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.output import say
from tinygrad_fr.cli.trained import layer_options
from tinygrad_fr.errors import UsageError
from tinygrad_fr.lessons.failure import reached, told
from tinygrad_fr.lessons.model import LessonSettings, watched
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.lessons.runner import run
from tinygrad_fr.lessons.source import pieces
from tinygrad_fr.lessons.vision.datasets import StandIn
from tinygrad_fr.locale import _
from tinygrad_fr.modes import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

# Option → the command that shows it, which takes a script where it takes a model.
LENSES = {"draw": "render", "flow": "flow", "gates": "gates", "attention": "attention", "page": "step"}

# Formats of files that a lens writes besides those of pictures.
PAGES = {"draw": ("html",), "flow": ("html",), "gates": ("html",)}

# The options of a lens.
CHOOSES = {"flow": ("layer", "direction"), "gates": ("layer", "direction"), "attention": ("layer", "head")}


@click.command("run", context_settings={"ignore_unknown_options": True})
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--check", is_flag=True, help=_("Only say which names of PyTorch are not here."))
@click.option(
    "--digits", is_flag=True, help=_("Let scikit-learn’s digits stand in for a data set that is not on disk.")
)
@click.option("--draw", metavar=_("FILE"), help=_("Then draw the last backward pass."))
@click.option("--step", "walk", is_flag=True, help=_("Then walk through it, one operation at a time."))
@click.option("--flow", metavar=_("FILE"), help=_("Then draw how its gradient came back through time or layers."))
@click.option("--gates", metavar=_("FILE"), help=_("Then draw what its gates let through."))
@click.option("--attention", metavar=_("FILE"), help=_("Then draw who looks at whom in its heads."))
@click.option("--page", metavar=_("FILE.html"), help=_("Then write it as a page to step through."))
@layer_options()
@click.option("--head", type=click.IntRange(1), metavar="N", help=_("Which head of an attention, from 1."))
@click.option("--at", "line", type=click.IntRange(1), metavar=_("LINE"), help=_("Show the pass that this line starts."))
@click.option("--call", type=click.IntRange(1), metavar="N", help=_("Show the N-th backward pass, not the last."))
def command(
    script: Path,
    arguments: tuple[str, ...],
    check: bool,
    digits: bool,
    walk: bool,
    layer: int | None,
    direction: str | None,
    head: int | None,
    line: int | None,
    call: int | None,
    **shown: str | None,
) -> int:
    StandIn.allowed = digits
    absent = missing(pieces(script))
    for each in absent:
        say(f"{script}, {each}")
    if check:
        if not absent:
            say(_("{path}: every name of PyTorch that it uses is here").format(path=script))
        return 1 if absent else 0
    lenses = {name: output for name, output in shown.items() if output is not None}
    for name, output in lenses.items():  # a wrong suffix is refused before the script runs
        _check(name, output)
    settings = LessonSettings(line or 0, call or 0)
    ended = _ended(script, arguments, settings if lenses or walk else None, living="page" in lenses)
    if ended is not None:
        return ended
    sys.stdout.flush()
    chosen = {"layer": layer, "direction": direction, "head": head}
    for name, output in lenses.items():
        _show(LENSES[name], script, settings, output, {key: chosen[key] for key in CHOOSES.get(name, ())})
    if walk:
        _show("step", script, settings, None, {})
    return 0


def _ended(script: Path, arguments: tuple[str, ...], seen: LessonSettings | None, *, living: bool) -> int | None:
    """Run a script; its exit code where it ended itself or failed, None where it came to its end.

    Args:
        script: the script.
        arguments: its own.
        seen: which of its backward passes is watched, None where none is.
        living: whether what it decides by its numbers is watched too.
    """
    try:
        if seen is not None:
            with opened("op"):
                watched(script, arguments, seen, tape=_tape() if living else None)
        else:
            run(script, arguments)
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        click.echo(error.code, err=True)
        return 1
    except Exception as error:
        if isinstance(error, UsageError) and not reached(error):
            raise  # about the command, not from the lesson
        sys.stdout.flush()
        click.echo(told(error), err=True)
        return 1
    return None


def _tape() -> Any:
    """The recorder of decisions that the script takes by its numbers, which a page that computes must know."""
    from tinygrad_fr.living.watch import Watch

    return Watch(None)


def _check(name: str, output: str) -> None:
    from tinygrad_fr.draw.engine import format_of

    if name != "page":
        format_of(output, *PAGES.get(name, ()))
    elif not output.lower().endswith(".html"):
        raise UsageError(_("--page: expected a file that ends in .html, got {path}").format(path=output))


def _show(
    name: str, script: Path, settings: LessonSettings, output: str | None, chosen: Mapping[str, int | str | None]
) -> None:
    """Call the command that shows it."""
    from tinygrad_fr.cli.main import group

    shower: Any = group().get_command(click.get_current_context(), name)
    options = [str(script), *(("-o", output) if output is not None else ())]
    for key, value in chosen.items():
        options += [f"--{key}", str(value)] if value is not None else []
    for key in ("line", "call"):
        if getattr(settings, key):
            options += ["--set", f"{key}={getattr(settings, key)}"]
    shower.main(options, prog_name=f"tinygrad-fr {name}", standalone_mode=False)
