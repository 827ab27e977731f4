"""``attention``: the attention weights of every head."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.options import model_argument, output_option
from tinygrad_fr.cli.output import say, table, tell
from tinygrad_fr.cli.picture import picture_options, with_answer
from tinygrad_fr.cli.reading import Request, asks
from tinygrad_fr.cli.trained import lens_options
from tinygrad_fr.draw import attention_diagram
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
@click.option(
    "--table", "with_table", is_flag=True, help=_("Also list what each place looks at most, under the conclusions.")
)
@picture_options()
@lens_options()
@asks()
def command(request: Request, layer: int | None, head: int | None, with_table: bool) -> None:
    run, found = request.read(lambda run: attentions(run, layer=layer, head=head))
    title = str(request.model.title)

    def picture(shown: Sequence[Attention] = found) -> Diagram:
        return with_answer(attention_diagram(title, shown), run)

    less = [
        (lambda: picture(found[-1:]), _("a slide has room for one attention: the last is shown; --layer N chooses")),
        (lambda: picture(attentions(run, layer=len(found), head=1)), _("a slide has room for one head of one attention: --layer N and --head N choose")),
    ]  # fmt: skip
    whole = layer is not None or head is not None
    if request.shown([each.to_json() for each in found], picture, *less[whole:]):
        return
    tell(_("Spread: how many places a head looks at, in the mean; 1 is one place alone."))
    for each in found:
        spreads = (number(each.spread(one), 1) for one in range(each.heads))
        tell(_("{model}: {sentence}").format(model=each.path, sentence="  ".join(spreads)))
    if not with_table:
        say(_("--table lists what each place looks at most"))
        return
    for each in found:
        rows = []
        for place, query in enumerate(each.queries):
            best = [each.most(one, place) for one in range(each.heads)]
            rows.append([query, *(f"{key} {number(100 * share, 0)} %" for key, share in best)])
        heads = [_("head {n}").format(n=each.first + one) for one in range(each.heads)]
        table(_("{path}: what each place looks at most").format(path=each.path), ["", *heads], rows)
