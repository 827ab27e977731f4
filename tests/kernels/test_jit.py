"""A kernel that two processes compile at once, each for a type of its own, is kept for both."""

import subprocess
import sys

FUNCTION = """
from tinygrad_fr.kernels.jit import njit

@njit(cache=True)
def kernel(x):
    return x + 1
"""

PROGRAM = """
import sys, time
from pathlib import Path
import numpy as np
from numba.core.caching import IndexDataCacheFile
here, kind = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, str(here))
plain = IndexDataCacheFile._load_index
def slow(self):
    found = plain(self)
    time.sleep(1)  # the other comes between the reading of the index and its writing
    return found
IndexDataCacheFile._load_index = slow
from shared import kernel
(here / f"{kind}.ready").touch()
while len(list(here.glob("*.ready"))) < 2:
    time.sleep(0.01)
print(kernel(np.ones(2, kind)).dtype, sum(kernel.stats.cache_hits.values()))
"""


def said(folder):
    for ready in folder.glob("*.ready"):
        ready.unlink()
    programs = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), kind], stdout=subprocess.PIPE, text=True)
        for kind in ("float32", "int64")
    ]
    return [program.communicate()[0].split() for program in programs]


def test_codes_are_not_exchanged(tmp_path):
    """With numba's own ``njit``, one of the two overwrites the other's entry unless they miss each other by more than a second."""
    (tmp_path / "shared.py").write_text(FUNCTION)
    assert said(tmp_path) == [["float32", "0"], ["int64", "0"]]
    assert said(tmp_path) == [["float32", "1"], ["int64", "1"]]
