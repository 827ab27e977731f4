"""Decks: one idea per page, 16:9, with the tutorial's pictures; a key whose answers the proofs accept."""

import io
import re

import numpy as np
import pytest
from pptx import Presentation
from pptx.oxml.ns import qn
from pypdf import PdfReader

from tinygrad_fr import Value
from tinygrad_fr.draw import (
    PAGES,
    activations_diagram,
    attention_diagram,
    descent_diagram,
    frames,
    learning_panels,
    size_of,
    smallest_type,
    theme,
)
from tinygrad_fr.draw.fit import LEGIBLE
from tinygrad_fr.explain import Attention, activation, descents, walk
from tinygrad_fr.explain.formula.read import NAMED, read
from tinygrad_fr.explain.lenses.activations import FUNCTIONS
from tinygrad_fr.tutorials.reading import tutorial, tutorials
from tinygrad_fr.tutorials.slides import deck
from tinygrad_fr.tutorials.slides.capture import BUILDS, legible
from tinygrad_fr.tutorials.slides.deck import (
    CODE_LINES,
    CODE_WIDTH,
    DOT,
    LETTER,
    LINES,
    TITLE_LETTERS,
    WIDTH,
    Deck,
    Slide,
    _pages,
    code_type,
)
from tinygrad_fr.tutorials.slides.key import key
from tinygrad_fr.tutorials.slides.pdf import TEXT, pdf
from tinygrad_fr.tutorials.slides.powerpoint import WIDE, powerpoint


@pytest.fixture(scope="module")
def made():
    return deck(tutorial("4"), "fr")


@pytest.mark.parametrize("each", tutorials(), ids=lambda each: each.name)
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_page_holds_what_it_says(each, lang):
    slides = deck(each, lang, pictures=False).slides
    assert slides[0].kind == "title"
    assert len(slides) > 8
    for slide in slides:
        code = slide.kind == "code"
        assert len(slide.lines) <= (CODE_LINES if code else LINES), slide
        assert all(len(line) <= (CODE_WIDTH if code else WIDTH) for line in slide.lines), slide
        assert not any(sign in line for line in slide.lines for sign in ("$", "](", "<details")) or code, slide
        if not code:
            assert not re.search(r"(?<![\w*()])\*{1,2}[^\W\d][^*]*\*(?!\w)", " ".join(slide.lines)), (
                slide
            )  # stars of Markdown
            assert not re.search(r"=\s-?\d, \d", " ".join(slide.lines)), slide  # a decimal comma is no list
    assert any(slide.kind == "exercise" for slide in slides)


def test_an_item_of_a_list_is_not_cut_by_a_page():
    items = [f"- item {i} says so much that it takes more than a line of the page,\n  and it goes on" for i in range(8)]
    pages = list(_pages("Title", "\n".join(items), "text"))
    assert len(pages) > 1
    for page in pages:
        assert page.lines[0].startswith("•")
        assert page.lines[-1].endswith("goes on")


@pytest.mark.parametrize("each", tutorials(), ids=lambda each: each.name)
def test_no_command_of_latex_is_left_in_a_formula(each):
    for cell in (*each.read("fr"), *each.read("en")):
        if cell.kind != "markdown":
            continue
        for formula in re.findall(r"\$\$?(.+?)\$\$?", cell.source, re.DOTALL):
            plain = read(" ".join(formula.split())).plain
            for command in set(re.findall(r"\\([A-Za-z]+)", formula)) - NAMED:
                assert not re.search(rf"(?<![A-Za-z]){command}(?![A-Za-z])", plain), (formula, plain)


@pytest.mark.long
def test_a_deck_has_pictures_that_fill_pages_of_16_to_9(made):
    pages = PdfReader(io.BytesIO(pdf(made))).pages
    assert len(pages) == len(made.slides)
    assert any(slide.kind == "picture" for slide in made.slides)
    assert {(float(page.mediabox.width), float(page.mediabox.height)) for page in pages} == {(960.0, 540.0)}
    assert min(TEXT, *(slide.type for slide in made.slides if slide.kind == "code")) >= 14  # points, at 13.33 inches
    assert made.title.partition(". ")[2][:6] in pages[0].extract_text()


@pytest.mark.long
def test_the_pictures_of_a_deck_are_read_from_the_last_row(made):
    for slide in made.slides:
        if slide.kind == "picture":
            sizes = []
            PdfReader(io.BytesIO(slide.pdf)).pages[0].extract_text(
                visitor_text=lambda text, cm, tm, _font, size, sizes=sizes: (
                    sizes.append(size * abs(tm[3] * cm[3])) if text.strip() else None
                )
            )
            assert min(sizes) >= LEGIBLE, slide.notes


def _title_at(page):
    """Where the first letter of a page's first text stands, and its size."""
    found = []
    page.extract_text(
        visitor_text=lambda text, cm, tm, _font, size: text.strip() and found.append((*_moved(cm, tm), size))
    )
    return found[0]


def _moved(cm, tm):
    return tuple(round(cm[i] * tm[4] + cm[i + 2] * tm[5] + cm[i + 4]) for i in (0, 1))


@pytest.mark.long
def test_a_title_stands_in_one_place_on_every_page_of_text(made):
    pages = zip(PdfReader(io.BytesIO(pdf(made))).pages, made.slides, strict=True)
    short = [page for page, slide in pages if slide.kind in ("text", "code") and len(slide.title) <= TITLE_LETTERS]
    assert len(short) > 5
    assert len({_title_at(page) for page in short}) == 1


