"""What a step frees serves the next one, unless whoever runs the program has set up the C library otherwise."""

import os
import subprocess
import sys

import numpy as np
import pytest

GLIBC = "CS_GNU_LIBC_VERSION" in getattr(os, "confstr_names", ())
STEPS = """
import resource
from tinygrad_fr import ones
x = ones(1000, 100, requires_grad=True)

def step():
    x.grad = None
    d = x - 1
    (d * d).mean().backward()

for _ in range(5):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(**environment):
    """Pages that the system gave to twenty steps, after five others."""
    silent = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
    run = [sys.executable, "-c", STEPS]
    return int(subprocess.run(run, env={**silent, **environment}, capture_output=True, check=True).stdout)


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_a_step_takes_no_pages_of_the_system():
    assert faults() < 200
    assert faults(MALLOC_TRIM_THRESHOLD_="131072") > 2000


PLACES = """
import gc
import numpy as np
before = [np.ones(n) for n in (4, 5_000, 1_000_000)]
import tinygrad_fr.kernels.runtime.jit
from tinygrad_fr.kernels.runtime.memory import address
random = np.random.default_rng(0)
held = []
for turn in range(2000):
    size = int(2 ** random.uniform(0, 20))
    array = np.empty(size, np.float32)
    array[:] = turn
    if size > 100 and turn % 7 == 0:
        array.resize(size // 2 if turn % 2 else size * 2, refcheck=False)
        array[:] = turn
    held.append((turn, array))
    if len(held) > 40:
        turn_then, checked = held.pop(int(random.integers(40)))
        assert (checked == turn_then).all()
print({address(np.empty(n, np.uint8)) % 64 for n in (1 << 14, 99_999, 1 << 22, (1 << 25) + 1) for again in range(9)})
print(np._core.multiarray.get_handler_name())
"""


def placed(**environment):
    """Where large arrays start within a line of the cache, and whose functions numpy asks."""
    run = [sys.executable, "-c", PLACES]
    return subprocess.run(run, env={**os.environ, **environment}, capture_output=True, check=True, text=True).stdout


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_large_arrays_start_at_a_cache_line_unless_told_otherwise():
    assert placed(TINYGRAD_FR_ALIGNED="1").split("\n")[:2] == ["{0}", "tinygrad_fr"]
    assert "default_allocator" in placed(TINYGRAD_FR_ALIGNED="0")


@pytest.mark.skipif(not GLIBC, reason="the C library is not glibc")
def test_who_gave_numpy_other_functions_keeps_them():
    from tinygrad_fr.kernels.runtime.alignment import align_large_arrays

    name = np._core.multiarray.get_handler_name()
    assert name != "tinygrad_fr" or not align_large_arrays()
