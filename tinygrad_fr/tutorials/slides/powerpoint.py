"""A deck as PowerPoint: text stays text that a teacher can change, and what to ask the class is in the notes."""

from __future__ import annotations

import io
from typing import Any

from tinygrad_fr.tutorials.slides.deck import DOT, PRINTED, TITLE_LETTERS, Deck, Slide

WIDTH, HEIGHT = 13.333, 7.5  # inches: 16:9, as every presentation program has it
TITLE, SUBTITLE, TEXT = 32, 26, 24  # points: of a heading, of one that takes two lines, of what is said
FONT, CODE_FONT = "Arial", "Courier New"  # which every machine that shows slides has, or has the like of
LEFT, WIDE = 0.7, WIDTH - 1.4  # inches: where text starts, and how wide it may be
HANGING = 0.3  # inches from the dot of an item to its words
BETWEEN = 0.5  # of a line, between two paragraphs


def powerpoint(deck: Deck) -> bytes:
    """The file's bytes (``.pptx``).

    Example:
        >>> powerpoint(Deck("Title", "en", (Slide("Title", ("a line",)),)))[:2]
        b'PK'
    """
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    made.slide_width, made.slide_height = Inches(WIDTH), Inches(HEIGHT)
    made.core_properties.title, made.core_properties.language = deck.title, deck.lang
    for slide in deck.slides:
        _add(made, slide)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def _add(made: Any, slide: Slide) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    colour: Any = RGBColor  # which carries no types
    printed = colour.from_string(PRINTED)
    page = made.slides.add_slide(made.slide_layouts[6 if slide.png else 5])  # an empty one, or a title alone
    if slide.png:
        shown = page.shapes.add_picture(io.BytesIO(slide.png), 0, 0, made.slide_width, made.slide_height)
        shown._element.nvPicPr.cNvPr.set("descr", slide.notes)
    else:
        title = page.shapes.title
        title.left, title.top, title.width, title.height = Inches(LEFT), Inches(0.4), Inches(WIDE), Inches(1)
        title.text_frame.text = slide.title
        _flush(title.text_frame)
        heading = title.text_frame.paragraphs[0]
        heading.alignment = PP_ALIGN.LEFT
        font = heading.runs[0].font
        font.size, font.bold = Pt(TITLE if len(slide.title) <= TITLE_LETTERS else SUBTITLE), True
        font.name = FONT
        body = page.shapes.add_textbox(Inches(LEFT), Inches(1.6), Inches(WIDE), Inches(HEIGHT - 2.2)).text_frame
        body.word_wrap = True
        _flush(body)
        code = slide.kind == "code"
        between = [""] if slide.lines and slide.printed else []
        said = (*slide.lines, *between) if code else tuple(filter(None, slide.paragraphs))
        for i, line in enumerate((*said, *slide.printed)):
            paragraph = body.paragraphs[0] if i == 0 else body.add_paragraph()
            if not code:
                paragraph.space_after = Pt(BETWEEN * TEXT)
                line = _item(paragraph, line)
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(slide.type or TEXT)
            run.font.name = CODE_FONT if code else FONT
            if i >= len(said):
                run.font.color.rgb = printed
    if slide.notes:
        page.notes_slide.notes_text_frame.text = slide.notes


def _flush(frame: Any) -> None:
    """Text as wide as its box: a margin inside would break lines of code that were measured without it."""
    frame.margin_left = frame.margin_right = 0


def _item(paragraph: Any, line: str) -> str:
    """The words of a line; where it is an item of a list, its paragraph becomes one, whose dot hangs in the margin."""
    if not line.startswith(DOT):
        return line
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls
    from pptx.util import Inches

    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(Inches(HANGING)))
    properties.set("indent", str(-Inches(HANGING)))
    properties.append(parse_xml(f'<a:buChar {nsdecls("a")} char="{DOT.strip()}"/>'))
    return line.removeprefix(DOT)
