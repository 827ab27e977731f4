"""What a step frees serves the next one, unless whoever runs the program has set up the C library otherwise."""

import os
import subprocess
import sys

import pytest

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


@pytest.mark.long
@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", ()), reason="the C library is not glibc")
def test_a_step_takes_no_pages_of_the_system():
    assert faults() < 200
    assert faults(MALLOC_TRIM_THRESHOLD_="131072") > 2000
