"""``gates``: the gates of a cell at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import numpy as np

from tinygrad_fr.cli.options import model_argument, output_option
from tinygrad_fr.cli.output import say, table, tell
from tinygrad_fr.cli.picture import picture_options, with_answer
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import layer_options, lens_options, table_option
from tinygrad_fr.cli.window import window
from tinygrad_fr.draw import WINDOW, cell_diagram, heat_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import Gates, gates
from tinygrad_fr.locale import _, number
from tinygrad_fr.page import gates_page

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain import Observed

CELLS = 4  # steps drawn as cells unless a window is asked for; longer sequences are a map


@click.command("gates")
@model_argument()
@output_option(_("Also draw the cell with its gates, in a file; the suffix chooses the format."))
@click.option(
    "--input", "given", metavar=_("FILE|TEXT"),
    help=_("What the model reads, instead of its example: a file, or the text itself."),
)  # fmt: skip
@click.option("--time", metavar="A..B", help=_("Draw these steps as cells."))
@layer_options()
@table_option()
@click.option("--compare", is_flag=True, help=_("Before and after training, side by side."))
@picture_options()
@lens_options()
@asks("html")
def command(
    request: Request, time: str | None, with_table: bool, compare: bool, layer: int | None, direction: str | None
) -> None:
    titles = [_("before training"), _("after training")] if compare else [""]

    def read(trained: bool) -> tuple[Observed, Gates]:
        run = request.run(trained=trained)
        return run, gates(run, layer=layer, direction=direction)

    if time is not None:  # a wrong window is refused before a long training
        window(time, read(trained=False)[1].steps, WINDOW)
    seen = [read(trained=each) for each in ((False, True) if compare else (request.trained,))]
    found, run = [each for _run, each in seen], seen[0][0]
    if compare and request.form == "html":
        raise UsageError(_("--compare: a page shows one run; expected a picture, such as gates.svg"))

    def picture(when: str | None = time, *, brief: bool = False) -> Diagram:
        drawn = _picture(found, titles, when, slide=request.rendering.size == "slide", brief=brief)
        return drawn if compare else with_answer(drawn, run)

    first = found[0].steps[0] if time is None else int(time.partition(".")[0])
    few = len(found[0].steps) > 1 and (time is not None or len(found[0].steps) <= CELLS)
    two = lambda: picture(f"{first}..{first + 1}"), _("a slide has room for two steps as cells: the first are shown")
    maps = (
        lambda: picture(brief=True),
        _("a slide has room for the maps: the curves and the figures beside them are left out"),
    )
    data: Any = [each.to_json() for each in found] if compare else found[0].to_json()
    page = {"html": lambda: gates_page(found[0], picture, (run, layer, direction))}
    if request.shown(data, picture, two if few else maps, **page):
        return
    for each, title in zip(found, titles, strict=True):
        _conclusions(each, title)
    if not with_table:
        say(_("--table lists every step"))
        return
    for each, title in zip(found, titles, strict=True):
        _tables(each, title)


def _picture(found: list[Gates], titles: list[str], time: str | None, *, slide: bool, brief: bool) -> Diagram:
    """Cells for a few steps, a map for many; runs to compare are always maps."""
    steps = found[0].steps
    if len(found) == 1 and (time is not None or len(steps) <= CELLS):
        return cell_diagram(found[0], window(time, steps, WINDOW) if time is not None else steps, slide=slide)
    return heat_diagram(found, titles, slide=slide, brief=brief)


def _conclusions(found: Gates, when: str) -> None:
    """How open the gates are, and what comes back along the road."""
    if found.which:
        tell(found.which)
    if when:
        tell(when)
    margin = "  " if when else ""
    for symbol, (opened, closed) in found.openness().items():
        said = _("{gate}: open (> 0.9) {opened} % of the time, closed (< 0.1) {closed} %").format(
            gate=symbol, opened=number(100 * opened, 0), closed=number(100 * closed, 0)
        )
        mean = _("mean {value}").format(value=number(float(found.values[symbol].mean())))
        tell(f"{margin}{said}, {mean}")
    tell(margin + _road(found))


def _tables(found: Gates, when: str) -> None:
    """Values, then gradients, step by step: each as wide as a terminal of 80 columns."""
    places = [[str(t), *([found.tokens[i]] if found.tokens else [])] for i, t in enumerate(found.steps)]
    columns = ["t", *(["x"] if found.tokens else [])]

    def value(symbol: str, i: int) -> float:
        values = found.values[symbol][i]
        return float(values.mean() if symbol in found.sigmoids else np.linalg.norm(values))

    passing = tuple(dict.fromkeys((*found.sigmoids, found.state, "h")))
    for title, names, figures in (
        (_("Mean of each gate, norm of each state"), found.symbols, value),
        (_("Gradients"), passing, lambda symbol, i: float(found.gradients[symbol][i])),
    ):
        gradients = names is passing
        heads = [f"‖∂L/∂{symbol}‖" if gradients else symbol for symbol in names]
        rows = [[*place, *(number(figures(symbol, i)) for symbol in names)] for i, place in enumerate(places)]
        table(f"{title} – {when}" if when else title, columns + heads, rows, numbers_from=0)


def _road(found: Gates) -> str:
    """What comes back from the end to the first step, by the road alone and by every path."""
    said = _("from the end to step 1, the road alone lets ∏ {keeper} = {road} through").format(
        keeper=found.keeper, road=number(found.road[0])
    )
    if found.carried is None:
        return said
    return _("{road}; measured by every path, ‖∂{state}_T/∂{state}_1‖ = {carried}").format(
        road=said, state=found.state, carried=number(found.carried[0])
    )
