"""The tests of kernels, and of what they serve, under glibc's checking allocator: it reports what the fence does not see.

The allocator looks at the bytes around each piece of memory when it is given back, BLAS’s and the interpreter’s own included. Arrays
under a kilobyte numpy keeps for itself and gives back never: those are for the fence.
"""

import ctypes.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = "libc_malloc_debug.so.0"


def _loads():
    try:
        ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    return True


pytestmark = pytest.mark.skipif(not _loads(), reason=f"{LIBRARY} of glibc is not here")

# numpy and numba ask malloc directly, so that each array is a piece of its own.
CHECKED = {
    **os.environ,
    "LD_PRELOAD": LIBRARY,
    "GLIBC_TUNABLES": "glibc.malloc.check=3",
    "PYTHONMALLOC": "malloc",
    "TINYGRAD_FR_LANG": "en",
    "PYTHONPATH": str(ROOT),
}
QUICK = ["tests/kernels/test_recurrent_kernels.py", "tests/kernels/test_softmax.py", "tests/kernels/test_rows.py"]
WHOLE = ["tests/kernels", "tests/test_gradients.py", "tests/record"]


def run(*given):
    return subprocess.run([sys.executable, *given], capture_output=True, text=True, env=CHECKED, cwd=ROOT, check=False)


@pytest.mark.long
def test_kernels_leave_what_lies_around_their_arrays_alone(request):
    tests = WHOLE if request.config.getoption("--nightly") else QUICK
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])


@pytest.mark.parametrize(
    ("made", "first", "count"),
    [
        ("np.zeros(2001, np.uint8)", "x.ctypes.data + x.nbytes", 1),
        ("np.zeros(2000, np.float32)", "x.ctypes.data + x.nbytes", 4),
        ("np.zeros(2000)", "x.ctypes.data - 8", 1),
    ],
)
def test_an_overflow_is_reported(made, first, count):
    """The tooth: a byte after an array, four after one, a byte before one.

    The allocator's mark depends on the address, and it looks for that mark from the end: so a byte of one value would now and
    then be the mark itself, and the array's own zeros too. Bytes are turned, and the array holds what the mark is not.
    """
    done = run(
        "-c",
        f"import ctypes\nimport numpy as np\nx = {made}\n"
        "x.view(np.uint8)[:] = 255 ^ ctypes.c_ubyte.from_address(x.ctypes.data + x.nbytes).value\n"
        f"print('written', flush=True)\nfor i in range({count}):\n"
        f"    ctypes.c_ubyte.from_address({first} + i).value ^= 255\ndel x\nprint('past', flush=True)",
    )
    assert done.stdout == "written\n", (done.stdout, done.stderr)
    assert done.returncode == -signal.SIGABRT
