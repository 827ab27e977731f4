"""What stopped a lesson: its own lines, and one sentence where the cause is this package or something that is not installed."""

from __future__ import annotations

import difflib
import re
import sys
import sysconfig
import traceback
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.lessons.alias import ROOTS, theirs
from tinygrad_fr.lessons.names import another_way, installation
from tinygrad_fr.locale import _, clauses
from tinygrad_fr.naming import home
from tinygrad_fr.source.site import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")
_UNFOUND = re.compile(r"cannot import name '(\w+)' from '(tinygrad_fr[\w.]*)'")
_PYTHON = tuple(sorted({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}))


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    yield from traceback.extract_tb(error.__traceback__)


def _ours(file: str) -> bool:
    return file.startswith(str(PACKAGE))


def _learners(file: str) -> bool:
    """Whether a file is the learner's: neither this package's, nor Python's, nor an installed one."""
    return not (_ours(file) or file.startswith(("<", *_PYTHON)))


def reached(error: BaseException) -> bool:
    """Whether an error came from a line of the lesson."""
    return any(_learners(frame.filename) for frame in _frames(error))


def told(error: BaseException) -> str:
    """The traceback of an error, cut to the lines of the lesson, and under it a sentence where one helps.

    Example:
        >>> try:
        ...     import nothing_of_this_name
        ... except ImportError as error:
        ...     print(told(error).splitlines()[-1])
        nothing_of_this_name is no part of PyTorch and is not installed here: pip install nothing_of_this_name
    """
    text = traceback.TracebackException.from_exception(error)
    kept = [frame for frame in text.stack if _learners(frame.filename)]
    text.stack = traceback.StackSummary.from_list(kept)
    lines = "".join(text.format(chain=False)).rstrip()
    sentence = _sentence(error)
    return f"{lines}\n{sentence}" if sentence else lines


def _sentence(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name and error.name.partition(".")[0] not in ROOTS:
        root = error.name.partition(".")[0]
        return _("{name} is no part of PyTorch and is not installed here: {what}").format(
            name=root, what=installation(root)
        )
    if isinstance(error, AttributeError) and (name := _named(error)):
        return _absent(name, dir(error.obj))
    if isinstance(error, ImportError) and (found := _UNFOUND.search(str(error))):
        name, module = found.groups()
        return _absent(f"{theirs(module)}.{name}", dir(sys.modules[module]))
    if isinstance(error, TypeError) and (argument := _UNKNOWN.search(str(error))):
        way = another_way(f"{argument[1]}=")
        if way:
            return clauses(_("{name} is not here").format(name=f"{argument[1]}="), way)
    last = [frame.filename for frame in _frames(error)][-1:]
    if isinstance(error, TinygradError):
        return _("This sentence is tinygrad_fr’s: PyTorch may do what is asked here.")
    if last and _ours(last[0]):
        return _("It stopped inside tinygrad_fr: PyTorch may do what is asked here.")
    return ""


def _absent(name: str, here: Iterable[str]) -> str:
    """What is said of a name of PyTorch's that is not here."""
    near = difflib.get_close_matches(name.rpartition(".")[2], here, 2)
    sentence = _("{name} is not here").format(name=name)
    if near:
        sentence += _("; near it: {near}").format(near=", ".join(near))
    return clauses(sentence, another_way(name))


def _named(error: AttributeError) -> str:
    """The name of PyTorch's that an attribute of ours was asked by; empty where the thing is not ours."""
    held: Any = error.obj
    where = held.__name__ if isinstance(held, ModuleType) else home(type(held))
    if not where.startswith("tinygrad_fr"):
        return ""
    return f"{theirs(where) if isinstance(held, ModuleType) else type(held).__name__}.{error.name}"
