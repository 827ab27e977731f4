"""Measure, print, and write.

python -m benchmarks --quick                     the rows alone, in about a minute
python -m benchmarks --rows lstm lstm-ops        some rows
python -m benchmarks --json benchmarks/results.json --chart benchmarks/results.svg
python -m benchmarks vocabulary                  every operation of a lesson instead, against torch
python -m benchmarks memory                      what a step holds, eager and compiled
python -m benchmarks record                      what mirroring a module of PyTorch costs, against torch alone
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

# Before numpy loads: two pools of threads that spin on the same cores would slow the other contender down.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("CPU" if shutil.which("clang") else "LLVM", "1")  # how tinygrad compiles

from benchmarks import processes, report
from benchmarks.machine import machine
from benchmarks.rows import measured
from benchmarks.workloads import WORKLOADS


def main(arguments: list[str] | None = None) -> int:
    """Give 1 when compared programs computed different numbers."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["vocabulary"]:
        from benchmarks.vocabulary.run import main as vocabulary

        return vocabulary(arguments[1:])
    if arguments == ["memory"]:
        print(processes.text({"memory": processes.memory()}))
        return 0
    if arguments[:1] == ["record"]:
        from benchmarks.record import main as record

        return record(arguments[1:])
    asked = _parser().parse_args(arguments)
    rounds, budget = (5, 0.5) if asked.quick else (30, 20.0)
    results: dict[str, Any] = {"machine": machine(), "quick": asked.quick}
    print(report.heading(machine()), end="\n\n")
    rows = []
    for key in asked.rows or WORKLOADS:
        rows.append(measured(WORKLOADS[key], rounds=rounds, budget=budget, compilers=not asked.quick))
        print(report.text(rows[-1]), end="\n\n", flush=True)
    print(report.summary(rows))
    results["rows"] = rows
    if not asked.quick and not asked.rows:
        for part in (processes.startup, processes.memory, processes.growth):
            results[part.__name__] = part()
            print(processes.text({part.__name__: results[part.__name__]}), end="\n\n", flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if asked.chart:
        from benchmarks.chart import svg

        asked.chart.write_bytes(svg(results))
    return int(any("other numbers" in reason for row in rows for reason in row["missing"].values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Speed, as ratios against peers measured in the same run."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, and nobody who compiles for minutes")
    parser.add_argument(
        "--rows", nargs="+", choices=WORKLOADS, metavar="ROW", help=f"only these: {', '.join(WORKLOADS)}"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--chart", type=Path, metavar="FILE.svg", help="draw them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
