"""``attention``: who looks at whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinygrad_fr.cli.options import catalogue, model_argument, output_option, settings_of
from tinygrad_fr.cli.output import as_json as json_text
from tinygrad_fr.cli.output import say, table, write
from tinygrad_fr.cli.picture import look_of, picture_options, with_answer
from tinygrad_fr.cli.trained import lens_options, trained_run
from tinygrad_fr.cli.window import text_of
from tinygrad_fr.draw import attention_diagram, format_of
from tinygrad_fr.explain import attentions
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.draw import Diagram
    from tinygrad_fr.explain import Attention


@click.command("attention")
@model_argument()
@output_option(_("Also draw a map for each head, in a file; the suffix chooses the format."))
@click.option(
    "--input", "given", metavar=_("FILE|TEXT"),
    help=_("What the model reads, instead of its example: a file, or the text itself."),
)  # fmt: skip
@click.option("--layer", type=click.IntRange(1), metavar="N", help=_("Which attention, from 1; all by default."))
@click.option("--head", type=click.IntRange(1), metavar="N", help=_("Which head, from 1; all by default."))
@picture_options()
@lens_options()
def command(
    name: str,
    output: str | None,
    given: str | None,
    layer: int | None,
    head: int | None,
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
    form = format_of(output) if output is not None else ""
    model = catalogue(files, strict).load(name)
    settings = settings_of(model, changes, steps)
    batch = model.read(settings, text_of(given)) if given is not None else None
    if trained:  # a model without attention is said before a long training
        run = trained_run(model, settings, trained=False, seed=seed, weights=weights, batch=batch)
        attentions(run, layer=layer, head=head)
    run = trained_run(model, settings, trained=trained, seed=seed, weights=weights, batch=batch)
    found = attentions(run, layer=layer, head=head)
    data = [each.to_json() for each in found]
    if output is not None:
        title = str(model.title)

        def picture_(shown: Sequence[Attention] = found) -> Diagram:
            return with_answer(attention_diagram(title, shown), run)

        less = [
            (lambda: picture_(found[-1:]), _("a slide has room for one attention: the last is shown; --layer N chooses")),
            (lambda: picture_(attentions(run, layer=len(found), head=1)), _("a slide has room for one head of one attention: --layer N and --head N choose")),
        ]  # fmt: skip
        whole = layer is not None or head is not None
        write(output, json_text(data).encode() if form == "json" else look.draw(form, picture_, *less[whole:]))
        if output == "-":
            return
        say(_("{path}: written").format(path=output))
    if as_json:
        click.echo(json_text(data))
        return
    for each in found:
        rows = []
        for place, query in enumerate(each.queries):
            best = [each.most(one, place) for one in range(each.heads)]
            rows.append([query, *(f"{key} {number(100 * share, 0)} %" for key, share in best)])
        heads = [_("head {n}").format(n=each.first + one) for one in range(each.heads)]
        table(_("{path}: what each place looks at most").format(path=each.path), ["", *heads], rows)
