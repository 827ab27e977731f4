"""Which arrays of a file are learned, which are kept beside them, and which are plain: by what the file does with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.meanings import MEANINGS, WEIGHTS
from tinygrad_fr.bridges.onnx.reader import clean
from tinygrad_fr.bridges.onnx.writer import CONSTANT, PRODUCER
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tinygrad_fr.bridges.onnx.plan import Step

KIND = (
    "pkg.torch.export.graph_signature.InputSpec.kind"  # what torch's exporter says of each array that its model names
)
TORCH, WORKED_OUT = "pytorch", "onnx::"  # and how its older exporter calls what it worked out itself
# What reads weights that torch's exporters turned or joined, under names of their own; the scale and the shift of a norm that
# has none of its own are such constants too, and are not learned.
TURNED = {"Conv", "ConvTranspose", "Gemm", "MatMul", "PRelu", "RNN", "LSTM", "GRU", "Gather"}
HIDDEN = -1e4  # what masks add to hide something is as low, or lower


class Roles:
    """Decides for one file.

    Args:
        model: the file's.
        arrays: by the names that the plan keeps them under.
        constants: those that stood in Constant nodes.
        chosen: names of those that are learned, where somebody says so.
        path: of the file.
    """

    def __init__(
        self, model: Any, arrays: Mapping[str, Any], constants: set[str], chosen: frozenset[str] | None, path: Path
    ) -> None:
        self.arrays, self.constants, self.chosen, self.path = arrays, constants, chosen, path
        self.producer = model.producer_name
        self.said = {
            value.name: entry.value
            for value in (*model.graph.value_info, *model.graph.input, *model.graph.output)
            for entry in value.metadata_props
            if entry.key == KIND
        }
        self.uses: dict[str, set[tuple[str, int]]] = {}
        self.own: set[str] = set()  # read by nodes that have parameters of their own made of them
        self.moved: set[str] = set()
        self.scales: set[str] = set()  # scale or shift what was normalized

    def decide(self, steps: Iterable[Step], outputs: Iterable[str]) -> tuple[set[str], set[str]]:
        """Names of the arrays that are learned, and of those that are kept."""
        steps = tuple(steps)
        self._follow(steps, set(outputs), {})
        self._find_scales(steps)
        if self.chosen is not None:
            for name in self.chosen:
                if name not in self.arrays or self.arrays[name].dtype.kind != "f":
                    raise OnnxError(
                        _("{path}: expected names of arrays of floats as parameters, got “{name}”").format(
                            path=self.path, name=clean(name)
                        )
                    )
            learned = set(self.chosen) - self.own
        else:
            learned = {name for name in self.arrays if self._learned(name)}
        ours = self.producer == PRODUCER
        kept = {
            name
            for name, given in self.arrays.items()
            if name not in learned | self.own
            and name in self.uses
            and given.dtype.kind == "f"
            and given.size > 1
            and not (ours and _ours(name))
        }
        return learned, kept

    def _follow(self, steps: tuple[Step, ...], wanted: set[str], names: Mapping[str, str]) -> set[str]:
        """Mark what a gradient of some values reaches; the names that it reaches outside of these steps."""
        reached = set(wanted)
        for step in reversed(steps):
            meaning = MEANINGS[step.domain, step.at.operator]
            moves = any(name in reached for name in step.outputs if name) and not _stops(step)
            for place, name in enumerate(step.inputs):
                key = names.get(name, name)
                if key in self.arrays:
                    self.uses.setdefault(key, set()).add((step.at.operator, place))
                if (step.domain, step.at.operator) in WEIGHTS and step.at.weights and 1 <= place <= 3:
                    self.own.add(key)
                elif moves and meaning.moves(place):
                    reached.add(name)
                    self.moved.add(key)
            for body in step.bodies.values():
                inside = self._follow(body.steps, set(body.outputs) if moves else set(), {**names, **body.arrays})
                reached |= inside - set(body.inputs)
        return reached

    def _find_scales(self, steps: tuple[Step, ...]) -> None:
        """Find the scale and the shift of group norms: torch writes them as products and sums after an instance norm."""
        normalized: set[str] = set()
        for step in steps:
            operator, found = step.at.operator, normalized & set(step.inputs)
            if operator == "InstanceNormalization" or (found and operator in ("Reshape", "Mul", "Add")):
                normalized.update(step.outputs)
                if operator in ("Mul", "Add"):
                    self.scales |= {name for name in step.inputs if name in self.arrays}

    def _learned(self, name: str) -> bool:
        given = self.arrays[name]
        if given.dtype.kind != "f" or given.dtype.isbuiltin != 1 or name in self.own or name not in self.moved:
            return False
        operators = {operator for operator, _place in self.uses[name]}
        if self.producer == PRODUCER:
            return not _ours(name)
        if name in self.said:
            return bool(self.said[name] == "PARAMETER")
        if _hides(given):
            return False
        if self.said or (self.producer == TORCH and (name in self.constants or name.startswith(WORKED_OUT))):
            # torch's exporters name every parameter: what is left is a constant, unless it is a weight that was turned.
            return given.size > 1 and name not in self.constants and bool(operators & TURNED or name in self.scales)
        return given.size > 1 or "." in name or (given.ndim > 0 and operators <= {"Add", "Conv", "Gemm"})


def _ours(name: str) -> bool:
    """Whether a file of ours calls an array a constant."""
    return name.rpartition("/")[2].startswith(CONSTANT)


def _hides(given: Any) -> bool:
    """Whether an array is a mask that is added: nothing, or as good as minus infinity."""
    low = given <= HIDDEN
    return bool(given.size > 1 and np.any(low) and np.all(low | (given == 0)))


def _stops(step: Step) -> bool:
    """Whether a node gives whole numbers, through which nothing goes back."""
    from onnx import TensorProto

    floats = {TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16}
    return step.at.operator == "Cast" and step.at.attributes.get("to") not in floats
