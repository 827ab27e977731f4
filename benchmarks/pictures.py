"""Pictures of an LSTM computed op by op, ours and others', against its length.

    python -m benchmarks.pictures [--json] [NAME…]

Each picture is made in a process of its own, from nothing to an SVG, and given up after two minutes. The peers come with
the extra ``peers`` and need the program ``dot``; one that is absent is named.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

STEPS = (5, 20, 50, 100)
LIMIT = 120  # seconds

_TORCH = """
import torch
class LSTM(torch.nn.Module):
    def __init__(self, features=8, hidden=32):
        super().__init__()
        self.gates = torch.nn.ModuleDict({g: torch.nn.Linear(features + hidden, hidden) for g in "fico"})
        self.head = torch.nn.Linear(hidden, 10)
        self.hidden = hidden
    def forward(self, x):
        h = c = x.new_zeros(x.shape[1], self.hidden)
        for t in range(x.shape[0]):
            both = torch.cat([h, x[t]], 1)
            f, i, o = (torch.sigmoid(self.gates[g](both)) for g in "fio")
            c = f * c + i * torch.tanh(self.gates["c"](both))
            h = o * torch.tanh(c)
        return self.head(h)
model, x = LSTM(), torch.randn({steps}, 1, 8)
"""

_OURS = """
from tinygrad_fr.draw import PAGES, diagram_of, place, render, wrapped
from tinygrad_fr.explain import observed
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.plugins import Catalogue
model = Catalogue().load("lstm")
run = observed(model, model.settings.replaced({{"steps": "{steps}"}}))
seen = view(run.graph, {distance})
svg = render(wrapped(place(diagram_of(seen, passes="both", title="LSTM")), PAGES["slide"]), "svg")
nodes = len(seen.units)
"""

PROGRAMS = {
    "tinygrad_fr, unrolled": _OURS.replace("{distance}", 'Distance(zoom="op", roll=False)'),
    "tinygrad_fr, rolled": _OURS.replace("{distance}", 'Distance(zoom="op", roll=True)'),
    "torchviz": _TORCH
    + """
import torchviz
dot = torchviz.make_dot(model(x).sum(), params=dict(model.named_parameters()))
svg = dot.pipe("svg"); nodes = sum("label" in line and "->" not in line for line in dot.body)
""",
    "torchview": _TORCH
    + """
import torchview
dot = torchview.draw_graph(model, input_data=x, depth=10, expand_nested=True).visual_graph
svg = dot.pipe("svg"); nodes = sum("->" not in line and "label=" in line for line in dot.body)
""",
    "torchlens, unrolled": _TORCH
    + """
import torchlens
log = torchlens.trace(model, x)
log.draw(vis_outpath="{folder}/picture", vis_fileformat="svg", vis_save_only=True, vis_mode="{mode}")
svg = open("{folder}/picture.svg", "rb").read(); nodes = svg.count(b'class="node"')
""".replace("{mode}", "unrolled"),
}
PROGRAMS["torchlens, rolled"] = PROGRAMS["torchlens, unrolled"].replace('vis_mode="unrolled"', 'vis_mode="rolled"')  # fmt: skip


def picture(program: str, steps: int) -> dict[str, object]:
    """Seconds, nodes and bytes of one picture; what went wrong otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        code = program.replace("{folder}", folder).replace("{steps}", str(steps))
        code = code.replace("{{", "{").replace("}}", "}") + "\nimport json; print(json.dumps([nodes, len(svg)]))"
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
            text=True, start_new_session=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the program dot, which would go on
            process.communicate()
            return {"failed": f"over {LIMIT} s"}
        seconds = time.perf_counter() - start
        if process.returncode:
            said = err.strip().splitlines()
            absent = "ModuleNotFoundError" in (said[-1] if said else "")
            return {"failed": "absent" if absent else said[-1] if said else f"exit {process.returncode}"}
        nodes, size = json.loads(out.strip().splitlines()[-1])
        return {"seconds": round(seconds, 2), "nodes": nodes, "bytes": size}


def main() -> None:
    """Print the table, or JSON."""
    found = {}
    only = [word for word in sys.argv[1:] if not word.startswith("-")]
    for name, program in PROGRAMS.items():
        if only and name.split(",")[0] not in only:
            continue
        found[name] = {}
        for steps in STEPS:
            gave_up = str(found[name].get(str(steps // 2), found[name].get("20", {})).get("failed", "")).startswith(
                "over"
            )
            found[name][str(steps)] = {"failed": "given up"} if gave_up else picture(program, steps)
    if "--json" in sys.argv:
        print(json.dumps(found, indent=2))
        return
    for name, row in found.items():
        cells = [f"{c['seconds']} s, {c['nodes']} nodes" if "seconds" in c else str(c["failed"]) for c in row.values()]
        print(f"{name:24s} " + "  ".join(f"T={steps}: {cell:22s}" for steps, cell in zip(row, cells, strict=True)))


if __name__ == "__main__":
    main()
