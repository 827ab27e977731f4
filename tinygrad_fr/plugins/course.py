"""The map of a course: what it names and owes, row by row, and what answers it. A course is found by its entry point.

[project.entry-points."tinygrad_fr.courses"]
mine = "my_package.course:COURSE"
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import PluginError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.plugins.contract import Model
    from tinygrad_fr.plugins.text import Text

GROUP = "tinygrad_fr.courses"


@dataclass(frozen=True)
class Row:
    """One line of a course's inventory.

    Attributes:
        section: of the course.
        named: what the course names there.
        owed: what the program offers for it.
        commands: what to type after ``tinygrad-fr``; none while nothing answers yet.
        tests: ``path::function`` that hold it.
        tutorials: numbers of those that walk through it.
    """

    section: Text
    named: Text
    owed: Text
    commands: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    tutorials: tuple[int, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether something runs."""
        return bool(self.commands)

    def to_json(self) -> dict[str, Any]:
        """The row as plain data, in both languages."""
        return {
            "section": self.section.fr,
            "named": {"fr": self.named.fr, "en": self.named.en},
            "owed": {"fr": self.owed.fr, "en": self.owed.en},
            "commands": [f"tinygrad-fr {command}" for command in self.commands],
            "tests": list(self.tests),
            "tutorials": list(self.tutorials),
            "answered": self.answered,
        }


@dataclass(frozen=True)
class Course:
    """A course.

    Attributes:
        title: its own.
        rows: what it names, in its order.
        slips: what it says too shortly, or otherwise than is usual, and how the program handles it.
    """

    title: Text
    rows: tuple[Row, ...]
    slips: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The course as plain data."""
        return {
            "title": {"fr": self.title.fr, "en": self.title.en},
            "rows": [row.to_json() for row in self.rows],
            "slips": [row.to_json() for row in self.slips],
        }


def courses() -> dict[str, Course]:
    """The courses of the installed packages, by name.

    Raises:
        PluginError: one cannot be read; the message names it.
    """
    found = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            course = point.load()
        except (Exception, SystemExit) as error:  # another package's code may raise anything
            raise PluginError(_("course “{name}”: {cause}").format(name=point.name, cause=error)) from error
        if not isinstance(course, Course):
            raise PluginError(
                _("course “{name}”: {cause}").format(
                    name=point.name, cause=_("expected a Course, got {found}").format(found=type(course).__name__)
                )
            )
        found[point.name] = course
    return found


def section_of(model: Model) -> str:
    """The section of the course that a model answers, in the reader's language where a course at hand names it in both.

    Example:
        >>> from tinygrad_fr.plugins import Catalogue
        >>> section_of(Catalogue().load("vgg")) in ("Computer vision", "Vision par ordinateur")
        True
    """
    try:
        named = {row.section.fr: row.section for course in courses().values() for row in course.rows}
    except PluginError:  # a broken course is told by the command that shows it
        named = {}
    return str(named.get(model.section, model.section))
