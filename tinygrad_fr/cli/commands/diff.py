"""``diff``: two runs side by side, operation by operation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.distance import distance_of, distance_options
from tinygrad_fr.cli.options import catalogue, json_option, model_argument, model_options, output_option, steps_option
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, tell, write
from tinygrad_fr.cli.picture import on_page, picture_options, render_options
from tinygrad_fr.cli.trained import trained_run
from tinygrad_fr.cli.variants import variants
from tinygrad_fr.draw import difference_diagram, format_of, place
from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.lenses.difference import APPEARED, CHANGED, GONE, Change, Difference, difference
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain.levels.view import View

_ROWS = 20  # changes that the table lists, the largest first


@click.command("diff")
@model_argument("names", nargs=-1, required=True, metavar="A [B]")
@output_option(_("Also draw both runs as one picture, in a file; the suffix chooses the format."))
@click.option(
    "--trained", is_flag=True, help=_("Train the second one first; without B, A before and after its training.")
)
@steps_option()
@distance_options()
@picture_options()
@json_option()
@model_options()
def command(
    names: tuple[str, ...],
    output: str | None,
    trained: bool,
    steps: int | None,
    as_json: bool,
    changes: tuple[str, ...],
    seed: int,
    files: tuple[Path, ...],
    strict: bool,
    **asked: Any,
) -> None:
    rendering = render_options(asked)
    distance = distance_of(**asked)
    form = format_of(output) if output is not None else ""
    if not (len(names) == 2 or (len(names) == 1 and trained)):
        raise UsageError(_("diff: expected two models, such as mlp mlp:activation=relu, or one with --trained"))
    found = catalogue(files, strict)
    first, second = (variants(found, (name,), changes, steps, {}, False)[0] for name in (names[0], names[-1]))
    before = trained_run(first.model, first.settings, trained=False, seed=seed)
    after = trained_run(second.model, second.settings, trained=trained, seed=seed)
    what = difference(before.graph, after.graph)
    title = f"{first.label} → {second.label}{' · ' + _('after training') if trained else ''}"
    data = json_text(what.to_json())
    if output is not None:

        def picture(seen: View, *, brief: bool = False) -> Diagram:
            return place(difference_diagram(what, title, seen, brief=brief))

        seen = on_page(what.graph, distance, rendering, picture)
        bare = (
            lambda: picture(seen, brief=True),
            _("a slide has no room for the legend, the lines of code and the small words: they are left out"),
        )
        write(output, data.encode() if form == "json" else rendering.draw(form, lambda: picture(seen), bare))
        if form != "json" and seen.closed and rendering.page is not None:
            say(_("{n} parts are closed: --zoom op shows every operation").format(n=number(len(seen.closed))))
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    click.echo(data) if as_json else _told(what, title)


def _told(found: Difference, title: str) -> None:
    def size(change: Change) -> float:
        return max(change.value or 0.0, change.gradient or 0.0)

    words = {APPEARED: _("new"), GONE: _("gone"), CHANGED: _("changed")}
    shown = [change for change in found.changes if change.kind in words]
    shown.sort(key=lambda change: (change.kind == CHANGED, -size(change)))
    rows = [
        [
            words[change.kind],
            change.vertex.symbol,
            change.vertex.name or "",
            change.vertex.scope.path,
            *("" if x is None else number(100 * x, 2) for x in (change.value, change.gradient)),
        ]
        for change in shown[:_ROWS]
    ]
    columns = [_("change"), _("operation"), _("name"), _("place"), _("value (± %)"), _("gradient (± %)")]
    table(title, columns, rows, numbers_from=4)
    counts = found.counts()
    tell(
        _("{same} the same, {changed} changed, {appeared} new, {gone} gone").format(
            **{kind: number(count) for kind, count in counts.items()}
        )
    )
