"""The table of docs/figures.md from the committed figures: ``python -m benchmarks.table``."""

import json
from pathlib import Path

from benchmarks.report import heading, markdown

if __name__ == "__main__":
    results = json.loads(Path(__file__).with_name("results.json").read_text())
    print(heading(results["machine"]), markdown(results), sep="\n\n")
