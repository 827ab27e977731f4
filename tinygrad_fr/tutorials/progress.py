"""What a student has answered: one readable file beside the notebooks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tinygrad_fr import files
from tinygrad_fr.errors import DataError, TinygradError
from tinygrad_fr.locale import _

FILE = "exercises.json"


@dataclass(frozen=True)
class Answered:
    """What became of one exercise.

    Attributes:
        tries: how many answers were given.
        right: whether one of them was proven.
        shown: whether the solution was asked for before.
    """

    tries: int = 0
    right: bool = False
    shown: bool = False


def read(folder: Path) -> dict[str, Answered]:
    """Every exercise that was answered, by its number; nothing where there is no file yet.

    Raises:
        DataError: the file is not one of ours.

    Example:
        >>> read(Path("a-folder-that-is-not-there"))
        {}
    """
    path = folder / FILE
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(_("{path}: expected answers as JSON: {error}").format(path=path, error=error)) from None
    kinds = {"tries": int, "right": bool, "shown": bool}
    found = {}
    for number, entry in held.items() if isinstance(held, dict) else [("", held)]:
        if not (
            isinstance(held, dict)
            and isinstance(entry, dict)
            and entry.keys() == kinds.keys()
            and all(type(entry[key]) is kind for key, kind in kinds.items())
        ):
            raise DataError(_("{path}: expected tries, right and shown of exercise “{number}”").format(path=path, number=number))  # fmt: skip
        found[number] = Answered(**entry)
    return found


def keep(folder: Path, number: str, answered: Answered) -> None:
    """Write down what became of an exercise.

    Raises:
        TinygradError: the file cannot be read or written.
    """
    held = {**read(folder), number: answered}
    ordered = sorted(held.items(), key=lambda item: [int(part) if part.isdigit() else 0 for part in item[0].split(".")])
    text = json.dumps({key: asdict(value) for key, value in ordered}, indent=2)
    files.write(folder / FILE, (text + "\n").encode())


def noted(folder: Path, number: str, *, right: bool = False, shown: bool = False, tried: bool = True) -> Answered:
    """Count an answer; where the file cannot be kept, that is said and the lesson goes on."""
    try:
        before = read(folder).get(number, Answered())
        now = Answered(before.tries + tried, before.right or right, before.shown or (shown and not before.right))
        keep(folder, number, now)
    except TinygradError as error:
        print(_("(this answer is not kept: {error})").format(error=error))
        return Answered(int(tried), right, shown)
    return now
