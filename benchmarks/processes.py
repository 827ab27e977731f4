"""What only a process of its own can show: starting up, peak memory, and cost against size."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from typing import Any

from benchmarks.contender import OURS

LIMIT = 120  # seconds, then a process is given up
MODELS = ("neuron", "mlp", "lenet", "lstm", "gpt")
HUNGRY = ("lenet", "tower", "lstm", "lstm-ops", "gpt", "bert", "vae", "seq2seq")
SIZES = {
    "operations": (100, 1000, 10_000, 100_000, 1_000_000),
    "steps": (10, 30, 100, 300, 1000),
    "batch": (1, 32, 1024),
}

_FIRST = """
from tinygrad_fr.plugins import Catalogue
model = Catalogue().load("{model}")
module = model.build(model.settings)
model.loss(module, model.example(model.settings)).backward()
"""


def alone(code: str, **environment: str) -> dict[str, Any]:
    """Seconds of a process that runs this code, and what it printed as JSON; why there is nothing otherwise."""
    start = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=LIMIT, check=False,
            env={**os.environ, **environment},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"failed": f"over {LIMIT} s"}
    seconds = time.perf_counter() - start
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}
    return {"seconds": round(seconds, 3), **json.loads(done.stdout or "{}")}


def startup() -> dict[str, Any]:
    """Seconds to import, to ``--help``, and to a first gradient with an empty kernel cache and with the one it left."""
    found = {
        "python": alone("pass"),
        "import tinygrad_fr": alone("import tinygrad_fr"),
        "import torch": alone("import torch"),
        "--help": alone(
            "import sys; sys.argv[1:] = ['--help']\nfrom tinygrad_fr.cli import main\nsys.stdout = sys.stderr\nmain()"
        ),
    }
    for model in MODELS:
        with tempfile.TemporaryDirectory() as cache:
            for state in ("cold", "warm"):
                found[f"{model}, {state}"] = alone(_FIRST.replace("{model}", model), NUMBA_CACHE_DIR=cache)
    return found


def memory() -> dict[str, Any]:
    """Peak bytes that three steps add to a process in which everything is built, by row and contender; ours counted too."""
    contenders = (*OURS, "torch")
    return {
        key: {name: alone(f"from benchmarks.subject import steps; steps({key!r}, {name!r})") for name in contenders}
        for key in HUNGRY
    }


def growth() -> dict[str, Any]:
    """Seconds and bytes of one operation (or time step, or example) of an eager step, at each size."""
    return {
        kind: {str(size): alone(f"from benchmarks.subject import sized; sized({kind!r}, {size})") for size in sizes}
        for kind, sizes in SIZES.items()
    }


def text(found: dict[str, Any], indent: str = "") -> str:
    """Figures by name, nested as they are."""
    lines = []
    for name, value in found.items():
        if all(isinstance(each, dict) for each in value.values()):
            lines += [f"{indent}{name}", text(value, indent + "    ")]
        else:
            lines.append(f"{indent}{name:24s}" + "   ".join(f"{key} {_short(each)}" for key, each in value.items()))
    return "\n".join(lines)


def _short(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"
