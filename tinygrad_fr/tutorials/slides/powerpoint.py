"""A deck as PowerPoint: text stays text that a teacher can change, and what to ask the class is in the notes."""

from __future__ import annotations

import io
from typing import Any

from tinygrad_fr.tutorials.slides.deck import PRINTED, TITLE_LETTERS, Deck, Slide

WIDTH, HEIGHT = 13.333, 7.5  # inches: 16:9, as every presentation program has it
TITLE, SUBTITLE, TEXT = 32, 26, 24  # points: of a heading, of one that takes two lines, of what is said
CODE_FONT = "Courier New"  # which every machine that shows slides has, or has the like of


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
    from pptx.util import Inches, Pt

    colour: Any = RGBColor  # which carries no types
    printed = colour.from_string(PRINTED)
    page = made.slides.add_slide(made.slide_layouts[6 if slide.png else 5])  # an empty one, or a title alone
    if slide.png:
        shown = page.shapes.add_picture(io.BytesIO(slide.png), 0, 0, made.slide_width, made.slide_height)
        shown._element.nvPicPr.cNvPr.set("descr", slide.notes)
    else:
        title = page.shapes.title
        title.left, title.top, title.width, title.height = Inches(0.7), Inches(0.4), Inches(WIDTH - 1.4), Inches(1)
        title.text_frame.text = slide.title
        title.text_frame.paragraphs[0].runs[0].font.size = Pt(TITLE if len(slide.title) <= TITLE_LETTERS else SUBTITLE)
        title.text_frame.paragraphs[0].runs[0].font.bold = True
        body = page.shapes.add_textbox(Inches(0.7), Inches(1.6), Inches(WIDTH - 1.4), Inches(HEIGHT - 2.2)).text_frame
        body.word_wrap = True
        between = [""] if slide.lines and slide.printed else []
        for i, line in enumerate((*slide.lines, *between, *slide.printed)):
            paragraph = body.paragraphs[0] if i == 0 else body.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run.font.size = Pt(slide.type or TEXT)
            if slide.kind == "code":
                run.font.name = CODE_FONT
                if i >= len(slide.lines):
                    run.font.color.rgb = printed
    if slide.notes:
        page.notes_slide.notes_text_frame.text = slide.notes
