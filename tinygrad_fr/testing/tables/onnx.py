"""The table of models in ONNX, measured: each exported, and its answers in onnxruntime beside ours.

    python -m tinygrad_fr.testing.tables.onnx > docs/onnx.md

The same runs are the test: on the example, on its numbers in another order, and on five times its rows where these are
free.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.bridges.onnx.export import evaluating, forward, grown, stirred, written
from tinygrad_fr.bridges.onnx.functions import written_out_ones
from tinygrad_fr.bridges.onnx.meanings import MEANINGS
from tinygrad_fr.locale import set_language
from tinygrad_fr.modes import recording
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.testing.tables.onnx_nodes import outcomes, section
from tinygrad_fr.training import built

if TYPE_CHECKING:
    from tinygrad_fr.plugins import Model

HEAD = """\
# Models in ONNX

Written by `python -m tinygrad_fr.testing.tables.onnx`: what `tinygrad-fr export NAME` writes of each model, and the largest
difference between onnxruntime's answers and ours, in float32 (cooccurrence's table and the neuron's numbers are float64), on
the example, on its numbers in another order, and on five times its rows. Rows are free if the graph is valid for any number of
them; the neuron has none. Every composite that ONNX has is one operator, and the others are their equations.

[Below](#operators-that-come-in) are the operators that can be read, and the results of [ONNX’s own tests](#onnxs-own-tests-of-its-operators).

| Model | Nodes | Operators | Opset | Rows | Inputs | Outputs | Difference |
|---|---|---|---|---|---|---|---|
"""
MORE = 5


class Line(NamedTuple):
    """What was measured of one model.

    Attributes:
        model: its name.
        nodes: of the graph.
        operators: how often each stands there.
        opset: of the file.
        free: whether it takes any number of rows.
        inputs: names.
        outputs: names.
        difference: largest, over every run.
    """

    model: str
    nodes: int
    operators: Counter[str]
    opset: int
    free: bool
    inputs: list[str]
    outputs: list[str]
    difference: float

    def __str__(self) -> str:
        operators = ", ".join(
            f"{name} ×{n}" if n > 1 else name for name, n in sorted(self.operators.items(), key=lambda item: -item[1])
        )
        cells = (
            self.model, self.nodes, operators, self.opset, "free" if self.free else "fixed", ", ".join(self.inputs),
            ", ".join(self.outputs), f"{self.difference:.0e}" if self.difference else "0",
        )  # fmt: skip
        return f"| {' | '.join(map(str, cells))} |"


def measure(model: Model) -> Line:
    """Export a model, and run it in onnxruntime and here."""
    import onnxruntime

    module = built(model, model.settings, 0)
    run, arrays = forward(model, model.settings, module)
    made = written(module, run, arrays)
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    free = any(side.dim_param for value in made.graph.input for side in value.type.tensor_type.shape.dim)
    worst = 0.0
    for given in (arrays, [stirred(x) for x in arrays], *([grown(arrays, MORE)] if free else [])):
        with evaluating(module), recording():
            done = run(given)
        feeds: dict[str, Any] = {name: np.asarray(node.value) for name, node in done.inputs.items()}
        for found, node in zip(session.run(None, feeds), done.outputs.values(), strict=True):
            if found.shape != np.shape(node.value):
                return _line(model, made, free, np.inf)
            worst = max(worst, float(np.max(np.abs(found - node.value), initial=0.0)))
    return _line(model, made, free, worst)


def _line(model: Model, made: Any, free: bool, worst: float) -> Line:
    graph = made.graph
    return Line(
        model.name,
        len(graph.node),
        Counter(node.op_type for node in graph.node),
        made.opset_import[0].version,
        free,
        [value.name for value in graph.input],
        [value.name for value in graph.output],
        worst,
    )


def coming() -> str:
    """The operators that a file may use, by domain."""
    domains: dict[str, list[str]] = {}
    for domain, operator in sorted(MEANINGS):
        domains.setdefault(domain or "ai.onnx", []).append(f"`{operator}`")
    lines = [f"- {domain} ({len(names)}): {', '.join(names)}" for domain, names in domains.items()]
    said = ", ".join(f"`{name}`" for name in written_out_ones())
    lines.append(
        f"- written out as ONNX itself says them in smaller ones, where types are known (what draws at random is refused): {said}"
    )
    return "\n".join(["", "## Operators that come in", "", *lines])


def page() -> str:
    """The page as Markdown."""
    models = "\n".join(str(measure(model)) for model in Catalogue().load_all())
    return f"{HEAD}{models}\n\n{section(outcomes())}{coming()}\n"


if __name__ == "__main__":
    set_language("en")
    print(page(), end="")
