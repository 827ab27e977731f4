"""A deck as PDF: every page drawn by the engine of our pictures, so letters and colours are theirs."""

from __future__ import annotations

import io
import textwrap

from tinygrad_fr.draw import PAGES, render, theme
from tinygrad_fr.draw.diagram import Diagram, Mark
from tinygrad_fr.tutorials.slides.deck import PRINTED, TITLE_LETTERS, Deck, Slide

TITLE, SUBTITLE, TEXT = 32, 26, 25  # points of type: of a heading, of one that takes two lines, of what is said
MARGIN, TOP = 60, 470  # where lines start, and the height of the title's; a second line of it stands above
LETTERS = 50  # in a line of a long heading


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
    """A page of text, each line at its place, which is the same on every page."""
    width, height = PAGES["slide"]
    top = TOP - (80 if slide.kind == "title" else 0)
    title = [slide.title] if len(slide.title) <= TITLE_LETTERS else textwrap.wrap(slide.title, LETTERS)
    marks = [Mark((width / 2, height / 2), fill=theme.PAGE, extent=(width, height))]
    size = TITLE if len(title) == 1 else SUBTITLE
    for i, line in enumerate(reversed(title)):
        marks.append(Mark((MARGIN, top + i * size * 1.3), line, size, theme.INK, bold=True, anchor="start"))
    at = top - 60.0
    size, step = (slide.type, 1.4) if slide.kind == "code" else (TEXT, 1.5)
    for line, colour in _inked(slide):
        if line:
            marks.append(_line(line, (MARGIN, at), size, colour, code=slide.kind == "code"))
        at -= size * step
    return Diagram(slide.title, marks=tuple(marks), frame=PAGES["slide"])


def _inked(slide: Slide) -> list[tuple[str, str]]:
    """The lines, each with its colour; what is printed stands under the code, in another one."""
    said = [(line, theme.INK) for line in slide.lines]
    printed = [(line, f"#{PRINTED}") for line in slide.printed]
    return [*said, ("", theme.INK), *printed] if said and printed else said + printed


def _line(text: str, at: tuple[float, float], size: int, colour: str, *, code: bool) -> Mark:
    return Mark(at, text.replace(" ", "\u00a0") if code else text, size, colour, anchor="start", code=code)
