"""The table of scores, measured: what each model reaches on rows never seen, on three seeds.

    python -m tinygrad_fr.testing.tables.scores mlp lstm    # measure these anew; the other lines stay
    python -m tinygrad_fr.testing.tables.scores             # all

It is run where the repository is, and writes ``docs/scores.md``. The tests read there which models are slow.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tinygrad_fr.files import write
from tinygrad_fr.locale import set_language
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.plugins import Model

PAGE = Path("docs", "scores.md")
SEEDS = (0, 1, 2)
SLOW = 5.0  # seconds a seed, from which the tests leave the other seeds to the night
HEAD = """\
# Scores

Written by `python -m tinygrad_fr.testing.tables.scores`: each model trained by its recipe on seeds 0, 1 and 2, scored on rows that
it never saw. Seconds are those of one seed, on one core. Tests are those that name the model.

| Model | Score of each seed (%) | To reach (%) | Seconds | Parameters | Tests |
|---|---|---|---|---|---|
"""
_SECONDS = 4  # place of the seconds in a line


def measure(model: Model, tests: int) -> str:
    """One line of the table."""
    runs = [train(model, seed=seed) for seed in SEEDS]
    scores = " · ".join(f"{100 * run.score:.1f}" for run in runs)
    seconds = sum(run.epochs[-1].seconds for run in runs) / len(runs)
    parameters = sum(math.prod(p.shape) for p in runs[0].module.parameters())
    expected = f"{100 * runs[0].recipe.score:g}"
    return f"| {model.name} | {scores} | {expected} | {seconds:.1f} | {parameters} | {tests} |"


def lines(page: Path = PAGE) -> dict[str, str]:
    """The lines of the table by model; none where it was never written."""
    if not page.exists():
        return {}
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if re.match(r"\| [a-z]", line)]
    return {line.split("|")[1].strip(): line for line in rows}


def slow(page: Path = PAGE) -> set[str]:
    """Models that take long to train, by the table; one that was never measured counts as quick."""
    return {name for name, line in lines(page).items() if float(line.split("|")[_SECONDS]) >= SLOW}


def tests_of(names: Iterable[str]) -> dict[str, int]:
    """How many tests name each model among their parameters."""
    plain = ["-o", "addopts=--import-mode=importlib -q"]
    command = [sys.executable, "-m", "pytest", *plain, "--collect-only", "tests", "--ignore=tests/oracle"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    chosen = [f"-{line.partition('[')[2].rstrip(']')}-" for line in found]  # parameters, a hyphen between two
    return {name: sum(f"-{name}-" in parameters for parameters in chosen) for name in names}


def main(names: list[str]) -> None:
    """Measure models and write the page."""
    set_language("en")
    found = Catalogue()
    models = [found.load(name) for name in names] if names else found.load_all()
    counts = tests_of(model.name for model in models)
    table = lines()
    for model in models:
        table[model.name] = measure(model, counts[model.name])
        print(table[model.name], file=sys.stderr, flush=True)
        known = [table[name] for name in found.sources if name in table]
        write(PAGE, (HEAD + "\n".join(known) + "\n").encode())


if __name__ == "__main__":
    main(sys.argv[1:])
