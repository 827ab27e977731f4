"""``run``: a script written for PyTorch, unchanged, and then its last backward pass seen."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from typing import Any

import click

import tinygrad_fr
from tinygrad_fr.cli.output import say
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.lessons.model import LessonSettings, watched
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.lessons.runner import run
from tinygrad_fr.lessons.vision.datasets import StandIn
from tinygrad_fr.locale import _
from tinygrad_fr.record.mode import opened

# Option → the command that shows it, which takes a script where it takes a model.
LENSES = {"draw": "render", "flow": "flow", "gates": "gates", "attention": "attention", "page": "step"}


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
@click.option("--at", "line", type=click.IntRange(1), metavar=_("LINE"), help=_("Show the pass that this line starts."))
@click.option("--call", type=click.IntRange(1), metavar="N", help=_("Show the N-th backward pass, not the last."))
def command(
    script: Path,
    arguments: tuple[str, ...],
    check: bool,
    digits: bool,
    walk: bool,
    line: int | None,
    call: int | None,
    **shown: str | None,
) -> int:
    if not script.is_file():
        raise UsageError(_("{path}: expected a Python script, and there is no such file").format(path=script))
    StandIn.allowed = digits
    absent = missing(script.read_text(encoding="utf-8", errors="replace"), str(script))
    for each in absent:
        say(f"{script}, {each}")
    if check:
        if not absent:
            say(_("{path}: every name of PyTorch that it uses is here").format(path=script))
        return 1 if absent else 0
    lenses = {name: output for name, output in shown.items() if output is not None}
    settings = LessonSettings(line or 0, call or 0)
    try:
        if lenses or walk:
            with opened("op"):
                watched(script, arguments, settings)
        else:
            run(script, arguments)
    except (KeyboardInterrupt, UsageError):
        raise
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        click.echo(error.code, err=True)
        return 1
    except Exception as error:
        return _failed(error, script)
    sys.stdout.flush()
    for name, output in lenses.items():
        _show(LENSES[name], script, settings, output)
    if walk:
        _show("step", script, settings, None)
    return 0


def _show(name: str, script: Path, settings: LessonSettings, output: str | None) -> None:
    """Call the command that shows it."""
    from tinygrad_fr.cli.main import group

    shower: Any = group().get_command(click.get_current_context(), name)
    options = [str(script), *(("-o", output) if output is not None else ())]
    for key in ("line", "call"):
        if getattr(settings, key):
            options += ["--set", f"{key}={getattr(settings, key)}"]
    shower.main(options, prog_name=f"tinygrad-fr {name}", standalone_mode=False)


def _failed(error: Exception, script: Path) -> int:
    """The script's own traceback, cut to its own lines, and a sentence of ours where the cause is ours."""
    package = str(Path(tinygrad_fr.__file__).parent)
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list(
        frame
        for frame in told.stack
        if not frame.filename.startswith((package, "<")) and Path(frame.filename).name != "runpy.py"
    )
    click.echo("".join(told.format(chain=False)).rstrip(), err=True)
    if isinstance(error, TinygradError) and not isinstance(error, UsageError):
        click.echo(_("This sentence is tinygrad_fr’s: PyTorch may do what is asked here."), err=True)
    return 1
