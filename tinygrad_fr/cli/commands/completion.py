"""``completion``: the script by which a shell completes our commands, and the names to complete, found without importing anything."""

from __future__ import annotations

from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem, get_completion_class

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "_TINYGRAD_FR_COMPLETE"  # click's, from the program's name
SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    from tinygrad_fr.cli.main import PROGRAM, group

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(group(), {}, PROGRAM, VARIABLE).source())


def models(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Names of installed models, and files where a path is begun."""
    names = {point.name for point in entry_points(group="tinygrad_fr.models")}
    found = _starting(sorted(names), start)
    return found or [CompletionItem(start, type="file")]


def tutorials(_context: click.Context, _parameter: click.Parameter, start: str) -> list[CompletionItem]:
    """Numbers of installed tutorials."""
    found = []
    for point in entry_points(group="tinygrad_fr.tutorials"):
        spec = find_spec(point.module)
        for place in (spec.submodule_search_locations or ()) if spec is not None else ():
            found += [file.stem.split("_")[0].lstrip("0") for file in sorted(Path(place).glob("[0-9][0-9]_*.py"))]
    return _starting(found, start)


def _starting(names: Iterable[str], start: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(start)]
