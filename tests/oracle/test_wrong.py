"""A wrong argument in each place of PyTorch's own samples: no other number, and a sentence where PyTorch raises.

Answers where PyTorch refuses (a number or a list for a tensor, mostly) and other classes of error are counted by
``python tests/oracle/wrong.py``, and not held to it.
"""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import wrong

pytestmark = pytest.mark.filterwarnings("ignore")

# Another answer than PyTorch's: what it is.
OTHER = (
    (r"^kthvalue|^(linalg\.)?svd$", "", "the index among equal elements, and the sign of singular vectors"),
    (r"^add(b)?mm", "alpha is inf", "infinity times a sum, or the sum of infinities"),
    (r"^__r", "", "Python asks these methods of the object itself alone"),
    (r"^to$", "argument 1", "True, which torch takes for the type of booleans"),
    (r"^nn\.functional\.threshold$", "integers", "integers become floats here"),
    (r"^resize_(as_)?$", "", "elements that torch leaves as the memory has them"),
)
# Raw errors of Python's: properties and methods of an object that is no tensor.
METHODS = (
    r"^(mT|mH|H|T|item|contiguous|bool|byte|char|double|float|half|int|long|short|to|__\w+__)$",
    r"^(cauchy|exponential|geometric|log_normal|uniform|new_\w+|\w+_)$",
)
FEW = (
    "add",
    "matmul",
    "sum",
    "cumsum",
    "gather",
    "softmax",
    "nn.functional.prelu",
    "clamp",
    "sort",
    "roll",
    "nn.functional.threshold",
)


def held(name, entries):
    found = []
    for op in entries:
        for how, which, mine, theirs in wrong.differences(op):
            if how == "other value" and any(re.search(a, name) and re.search(b, which) for a, b, _why in OTHER):
                continue
            if (
                how.startswith("bare")
                and which.startswith("argument 0")
                and any(re.search(each, name) for each in METHODS)
            ):
                continue
            if how == "other value" or how.startswith("bare"):
                found.append((how, which, wrong.text(mine), wrong.text(theirs)))
    return found


ENTRIES = {}
for each in wrong.entries():
    ENTRIES.setdefault(each.name, []).append(each)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_wrong_argument(name, request):
    if name not in FEW and not request.config.getoption("--nightly"):
        pytest.skip("the other operations: pytest --nightly")
    assert held(name, ENTRIES[name]) == []
