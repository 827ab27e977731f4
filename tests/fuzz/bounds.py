"""What one input of a fuzz test may take."""

import contextlib
import resource
import signal
from pathlib import Path

SECONDS, BYTES = 20, 1_500_000_000


@contextlib.contextmanager
def bounded(seconds=SECONDS, size=BYTES):
    """A processor time and a memory that end in an error."""

    def late(_signal, _frame):
        raise AssertionError(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, late)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + size, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)  # of this process, whatever else the machine does
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
