"""A model out of an ONNX file, wherever a model's name is taken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.bridges.onnx.errors import OnnxError
from tinygrad_fr.bridges.onnx.module import OnnxModule, Plan, Value, load
from tinygrad_fr.bridges.onnx.reader import clean
from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.ops.arithmetic import add, mul
from tinygrad_fr.ops.reductions.sums import mean
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.plugins.settings import Settings, setting
from tinygrad_fr.plugins.text import Text
from tinygrad_fr.record.node import Node
from tinygrad_fr.source.site import INTERNAL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tinygrad_fr.nn.module import Module

INTERNAL.discard(__file__)  # a loss of this file is a plugin's code, and is shown as the place that it is
LARGEST = 2**24  # numbers of an example that is made up
_OTHERS = (32, 64, 128, 224, 512)  # lengths of free sides that are tried where the settings’ own do not fit


@dataclass(frozen=True)
class OnnxSettings(Settings):
    """What the file leaves open."""

    rows: int = setting(
        1,
        Text(fr="lignes de l’exemple, où le fichier le permet", en="rows of the example, where the file allows it"),
        low=1,
        high=4096,
    )
    steps: int = setting(
        5, Text(fr="longueur des autres côtés libres", en="length of the other sides that are free"), low=1, high=10_000
    )


class OnnxModel(Model):
    """The model of a file: it can be drawn, walked through and followed; its data and its loss are not in the file.

    Args:
        path: an ONNX file.
    """

    section = "ONNX"
    settings = OnnxSettings()
    learns = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-") or "onnx"  # type: ignore[misc]
        title = path.stem if path.stem.isprintable() else self.name
        self.title = Text(fr=title, en=title)  # type: ignore[misc]
        self.explanation = Text(  # type: ignore[misc]
            fr=(
                "Un modèle lu dans un fichier ONNX. Le fichier ne dit ni données ni coût : l’exemple est tiré au hasard, et L est la"
                " moyenne des carrés des réponses, pour que le gradient ait d’où partir."
            ),
            en=(
                "A model read from an ONNX file. The file says neither data nor loss: the example is drawn at random, and L is the"
                " mean of the squares of the answers, so that the gradient has somewhere to start from."
            ),
        )
        self._plan: Plan = load(path).plan

    def build(self, settings: OnnxSettings) -> Module:
        """The file's graph, with its weights."""
        return OnnxModule(self._plan)

    def example(self, settings: OnnxSettings) -> Batch:
        """Inputs of the shapes that the file declares, the same at every call.

        Free sides are as the settings say. Where the file cannot compute that and nobody chose them, others are tried,
        such as those of a picture.
        """
        failed: TinygradError | None = None
        for steps, inner in self._choices(settings):
            batch = self._made(settings, steps, inner)
            try:
                with no_grad():
                    OnnxModule(self._plan)(*batch.inputs)
            except TinygradError as error:
                failed = failed or error
                continue
            return batch
        assert failed is not None
        raise failed

    def _choices(self, settings: OnnxSettings) -> Iterator[tuple[int, int]]:
        """Lengths for sides that are free, and for those of them that stand inside of a fixed side."""
        named = {side for value in self._plan.inputs for side in (value.shape or ()) if isinstance(side, str)}
        free = named or any(side is None for value in self._plan.inputs for side in value.shape or ())
        yield settings.steps, settings.steps
        if free and settings.steps == OnnxSettings().steps:
            for steps in (settings.steps, *_OTHERS):
                yield steps, settings.rows
                yield steps, steps

    def _made(self, settings: OnnxSettings, steps: int, inner: int) -> Batch:
        draw = np.random.default_rng(0)
        inputs = []
        rows = {value.shape[0] for value in self._plan.inputs if value.shape and isinstance(value.shape[0], str)}
        for value in self._plan.inputs:
            if value.dtype is None or value.dtype.kind not in "biuf" or value.dtype.isbuiltin != 1:
                raise OnnxError(
                    _("{path}: input “{name}” is of {dtype}, which no tensor here holds").format(
                        path=self.path, name=clean(value.name), dtype=value.dtype
                    )
                )
            shape = _sides(value, rows, settings.rows, steps, inner)
            inputs.append(tensor(self._drawn(value, shape, draw), name=value.name))
        return Batch(tuple(inputs), None)

    def _drawn(self, value: Value, shape: tuple[int, ...], draw: np.random.Generator) -> Any:
        assert value.dtype is not None
        if value.dtype.kind == "f":
            return draw.standard_normal(shape).astype(value.dtype)
        return draw.integers(0, self._rows(value.name), shape).astype(value.dtype)

    def _rows(self, name: str) -> int:
        """How many rows the table has that whole numbers choose from; 2 where they choose from none."""
        sizes = [
            len(self._plan.learned[step.inputs[0]])
            for step in self._plan.steps
            if step.at.operator == "Gather" and step.inputs[1] == name and step.inputs[0] in self._plan.learned
        ]
        return min(sizes, default=2)

    def loss(self, module: Module, batch: Batch) -> Node:
        """The mean of the squares of the answers, the sum of these where there are several."""
        answers = module(*batch.inputs)
        total: Any = None
        for y in answers if isinstance(answers, tuple) else (answers,):
            if not isinstance(y, Node):
                raise OnnxError(_("{path}: the answers depend on no input").format(path=self.path))
            part = mean(mul(y, y))
            total = part if total is None else add(total, part)
        found: Node = total
        return found

    def recipe(self, settings: OnnxSettings) -> Recipe:
        """None: a file holds no data."""
        raise UsageError(_("{path} holds a model, but no data to train it on").format(path=self.path))

    def score(self, module: Module, batch: Batch) -> float:
        """None: a file holds no data."""
        raise UsageError(_("{path} holds a model, but no data to score it on").format(path=self.path))


def _sides(value: Value, batch: set[str], rows: int, steps: int, inner: int) -> tuple[int, ...]:
    """The declared shape, with its free sides chosen.

    Args:
        value: an input.
        batch: names of sides that are the first of some input: they are rows wherever they stand.
        rows: the length of these.
        steps: the length of other sides.
        inner: of those without a name that stand behind a fixed first side, as the rows of a state (layers, rows, units).
    """
    shape = () if value.shape is None else value.shape
    fixed = bool(shape) and isinstance(shape[0], int)

    def length(place: int, side: int | str | None) -> int:
        if isinstance(side, int):
            return side
        if place == 0 or side in batch:
            return rows
        return inner if fixed and side is None else steps

    sides = tuple(length(i, side) for i, side in enumerate(shape))
    if np.prod(sides, dtype=np.float64) > LARGEST:
        raise OnnxError(
            _("input “{name}”: a shape of {shape} is too large for an example that is made up").format(
                name=value.name, shape=sides
            )
        )
    return sides
