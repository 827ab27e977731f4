"""The parts of a run that a person chooses: a window of time steps, an input of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.files import reason
from tinygrad_fr.locale import _
from tinygrad_fr.plugins.reading import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = re.compile(r"/|\.[A-Za-z]\w*$")  # what looks like a file's name
_LARGEST = 1_000_000  # characters of an input


def window(text: str, steps: Sequence[int], most: int) -> tuple[int, ...]:
    """The steps that ``3..6`` or ``5`` names.

    Raises:
        UsageError: it is no window, not one of this run, or holds too many steps.
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:\.\.\s*(\d{1,9})\s*)?", text)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, -1)
    if not steps[0] <= first <= last <= steps[-1]:
        raise UsageError(
            _("--time: expected a window such as 3..6 between {first} and {last}, got “{found}”").format(
                first=steps[0], last=steps[-1], found=shown(text)
            )
        )
    if last - first >= most:
        raise UsageError(
            _("--time: expected at most {most} steps, got {found}").format(most=most, found=last - first + 1)
        )
    return tuple(t for t in steps if first <= t <= last)


def text_of(given: str) -> str:
    """The content of a file, or the text itself where no file has that name.

    Raises:
        UsageError: the file cannot be read as text, or a name that looks like a file's is none.
    """
    path = Path(given)
    try:
        if not path.exists():
            if _NAMED.search(given):
                raise UsageError(_("--input: there is no file {path}").format(path=shown(given)))
            return given
        if path.stat().st_size > _LARGEST:
            raise UsageError(
                _("--input: expected at most {most} bytes, {path} has {found}").format(
                    most=_LARGEST, path=shown(given), found=path.stat().st_size
                )
            )
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(_("--input: {path} is not text in UTF-8").format(path=shown(given))) from None
    except (OSError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        if not isinstance(error, OSError) or "\n" in given or len(given) > 200:  # no file can have that name
            return given
        raise UsageError(
            _("--input: cannot read {path}: {cause}").format(path=shown(given), cause=reason(error))
        ) from None
