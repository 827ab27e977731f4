"""Every kernel and every operation under the fence: a right value or one sentence, never a signal.

Each family of cases runs in a process of its own, once for each end of the arrays; a process that ends names the case that it
was at. ``pytest --nightly`` takes many more sizes of each.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.fence import kernels
from tinygrad_fr.ops import registry

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="closed pages are asked of Linux")

KERNELS, OPERATIONS = sorted(kernels.CONTRACTED), sorted(registry)
# numpy's linear algebra knows no half floats; the derivative of a solution says so in numpy's words.
KNOWN = ("solve_matrix", "half floats")


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_NUM_THREADS": "3", "TINYGRAD_FR_LANG": "en"}


def run(side, kind, first, last, shapes, names):
    """The faults of a worker, and its counts; a process that ended at a case counts as its fault."""
    given = [sys.executable, "-m", "tests.fence.worker", side, kind, str(first), str(last), shapes, *names]
    done = subprocess.run(given, capture_output=True, text=True, env=environment(), cwd=ROOT, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    faults = [line for line in lines if "fault" in line]
    if done.returncode:
        at = next((line["start"] for line in reversed(lines) if "start" in line), "the start")
        name = signal.Signals(-done.returncode).name if done.returncode < 0 else done.returncode
        faults.append({"case": at, "fault": f"the process ended with {name}: {done.stderr[-1500:]}"})
        return faults, {}
    return faults, lines[-1]


@pytest.mark.long
@pytest.mark.parametrize("side", ["after", "before"])
def test_kernels_stay_within_their_arrays(side, request):
    nightly = request.config.getoption("--nightly")
    faults, found = run(side, "kernel", 0, 200 if nightly else 8, "sizes", KERNELS)
    assert not faults, faults
    assert found["counts"]["fits"] == len(KERNELS) * (200 if nightly else 8)
    assert found["counts"]["equal"] >= found["counts"]["fits"] / 3
    assert found["fenced"] > 10 * found["counts"]["fits"]


@pytest.mark.long
@pytest.mark.parametrize("side", ["after", "before"])
def test_kernels_refuse_arrays_that_do_not_fit(side, request):
    faults, found = run(side, "kernel", 0, 12 if request.config.getoption("--nightly") else 1, "shapes", KERNELS)
    assert not faults, faults
    assert found["counts"]["refused"] > 40 * len(KERNELS)
    assert "wrong" not in found["counts"]


@pytest.mark.long
@pytest.mark.parametrize("side", ["after", "before"])
def test_operations_stay_within_their_arrays(side, request):
    """On their own samples, and with each operand of another shape, layout or dtype: there and back."""
    faults, found = run(side, "operation", 0, 20 if request.config.getoption("--nightly") else 1, "shapes", OPERATIONS)
    faults = [fault for fault in faults if not all(word in fault["case"] for word in KNOWN)]
    assert not faults, faults
    assert found["counts"]["fits"] >= 200
    assert found["counts"]["refused"] > 1000


@pytest.mark.long
@pytest.mark.parametrize("side", ["after", "before"])
def test_compiled_operations_stay_within_their_arrays(side, request):
    faults, found = run(side, "compiled", 0, 20 if request.config.getoption("--nightly") else 1, "sizes", OPERATIONS)
    assert not faults, faults
    assert found["counts"]["turns"] >= 600


# What a fence catches, one program each: a number more than the array has, read or written, at either end.
BROKEN = {
    "a read after an operand": ("after", "peek(np.ones(5, np.float32), 5)"),
    "a read before an operand": ("before", "peek(np.ones(5, np.float32), -6)"),
    "a write after an output": ("after", "poke(np.empty(3), 3)"),
    "a write before an output": ("before", "poke(np.empty(3), -4)"),
    "a read after an odd number of bytes": ("after", "peek(np.ones(7, bool), 7)"),
    "a read long after a workspace": ("after", "work(100, 116)"),
    "a read of what was given back": ("after", "given_back()"),
}
PROGRAM = """
import ctypes, os, sys
import numpy as np
from numba import njit
from tests.fence.fence import Fence

@njit(boundscheck=False)
def peek(x, i):
    return x.reshape(-1)[i]

@njit(boundscheck=False)
def poke(x, i):
    x[i] = 1

@njit
def work(n, i):
    return np.ones(n)[i]

def given_back():
    at = np.ones(3).ctypes.data
    return ctypes.c_double.from_address(at).value

fence = Fence({side!r})
fence.put_up()
peek(np.ones(5, np.float32), 0), peek(np.ones(7, bool), 0), poke(np.empty(3), 0), work(3, 0)  # compiled, and nothing wrong
print("up", flush=True)
with fence.watched():
    {call}
print("past", flush=True)
os._exit(0)
"""


@pytest.mark.long
@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_does_not_pass_a_fence(name):
    side, call = BROKEN[name]
    text = textwrap.dedent(PROGRAM).format(side=side, call=call)
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment(), check=False)
    assert done.stdout == "up\n", (done.stdout, done.stderr)
    assert done.returncode == -signal.SIGSEGV
