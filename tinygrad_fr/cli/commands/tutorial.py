"""``tutorial``: the course's tutorials, listed, opened, written as notebooks, run."""

from __future__ import annotations

import importlib.util
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.commands.completion import tutorials as numbers_at_hand
from tinygrad_fr.cli.options import Place, json_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.files import folder as make
from tinygrad_fr.locale import LANGUAGES, _, language

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.progress import Answered
    from tinygrad_fr.tutorials.reading import Tutorial


JUPYTER = ("jupyterlab", "notebook")  # the first that is there


@click.group("tutorial", no_args_is_help=True)
def command() -> None:
    """Tutorials that step through backpropagation, in both languages."""


@command.command("list", help=_("List the tutorials."))
@json_option()
def list_(as_json: bool) -> None:
    from tinygrad_fr.tutorials.reading import tutorials

    lang = language()
    if as_json:
        rows = [
            {
                "number": each.number,
                "name": each.name,
                "title": {code: each.title(code) for code in LANGUAGES},
                "minutes": each.minutes(lang),
            }
            for each in tutorials()
        ]
        click.echo(json_text(rows))
        return
    for each in tutorials():
        minutes = each.minutes(lang)
        time = "" if minutes is None else _("{minutes} min").format(minutes=minutes)
        click.echo(f"{each.number:>3}  {each.title(lang).partition('. ')[2] or each.title(lang):58} {time:>7}")
    say(_("tinygrad-fr tutorial open NUMBER writes one as a notebook and opens it"))


@command.command("open", help=_("Write a tutorial as a notebook in this folder, and open it in Jupyter."))
@click.argument("number", shell_complete=numbers_at_hand, metavar=_("NUMBER"))
@click.option("--no-start", is_flag=True, help=_("Write the notebook only."))
def open_(number: str, no_start: bool) -> None:
    from tinygrad_fr.tutorials.reading import tutorial

    path = Path(f"{tutorial(number).name}.{language()}.ipynb")
    if path.exists():
        say(_("{path} is there already: it is opened as it is").format(path=path))
    else:
        _write(tutorial(number), path)
        say(_("wrote {path}").format(path=path))
    if no_start:
        return
    module = next((name for name in JUPYTER if importlib.util.find_spec(name) is not None), None)
    if module is None:
        python = shlex.join([_short(sys.executable)])
        say(
            _("Jupyter is not installed here: {python} -m pip install jupyterlab, then the same command again").format(
                python=python
            )
        )
        say(_("or open the file in any editor of notebooks, with this Python: {python}").format(python=sys.executable))
        return
    # this Python's own Jupyter: another one on the PATH would run the cells where tinygrad_fr is not installed
    subprocess.run([sys.executable, "-m", module, str(path)], check=False)


def _short(path: str) -> str:
    """A path as it may be typed from here."""
    here = os.path.relpath(path)
    return path if here.startswith(os.pardir) else here


@command.command(help=_("Write tutorials as notebooks: all of them, or those named."))
@click.argument("numbers", shell_complete=numbers_at_hand, nargs=-1, metavar=_("[NUMBER]…"))
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=Place(),
    metavar=_("FOLDER"),
    help=_("Folder to write to."),
)
@click.option("--run", "executed", is_flag=True, help=_("Run them first, so that their pictures are there."))
def export(numbers: tuple[str, ...], folder: Path, executed: bool) -> None:
    from tinygrad_fr.tutorials.notebook import run as run_one
    from tinygrad_fr.tutorials.notebook import written
    from tinygrad_fr.tutorials.reading import tutorial, tutorials

    chosen = [tutorial(number) for number in numbers] or tutorials()  # a wrong one is said before anything is made
    make(folder)
    for each in chosen:
        path = folder / f"{each.name}.{language()}.ipynb"
        if executed:
            write(str(path), written(run_one(each, language(), pages=folder)).encode())
        else:
            _write(each, path)
        say(_("wrote {path}").format(path=path))


@command.command(help=_("Run tutorials from top to bottom, and say which cell fails."))
@click.argument("numbers", shell_complete=numbers_at_hand, nargs=-1, metavar=_("[NUMBER]…"))
def run(numbers: tuple[str, ...]) -> None:
    from tinygrad_fr.tutorials.notebook import run as run_one
    from tinygrad_fr.tutorials.reading import tutorial, tutorials

    for each in [tutorial(number) for number in numbers] or tutorials():
        run_one(each, language())
        click.echo(f"✓ {each.title(language())}")


@command.command(help=_("Show which exercises of a folder's notebooks are answered."))
@click.argument("folder", type=Place(), default=".", metavar=_("[FOLDER]"))
def progress(folder: Path) -> None:
    from tinygrad_fr.tutorials.exercises import registry
    from tinygrad_fr.tutorials.progress import Answered, read
    from tinygrad_fr.tutorials.reading import load_exercises, tutorials

    load_exercises()
    held = read(folder)
    for each in tutorials():
        own = [number for number in registry if number.partition(".")[0] == str(each.number)]
        answered = [held.get(number, Answered()) for number in own]
        signs = " ".join(f"{n} {_sign(entry)}" for n, entry in zip(own, answered, strict=True))
        right = sum(entry.right for entry in answered)
        click.echo(f"{each.title(language())[:44]:44} {right}/{len(own)}  {signs}")
    say(_("✓ proven, ○ proven after its solution was shown, ✗ tried, · not yet"))


def _sign(entry: Answered) -> str:
    if entry.right:
        return "○" if entry.shown else "✓"
    return "✗" if entry.tries else "·"


def _write(each: Tutorial, path: Path) -> None:
    from tinygrad_fr.tutorials.notebook import notebook, written

    write(str(path), written(notebook(each, language())).encode())
