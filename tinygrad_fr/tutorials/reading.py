"""Tutorials as packages bring them: one file per tutorial, with text in both languages between the same cells of code.

[project.entry-points."tinygrad_fr.tutorials"]
mine = "my_package"

The package holds ``NN_name.py`` files in jupytext's percent format. A cell of text says its language and an id that its
translation shares: ``# %% [markdown] lang="fr" id="title"``; a cell of code has an id alone. Exercises are in
``exercises/chapter_NN.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import DataError, UsageError
from tinygrad_fr.locale import LANGUAGES, _
from tinygrad_fr.locale.typography import french

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUP = "tinygrad_fr.tutorials"
_FILE = re.compile(r"(\d\d)_[a-z0-9_]+\.py")
_MINUTES = re.compile(r"(\d+)\s*(?:minutes|min)")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        kind: ``"markdown"`` or ``"code"``.
        id: shared by a text and its translation.
        lang: of a text; None for code.
        source: what it holds.
    """

    kind: str
    id: str
    lang: str | None
    source: str


@dataclass(frozen=True)
class Tutorial:
    """One tutorial.

    Attributes:
        number: its place in the course.
        name: of its file, without ``.py``.
        text: the whole source.
        package: the package that brings it.
    """

    number: int
    name: str
    text: str
    package: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every cell, in both languages."""
        import jupytext  # slow to load, and `tutorial list` needs titles alone

        notebook: Any = jupytext.reads(self.text, fmt="py:percent")
        return tuple(
            Cell(cell.cell_type, str(cell.metadata.get("id", "")), cell.metadata.get("lang"), cell.source)
            for cell in notebook.cells
        )

    def read(self, lang: str) -> tuple[Cell, ...]:
        """The cells of one language."""
        cells = (cell for cell in self.cells if cell.lang in (None, lang))
        return tuple(replace(cell, source=french(cell.source)) if cell.lang == "fr" else cell for cell in cells)

    def title(self, lang: str) -> str:
        """What it is called."""
        title = self._heads[lang].splitlines()[0].lstrip("# ")
        return french(title) if lang == "fr" else title

    def minutes(self, lang: str) -> int | None:
        """How long a reader takes, as its head says."""
        found = _MINUTES.search(self._heads[lang])
        return int(found[1]) if found else None

    def promise(self, lang: str) -> str:
        """What its head says that will be seen."""
        paragraphs = self._heads[lang].split("\n\n")
        return " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""

    @property
    def _heads(self) -> Mapping[str, str]:
        heads = {}
        for lang in LANGUAGES:
            start = self.text.find(f'# %% [markdown] lang="{lang}"')
            end = self.text.find("\n# %%", start + 1)
            lines = self.text[start:end].splitlines()[1:]
            heads[lang] = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines)
        return heads


@cache
def tutorials() -> tuple[Tutorial, ...]:
    """Every tutorial at hand, in the order of their numbers."""
    found = []
    for package in packages():
        for path in files(package).iterdir():
            match = _FILE.fullmatch(path.name)
            if match:
                text = path.read_text(encoding="utf-8")
                found.append(Tutorial(int(match[1]), path.name.removesuffix(".py"), text, package))
    return tuple(sorted(found, key=lambda each: (each.number, each.name)))


def packages() -> list[str]:
    """The packages that bring tutorials, without importing them."""
    return sorted({point.value for point in entry_points(group=GROUP)})


def tutorial(number: str) -> Tutorial:
    """A tutorial by its number or its name.

    Raises:
        UsageError: there is none.
    """
    for each in tutorials():
        if number in (each.name, each.name.partition("_")[2]) or (number.isdigit() and int(number) == each.number):
            return each
    known = ", ".join(str(each.number) for each in tutorials())
    raise UsageError(
        _("unknown tutorial “{number}”; known tutorials: {known}").format(number=number, known=known or "–")
    )


@cache
def load_exercises() -> None:
    """Import the exercises of every package.

    Raises:
        DataError: a package's exercises cannot be imported.
    """
    for package in packages():
        folder = files(package) / "exercises"
        names = sorted(path.name.removesuffix(".py") for path in folder.iterdir() if path.name.startswith("chapter_"))
        for name in names:
            try:
                import_module(f"{package}.exercises.{name}")
            except ImportError as error:
                raise DataError(
                    _("the exercises of {package} cannot be read: {error}").format(package=package, error=error)
                ) from error
