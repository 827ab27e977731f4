"""``gates``: what every gate of a cell does at every step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from tinygrad_fr.cli.options import catalogue, model_argument, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import look_of, picture_options
from tinygrad_fr.cli.trained import lens_options, trained_run
from tinygrad_fr.cli.window import text_of, window
from tinygrad_fr.draw import WINDOW, cell_diagram, format_of, heat_diagram
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain import Gates, gates
from tinygrad_fr.locale import _, number
from tinygrad_fr.page import gates_page

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram

CELLS = 4  # steps drawn as cells unless a window is asked for; longer sequences are a map


@click.command("gates")
@model_argument()
@output_option(_("Also draw the cell with its gates, in a file; the suffix chooses the format."))
@click.option(
    "--input", "given", metavar=_("FILE|TEXT"),
    help=_("What the model reads, instead of its example: a file, or the text itself."),
)  # fmt: skip
@click.option("--time", metavar="A..B", help=_("Draw these steps as cells."))
@click.option("--compare", is_flag=True, help=_("Before and after training, side by side."))
@picture_options()
@lens_options()
def command(
    name: str,
    output: str | None,
    given: str | None,
    time: str | None,
    compare: bool,
    steps: int | None,
    trained: bool,
    weights: Path | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **picture: Any,
) -> None:
    look = look_of(picture)
    form = format_of(output, "html") if output is not None else ""
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes, steps)
    batch = model.read(settings, text_of(given)) if given is not None else None
    states = (False, True) if compare else (trained,)
    titles = [_("before training"), _("after training")] if compare else [""]
    if time is not None:  # a wrong window is said before a long training
        window(
            time,
            gates(trained_run(model, settings, trained=False, seed=seed, weights=weights, batch=batch)).steps,
            WINDOW,
        )
    found = [
        gates(trained_run(model, settings, trained=each, seed=seed, weights=weights, batch=batch)) for each in states
    ]
    shown: Any = [each.to_json() for each in found] if compare else found[0].to_json()
    if output is not None:
        if form == "html" and compare:
            raise UsageError(_("--compare: a page shows one run; expected a picture, such as gates.svg"))

        def picture_() -> Diagram:
            return _picture(found, titles, time)

        pages = {"json": lambda: json_text(shown).encode(), "html": lambda: gates_page(found[0], picture_)}
        write(output, pages.get(form, lambda: look.draw(form, picture_))())
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(shown))
        return
    for each, title in zip(found, titles, strict=True):
        _table(each, title)


def _picture(found: list[Gates], titles: list[str], time: str | None) -> Diagram:
    """Cells for a few steps, a map for many; runs to compare are always maps."""
    steps = found[0].steps
    if len(found) == 1 and (time is not None or len(steps) <= CELLS):
        return cell_diagram(found[0], window(time, steps, WINDOW) if time is not None else steps)
    return heat_diagram(found, titles)


def _table(found: Gates, when: str) -> None:
    columns = ["t", *(["x"] if found.tokens else []), *found.symbols]
    passing = dict.fromkeys((*found.sigmoids, found.state, "h"))
    columns += [f"‖∂L/∂{symbol}‖" for symbol in passing]
    rows = []
    for i, t in enumerate(found.steps):
        row = [str(t), *([found.tokens[i]] if found.tokens else [])]
        for symbol in found.symbols:
            values = found.values[symbol][i]
            row.append(
                number(float(values.mean())) if symbol in found.sigmoids else number(float(np.linalg.norm(values)))
            )
        row += [number(float(found.gradients[symbol][i])) for symbol in passing]
        rows.append(row)
    title = _("Mean of each gate, norm of each state, and the gradients that pass, step by step")
    table(f"{title} – {when}" if when else title, columns, rows, numbers_from=0)
    for symbol, (opened, closed) in found.openness().items():
        click.echo(
            _("{gate}: open (> 0.9) {opened} % of the time, closed (< 0.1) {closed} %").format(
                gate=symbol, opened=number(100 * opened, 0), closed=number(100 * closed, 0)
            )
        )
    click.echo(_road(found))


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
