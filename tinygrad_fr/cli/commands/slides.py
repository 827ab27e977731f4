"""``slides``: a tutorial as a deck for the classroom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tinygrad_fr.cli.commands.completion import tutorials as numbers_at_hand
from tinygrad_fr.cli.options import Place
from tinygrad_fr.cli.output import say, write
from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _, language

if TYPE_CHECKING:
    from tinygrad_fr.tutorials.slides import Deck

FORMS = (".pdf", ".pptx")


@click.command("slides")
@click.argument("chapter", shell_complete=numbers_at_hand, metavar=_("NUMBER"))
@click.option("-o", "--output", "output", required=True, type=Place(file=True), metavar=_("FILE"), help=_("File to write, .pdf or .pptx."))  # fmt: skip
@click.option("--only", type=click.Choice(("exercises", "answers")), help=_("Exercises alone, to print; or answers alone, as a key."))  # fmt: skip
def command(chapter: str, output: str, only: str | None) -> None:
    from tinygrad_fr.tutorials.reading import tutorial
    from tinygrad_fr.tutorials.slides import deck
    from tinygrad_fr.tutorials.slides.key import key

    chosen = tutorial(chapter)
    form = Path(output).suffix.lower()
    if form not in FORMS:
        raise UsageError(_("{path}: expected a file that ends with .pdf or .pptx").format(path=output))
    if only == "answers":
        made = key(chosen, language())
    elif only == "exercises":
        made = deck(chosen, language(), pictures=False).only("exercise")
    else:
        made = deck(chosen, language())
    write(output, _written(made, form))
    say(_("{path}: {n} pages").format(path=output, n=len(made.slides)))


def _written(made: Deck, form: str) -> bytes:
    if form == ".pdf":
        from tinygrad_fr.tutorials.slides.pdf import pdf

        return pdf(made)
    from tinygrad_fr.tutorials.slides.powerpoint import powerpoint

    return powerpoint(made)