def test_code_is_in_letters_of_one_width_and_what_it_printed_stands_under_it(made):
    after = [slide for slide in made.slides if slide.printed and slide.lines]
    assert after
    before = [slide for slide in made.slides if slide.lines == after[0].lines and not slide.printed]
    assert [slide.type for slide in before] == [after[0].type]
    page = PdfReader(io.BytesIO(pdf(Deck("Code", "fr", (after[0],))))).pages[0]
    assert any("Mono" in font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values())


def test_a_walk_fills_its_page_in_rows():
    """That of tutorial 1, whose type was 11.5 points."""
    x = [Value(value, label=f"x{i}", requires_grad=False) for i, value in enumerate((2.0, 0.5), 1)]
    w = [Value(value, label=f"w{i}") for i, value in enumerate((0.5, -1.0), 1)]
    a = (w[0] * x[0] + w[1] * x[1] + Value(0.25, label="b")).tanh()
    theme.for_slides(LEGIBLE)
    try:
        drawn = frames(walk((a - 1).square()))
        sizes = {smallest_type(frame, PAGES["slide"]) for frame in drawn}
    finally:
        theme.for_slides(0)
    assert len({size_of(frame) for frame in drawn}) == 1  # nothing moves from step to step
    assert min(sizes) >= LEGIBLE


def _many():
    """Pictures of so many things that one slide cannot hold them."""
    looks = np.eye(6)[None].repeat(4, axis=0)
    words = ("the", "cat", "sees", "a", "small", "dog")
    runs = {f"run {i}": ([1.0, 0.1 * i], [1.1, 0.2 * i], 0.5) for i in range(1, 8)}
    return {
        "activations": activations_diagram([activation(name) for name in FUNCTIONS]),
        "descents": descent_diagram(descents("bowl", ["sgd", "momentum", "adam", "rmsprop"], steps=5)),
        "attentions": attention_diagram("Heads", [Attention(f"layer {i}", looks, words, words) for i in range(3)]),
        "runs": learning_panels("MLP", runs),
    }


@pytest.mark.long
@pytest.mark.parametrize("name", ["activations", "descents", "attentions", "runs"])
def test_a_picture_that_is_too_small_for_a_room_comes_on_several_pages(name):
    theme.for_slides(LEGIBLE)
    try:
        drawn = _many()[name]
        pages = legible(drawn)
        sizes = [smallest_type(page, PAGES["slide"]) for page, _told in pages]
    finally:
        theme.for_slides(0)
    assert 1 < len(pages) <= BUILDS
    assert min(sizes) >= LEGIBLE


def test_lines_of_code_are_no_wider_than_their_box_in_powerpoint(made):
    longest = Slide("Code", ("x" * 83,), "code", type=code_type(["x" * 83]))
    for slide in (longest, *made.only("code").slides[1:]):
        (frame,) = (shape.text_frame for shape in _page(slide).shapes if not shape.is_placeholder)
        assert frame.margin_left == frame.margin_right == 0
        assert all(LETTER * slide.type * len(line) <= 72 * WIDE for line in (*slide.lines, *slide.printed)), slide


def test_a_paragraph_of_powerpoint_is_one_that_a_teacher_can_edit():
    said = "- an item that says so much that it takes more than one line of the page, and goes on"
    (slide,) = _pages("Title", f"One sentence that is longer than what a line of this page can hold.\n\n{said}", "text")
    (frame,) = (shape.text_frame for shape in _page(slide).shapes if not shape.is_placeholder)
    first, item = frame.paragraphs
    assert first.text == "One sentence that is longer than what a line of this page can hold."
    assert item.text == said.removeprefix("- ")
    assert item._p.pPr.find(qn("a:buChar")) is not None


def _page(slide):
    (page,) = Presentation(io.BytesIO(powerpoint(Deck("Title", "en", (slide,))))).slides
    return page


def test_powerpoint_keeps_text_as_text_and_questions_in_the_notes(made):
    read = Presentation(io.BytesIO(powerpoint(made)))
    assert read.slide_width * 9 == pytest.approx(read.slide_height * 16, rel=1e-3)
    assert len(read.slides) == len(made.slides)
    for page, slide in zip(read.slides, made.slides, strict=True):
        text = "\n".join(shape.text_frame.text for shape in page.shapes if shape.has_text_frame)
        said = slide.lines if slide.kind == "code" else slide.paragraphs
        assert all(line.removeprefix(DOT) in text for line in (*said, *slide.printed))
        assert (page.notes_slide.notes_text_frame.text if page.has_notes_slide else "") == slide.notes
    assert any("?" in slide.notes for slide in made.slides)


@pytest.mark.parametrize("each", tutorials(), ids=lambda each: each.name)
def test_the_key_answers_every_exercise_of_the_text(each):
    asked = [slide.title for slide in deck(each, "en", pictures=False).only("exercise").slides[1:]]
    answered = {slide.title for slide in key(each, "en").slides[1:]}
    assert {title.partition(":")[0].strip() for title in asked} <= answered


def test_bad_input_is_one_sentence(run, tmp_path):
    assert "known tutorials" in run("--lang", "en", "slides", "99", "-o", str(tmp_path / "x.pdf")).stderr
    done = run("--lang", "en", "slides", "5", "-o", str(tmp_path / "x.odp"))
    assert done.returncode == 2
    assert ".pdf or .pptx" in done.stderr
    gone = run("--lang", "en", "slides", "5", "--only", "answers", "-o", str(tmp_path / "no" / "x.pdf"))
    assert gone.returncode in (1, 2)
    assert len(gone.stderr.strip().splitlines()) == 1
