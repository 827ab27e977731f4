"""Each public function, given a wrong thing in each place: an answer, or one sentence, never an error of Python's own."""

import inspect
import re
import warnings

import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.nn import functional as F
from tinygrad_fr.nn import init, utils

ROOMS = {"tg": tg, "F": F, "linalg": tg.linalg, "special": tg.special, "init": init, "utils": utils}
WRONG = (2.0, "a", None, [1.5], {}, object())
# What takes programs, files or the state of a run; and what needs an argument by its name.
OTHERS = {"compile", "save", "load", "seed", "vmap", "opened", "observe", "frombuffer"}


def places(function):
    """How many arguments a function needs by their place."""
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.KEYWORD_ONLY and p.default is p.empty for p in parameters):
        return 0
    needed = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
    return len(needed) or int(any(p.kind is p.VAR_POSITIONAL for p in parameters))


def functions(room):
    for name in sorted(dir(room)):
        if not name.startswith(("_", "set_", "use_")) and name not in OTHERS:
            found = getattr(room, name)
            if callable(found) and not inspect.isclass(found):
                yield name, found


def calls(function):
    """The calls with one wrong thing each."""
    count = places(function)
    for place in range(count):
        for thing in WRONG:
            yield [thing if i == place else tg.ones(2, 3) for i in range(count)]


@pytest.mark.parametrize("room", ROOMS)
def test_a_wrong_thing_in_each_place(room):
    raw, tried = [], 0
    for name, function in functions(ROOMS[room]):
        for arguments in calls(function):
            tried += 1
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    function(*arguments)
            except TinygradError:
                pass
            except Exception as error:
                if isinstance(error, TypeError) and re.match(r"\w+\(\)", str(error)):
                    continue  # Python's sentence about a call with too few arguments names the function
                raw.append((name, arguments, error))
    assert raw == []
    assert tried >= 50
