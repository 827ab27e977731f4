"""A deck as PDF: every page drawn by the engine of our pictures, so letters and colours are theirs."""

from __future__ import annotations

import io

from tinygrad_fr.draw import PAGES, render, theme
from tinygrad_fr.draw.diagram import Diagram, Mark
from tinygrad_fr.tutorials.slides.deck import Deck, Slide

TITLE, TEXT, CODE = 32, 27, 17  # points of type; nothing is under what a room reads
MARGIN, TOP = 60, 470  # where lines start, and the height of the title's


def pdf(deck: Deck) -> bytes:
    """The file's bytes.

    Example:
        >>> pdf(Deck("Title", "en", (Slide("Title", ("a line",)),)))[:5]
        b'%PDF-'
    """
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for slide in deck.slides:
        writer.append(PdfReader(io.BytesIO(slide.pdf or _drawn(slide))))
    writer.add_metadata({"/Title": deck.title})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _drawn(slide: Slide) -> bytes:
    return render(text_page(slide), "pdf", page=PAGES["slide"])


def text_page(slide: Slide) -> Diagram:
    """A page of text, each line at its place."""
    width, height = PAGES["slide"]
    size = CODE if slide.kind == "code" else TEXT
    first = slide.kind == "title"
    lines = slide.lines
    top = TOP - (80 if first else 0)
    marks = [
        Mark((width / 2, height / 2), fill=theme.PAGE, extent=(width, height)),
        Mark((MARGIN, top), slide.title, TITLE, theme.INK, bold=True, anchor="start"),
    ]
    below = top - 60
    for i, line in enumerate(lines):
        if line:
            marks.append(
                Mark(
                    (MARGIN, below - i * size * 1.5),
                    line.replace(" ", "\u00a0") if slide.kind == "code" else line,
                    size,
                    theme.INK,
                    anchor="start",
                )
            )
    return Diagram(slide.title, marks=tuple(marks))
