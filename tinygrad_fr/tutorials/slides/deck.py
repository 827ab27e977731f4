"""A tutorial as pages: a heading, what it says, the formula, the code, the picture; an answer comes on a page of its own."""

from __future__ import annotations

import base64
import re
import textwrap
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tinygrad_fr.explain.formula.read import read
from tinygrad_fr.locale import _
from tinygrad_fr.tutorials.notebook import run
from tinygrad_fr.tutorials.slides.capture import MIME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tinygrad_fr.tutorials.reading import Tutorial

WIDTH, LINES = 62, 9  # letters in a line and lines on a page, in the type of a slide
CODE_WIDTH, CODE_LINES = 84, 16
CODE_PAGE, CODE_LARGEST = (850.0, 400.0), 24  # points that code may take, and its largest type
LETTER = 0.602  # width of a letter of code, in its size
LEGIBLE = 14  # points of type that a room still reads
TITLE_LETTERS = 44  # in one line of a heading
DOT = "• "  # before an item of a list
PRINTED = "00705A"  # colour of what code printed: dark green
CAPTURE = "\nfrom tinygrad_fr.tutorials.slides.capture import register\n\nregister()"

_DETAILS = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
_INLINE = re.compile(r"\$(.+?)\$", re.DOTALL)
_ITEM = re.compile(r"\s*(?:[-*]|\d+\.|\|)\s+")
_HEADING = re.compile(r"^(#{1,4})\s+(.*)$", re.MULTILINE)
_EXERCISE = re.compile(r"(?:Exercice|Exercise)\s+\d+\.\d+")
_CODE = re.compile(r"`([^`\n]+)`")
_EMPHASIS = re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Slide:
    """One page.

    Attributes:
        title: its heading.
        lines: what it says, already broken into lines.
        printed: what the code of a page printed, under it.
        type: points of the code's type, the same before and after it printed; 0 of a page without code.
        broken: places of the lines that only go on with the one above, for who breaks lines otherwise.
        kind: ``"title"``, ``"text"``, ``"code"``, ``"exercise"``, ``"answer"`` or ``"picture"``.
        png: of its picture, which fills the page.
        pdf: the same for a PDF.
        notes: what the speaker says and asks.
    """

    title: str
    lines: tuple[str, ...] = ()
    kind: str = "text"
    png: bytes = b""
    pdf: bytes = b""
    notes: str = ""
    printed: tuple[str, ...] = ()
    type: int = 0
    broken: frozenset[int] = frozenset()

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """What it says, a paragraph or an item each; code as its lines.

        Example:
            >>> Slide("Title", ("• an item that", "  goes on", "• another"), broken=frozenset({1})).paragraphs
            ('• an item that goes on', '• another')
        """
        said: list[str] = []
        for i, line in enumerate(self.lines):
            if i in self.broken and said:
                said[-1] += f" {line.strip()}"
            else:
                said.append(line)
        return tuple(said)


@dataclass(frozen=True)
class Deck:
    """The pages of one tutorial.

    Attributes:
        title: of the tutorial.
        lang: language of its text.
        slides: its pages.
    """

    title: str
    lang: str
    slides: tuple[Slide, ...]

    def only(self, *kinds: str) -> Deck:
        """The deck with pages of some kinds alone, its title among them."""
        return Deck(self.title, self.lang, tuple(slide for slide in self.slides if slide.kind in ("title", *kinds)))


