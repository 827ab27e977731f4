"""Two installed versions, before and after a change, measured in turn.

python -m benchmarks.versions BEFORE/bin/python AFTER/bin/python
python -m benchmarks.versions BEFORE/bin/python AFTER/bin/python --rows lstm gpt --rounds 15 --clock process_time

Each version runs in a process of its own, in the environment of the interpreter that is given; both run this checkout's
programs. A round times one step in each process, by the clock on the wall, or as processor time, in which a second core counts
while it waits for its share; the ratio of a row is the median over the rounds.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contender import OURS
from benchmarks.workloads import WORKLOADS

# What a version's process runs: a line of JSON asks for a row, an empty line for one more turn of it.
_SERVER = """
import json, sys, time
sys.path.insert(0, sys.argv[1])
from benchmarks.measure import timed_turn
from benchmarks.workloads import WORKLOADS
for line in sys.stdin:
    if line.strip():
        key, name = json.loads(line)
        contender = WORKLOADS[key].makers[name]()
        for _warm in range(3):
            contender.step()
    print(timed_turn(contender, getattr(time, sys.argv[2])), flush=True)
"""


class Version:
    """One installed version, in a process of its own."""

    def __init__(self, python: str, programs: str, clock: str) -> None:
        self.process = subprocess.Popen(
            [python, "-W", "ignore", "-c", _SERVER, programs, clock],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=programs,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip

    def __enter__(self) -> Version:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait()

    def seconds(self, row: tuple[str, str] | None = None) -> float:
        """Seconds of a step, of another row if one is named."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps(row) if row else "", file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


def compared(before: Version, after: Version, row: tuple[str, str], rounds: int) -> dict[str, Any]:
    """After / before of one row: the median over the rounds, with its quartiles."""
    for version in (before, after):
        version.seconds(row)
    pairs = [(before.seconds(), after.seconds()) for _round in range(rounds)]
    low, median, high = np.percentile([b / a for a, b in pairs], (25, 50, 75))
    return {"row": row, "milliseconds": 1e3 * float(np.median(pairs)), "low": low, "median": median, "high": high}


def main(arguments: list[str] | None = None) -> int:
    """Print a line per row, and the geometric mean of all."""
    parser = argparse.ArgumentParser("python -m benchmarks.versions", description="Two installed versions, in turn.")
    parser.add_argument("before", help="the interpreter of the environment that has the version before")
    parser.add_argument("after", help="the interpreter of the environment that has the version after")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rows", nargs="+", choices=WORKLOADS, default=list(WORKLOADS), metavar="ROW")
    parser.add_argument("--clock", choices=("perf_counter", "process_time"), default="perf_counter")
    asked = parser.parse_args(arguments)
    found = []
    with tempfile.TemporaryDirectory() as programs, ExitStack() as stack:
        (Path(programs) / "benchmarks").symlink_to(Path(__file__).parent, target_is_directory=True)
        before, after = (
            stack.enter_context(Version(python, programs, asked.clock)) for python in (asked.before, asked.after)
        )
        for key in asked.rows:
            for name in OURS:
                if name in WORKLOADS[key].makers:
                    found.append(compared(before, after, (key, name), asked.rounds))
                    print(
                        f"{found[-1]['median']:.3f}  ({found[-1]['low']:.3f} to {found[-1]['high']:.3f})  "
                        f"{found[-1]['milliseconds']:8.3f} ms  {key}, {name}",
                        flush=True,
                    )
    mean = math.exp(sum(math.log(each["median"]) for each in found) / len(found))
    print(f"{mean:.3f}  geometric mean of {len(found)} rows, after / before")
    return 0


if __name__ == "__main__":
    sys.exit(main())
