"""Options that choose the distance from which a run is seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinygrad_fr.cli.options import together
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.levels.view import ZOOMS, Distance
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any] | click.Command")


def distance_options() -> Callable[[F], F]:
    """The options for the distance, for open parts, and for parts that are left out."""
    return together(
        click.option(
            "--zoom", type=click.Choice(ZOOMS),
            help=_("How near; without it, parts are opened while about 25 cards are enough."),
        ),
        click.option("--open", "opened", multiple=True, metavar=_("PATH"), help=_("Open a part, such as lenet/c1 or 'vit/encoder/*'; repeatable.")),
        click.option("--close", "closed", multiple=True, metavar=_("PATH"), help=_("Close a part; repeatable.")),
        click.option("--depth", type=click.IntRange(0), metavar="N", help=_("Close what lies in more than N parts.")),
        click.option("--time", "window", metavar="A..B", help=_("Show the time steps from A to B and fold the others.")),
        click.option("--roll/--unroll", "roll", default=None, help=_("Show equal time steps as one, or each.")),
        click.option("--around", metavar=_("NODE"), help=_("Show what is near a node, by its name, number or path.")),
        click.option("--radius", type=click.IntRange(0), metavar="N", default=2, show_default=True, help=_("With --around: how many arrows away.")),
    )  # fmt: skip


def distance_of(
    zoom: str | None,
    opened: tuple[str, ...],
    closed: tuple[str, ...],
    depth: int | None,
    window: str | None,
    roll: bool | None,
    around: str | None,
    radius: int,
) -> Distance:
    """The distance that the options ask for."""
    return Distance(zoom, opened, closed, depth, _window(window), roll, around, radius)


def _window(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", text)
    if found is None:
        raise UsageError(_("--time: expected A..B, such as 3..6, got “{found}”").format(found=text))
    return int(found[1]), int(found[2] or found[1])