def deck(tutorial: Tutorial, lang: str, *, pictures: bool = True) -> Deck:
    """The slides of a tutorial.

    Args:
        tutorial: which one.
        lang: language of its text.
        pictures: whether it is run, so that its pictures are there.

    Raises:
        DataError: a cell of it fails.

    Example:
        >>> from tinygrad_fr.tutorials.reading import tutorial
        >>> made = deck(tutorial("5"), "en", pictures=False)
        >>> made.slides[0].kind, made.slides[0].title
        ('title', '5. Gradient descent')
        >>> sorted({slide.kind for slide in made.slides})
        ['answer', 'code', 'exercise', 'text', 'title']
    """
    from tinygrad_fr.tutorials.notebook import notebook

    cells = (run(tutorial, lang, more=CAPTURE) if pictures else notebook(tutorial, lang)).cells
    slides = [next(_pages(tutorial.title(lang), tutorial.promise(lang), "title"))]
    heading = tutorial.title(lang)
    for cell in cells:
        if cell.cell_type == "markdown":
            for slide in _text(cell.source, heading):
                if slide.kind != "answer":
                    heading = slide.title
                slides.append(slide)
        elif cell.id != "imports":
            slides.extend(_code(cell, heading))
    return Deck(tutorial.title(lang), lang, tuple(slides))


def _text(source: str, heading: str) -> Iterator[Slide]:
    """The pages of a cell of text."""
    at = 0
    for answer in _DETAILS.finditer(source):
        heading = yield from _sections(source[at : answer.start()], heading)
        told = answer[1].strip()
        both = f"{heading} – {told}"
        yield from _pages(both if len(both) <= TITLE_LETTERS else told, answer[2], "answer")
        at = answer.end()
    yield from _sections(source[at:], heading)


def _sections(source: str, heading: str) -> Any:
    """The pages of what stands between headings; returns the last heading."""
    starts = [*_HEADING.finditer(source)]
    ends = [*(start.start() for start in starts[1:]), len(source)]
    yield from _pages(heading, source[: starts[0].start()] if starts else source, "text")
    for start, end in zip(starts, ends, strict=False):  # without a heading there is one end and no start
        if start[1] == "#":
            continue  # the tutorial's own title, which has its page
        heading = _spoken(start[2])
        kind = "exercise" if _EXERCISE.match(start[2]) else "text"
        yield from _pages(heading, source[start.end() : end], kind)
    return heading


def _pages(title: str, source: str, kind: str) -> Iterator[Slide]:
    """Some paragraphs, as many to a page as fit."""
    page: list[tuple[str, bool]] = []  # each line, and whether it only goes on with the one above

    def made(some: list[tuple[str, bool]]) -> Slide:
        lines = tuple(line for line, _on in some)
        broken = frozenset(i for i, (_line, on) in enumerate(some) if on)
        return Slide(title, lines, kind, notes=_ask([line for line, _on in page], kind), broken=broken)

    for block in re.split(r"\n\s*\n", source.strip()):
        for i, part in enumerate(_parts(_spoken(block))):
            above = [("", False)] if page and i == 0 else []  # between paragraphs, not between items of a list
            lines = [(line, place > 0) for place, line in enumerate(part)]
            if page and len(page) + len(above) + len(lines) > LINES:
                yield made(page)
                page, above = [], []
            page += [*above, *lines]
            while len(page) > LINES:
                yield made(page[:LINES])
                page = page[LINES:]
    if page or kind == "title":
        yield made(page)


def _ask(lines: list[str], kind: str) -> str:
    """What the speaker asks before turning the page: the page's own questions, or the exercise."""
    if kind == "exercise":
        return _("Let the class work on it before the answer is shown.")
    text = " ".join(lines)
    questions = [each.strip() for each in re.findall(r"[^.!?…]*\?", text)]
    predict = re.search(r"(?:\*\*)?(?:Prédisez|Predict)[^.?!]*[.?!]", text)
    asked = questions or ([predict[0]] if predict else [])
    return _("Ask the class: {questions}").format(questions=" ".join(asked)) if asked else ""


