"""Print a table of ratios, or JSON with ``--json``."""

from __future__ import annotations

import json
import os
import sys

# Before numpy loads: two pools of threads that spin on the same cores would slow the other contender down.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.measure import medians
from benchmarks.workloads import WORKLOADS, same


def main() -> int:
    """Measure every workload against torch."""
    try:
        import torch
    except ImportError:
        print("torch is absent: pip install -e '.[peers]'", file=sys.stderr)
        return 1
    results = []
    for name, make in WORKLOADS.items():
        runs = make(torch)
        if not same(runs):
            print(f"{name}: the contenders disagree", file=sys.stderr)
            return 1
        found = medians(runs)
        ratio = found["tinygrad_fr"] / found["torch"]
        results.append({"workload": name, **{f"{k} ms": round(v * 1e3, 3) for k, v in found.items()}, "ratio": ratio})
        if "--json" not in sys.argv:
            print(f"{name:44s} {found['tinygrad_fr'] * 1e3:9.3f} ms {found['torch'] * 1e3:9.3f} ms   {ratio:5.2f}")
    if "--json" in sys.argv:
        print(json.dumps(results, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
