"""The command: measure the vocabulary, print it, write figures and chart."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks import report as rows_report
from benchmarks.machine import machine
from benchmarks.vocabulary.entries import ENTRIES, SIDES
from benchmarks.vocabulary.measure import measured
from benchmarks.vocabulary.report import line, summary


def main(arguments: list[str]) -> int:
    """Give 1 where an operation computed other numbers than torch's."""
    asked = _parser().parse_args(arguments)
    rounds, budget, turn = (25, 0.25, 0.002) if asked.quick else (100, 1.5, 0.002)
    print(rows_report.heading(machine()), end="\n\n")
    rows: list[dict[str, Any]] = []
    for size in asked.sizes:
        for entry in ENTRIES:
            if size in entry.sizes and (not asked.only or entry.name in asked.only):
                rows.append(measured(entry, size, rounds=rounds, budget=budget, turn=turn))
                print(line(rows[-1]), flush=True)
    print(summary(rows))
    results = {"machine": machine(), "quick": asked.quick, "rows": rows}
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    if asked.chart:
        from benchmarks.vocabulary.chart import svg

        asked.chart.write_bytes(svg(results))
    return int(any(row.get("missing", "").startswith("other numbers") for row in rows))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks vocabulary", description="Every operation against torch.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--sizes", nargs="+", choices=SIDES, default=list(SIDES), metavar="SIZE")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these operations")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    parser.add_argument("--chart", type=Path, metavar="FILE.svg", help="draw them")
    return parser