def _code(cell: Any, heading: str) -> Iterator[Slide]:
    """The code of a cell, then what it prints, then what it shows: builds of one page."""
    if "check.exercise" in cell.source:
        return
    source = cell.source.partition("\nfrom tinygrad_fr.locale import set_language")[0]
    lines = _wrapped(source, hanging=8)
    printed: list[str] = []
    shown: list[dict[str, str]] = []
    for stdout, together in groupby(cell.get("outputs", ()), lambda each: each.get("name") == "stdout"):
        outputs = list(together)
        if stdout:  # a kernel sends what is printed in as many pieces as it likes
            printed += _wrapped("".join(each.text for each in outputs))
        else:
            shown += [picture for output in outputs for picture in output.get("data", {}).get(MIME, ())]
    if not lines:
        return
    *before, last = (lines[start : start + CODE_LINES] for start in range(0, len(lines), CODE_LINES))
    ask = (
        _("Run this cell before the class, and open the page that it writes beside the notebook.")
        if "touch." in cell.source
        else _("Ask the class what this will show.")
    )
    for part in before:
        yield Slide(heading, tuple(part), "code", notes=ask, type=code_type(part))
    beside = len(last) + 1 + len(printed) <= CODE_LINES
    size = code_type([*last, "", *printed] if printed and beside else last)
    yield Slide(heading, tuple(last), "code", notes=ask, type=size)
    if printed and beside:
        yield Slide(heading, tuple(last), "code", printed=tuple(printed), type=size)
    else:
        for start in range(0, len(printed), CODE_LINES):
            part = printed[start : start + CODE_LINES]
            yield Slide(heading, (), "code", printed=tuple(part), type=code_type(part))
    for picture in shown:
        png, pdf = (base64.b64decode(picture[form]) for form in ("png", "pdf"))
        yield Slide(heading, (), "picture", png, pdf, picture["title"])


def _wrapped(text: str, hanging: int = 0) -> list[str]:
    """Lines that are no longer than a line of code, each going on so many letters further in; two empty ones are one."""
    lines = [
        part.rstrip()
        for line in text.splitlines()
        for part in (
            textwrap.wrap(
                line, CODE_WIDTH, subsequent_indent=" " * (len(line) - len(line.lstrip()) + hanging) if hanging else ""
            )
            or [""]
        )
    ]
    return [line for line, above in zip(lines, ["-", *lines], strict=False) if line.strip() or above.strip()]


def code_type(lines: Sequence[str]) -> int:
    """The largest type in which these lines fill the page, in points.

    Example:
        >>> code_type(["walk(L)"]), code_type(["x" * CODE_WIDTH])
        (24, 16)
    """
    wide, tall = CODE_PAGE
    longest = max(map(len, lines), default=1)
    return max(LEGIBLE, min(CODE_LARGEST, int(wide / (LETTER * longest)), int(tall / (1.4 * len(lines)))))


def _spoken(markdown: str) -> str:
    """Markdown as plain text: formulas in letters, links as their words."""
    text = _DISPLAY.sub(lambda found: f"\n\n{_formula(found[1])}\n\n", markdown)
    text = _INLINE.sub(lambda found: _formula(found[1]), text)
    text = _LINK.sub(r"\1", text)
    text = re.sub(r"<[^>\n]+>", "", text)
    outside = _CODE.split(text)  # every second part is code, where a star is a star
    outside[::2] = [_EMPHASIS.sub(r"\2", re.sub(r"\*\*|__", "", part)) for part in outside[::2]]
    return "".join(outside)


def _formula(latex: str) -> str:
    return read(" ".join(latex.split())).plain


def _parts(text: str) -> list[list[str]]:
    """What stays together on a page: a paragraph, or an item of a list with the lines that go on with it."""
    said: list[tuple[str, list[str]]] = []
    for line in text.strip().splitlines():
        item = _ITEM.match(line)
        if item:
            said.append(("  ", [re.sub(r"^\s*[-*]\s+", DOT, line)]))
        elif not line.strip():
            said.append(("", []))
        elif said and said[-1][1] and (not said[-1][0] or line[0].isspace()):
            said[-1][1].append(line.strip())
        else:
            said.append(("", [line.strip()]))
    return [textwrap.wrap(" ".join(lines), WIDTH, subsequent_indent=margin) for margin, lines in said if lines]
