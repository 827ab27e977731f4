"""Data of two dimensions: where a run's point and its right answer stand in the program, and the points to learn from.

The class of any other point is the one for which the loss would be the smaller, so nothing needs to be known of the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.data.planar import PLANAR, planar
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.living.alive import Alive, again
from tinygrad_fr.plugins.contract import Batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tinygrad_fr.explain import Observed
    from tinygrad_fr.living.choices import Choice

POINTS, CLASSES = 120, 8  # most of a page


@dataclass(frozen=True)
class Plane:
    """The plane of a run's points.

    Attributes:
        x: the places of a point's two numbers.
        target: the place of its right answer; None where a choice says it.
        classes: the right answers that there are.
        points: sets of points by name, each a row of x₁, x₂ and the number of its class; the model's own first.
        switches: what the model reads of a point and can do without: a name, and the place of its 1 or 0.
    """

    x: tuple[int, int]
    target: int | None
    classes: tuple[float, ...]
    points: dict[str, list[list[float]]]
    switches: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """What the page carries."""
        return {
            "x": list(self.x),
            "target": self.target,
            "classes": list(self.classes),
            "points": self.points,
            "switches": [list(each) for each in self.switches],
        }


def plane(run: Observed, found: Alive, chosen: Sequence[Choice]) -> Plane | None:
    """The plane of a run on one point of two dimensions, None for any other run.

    Args:
        run: the run.
        found: its program.
        chosen: its choices, one of which may be the target.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.living import alive
        >>> from tinygrad_fr.plugins import Catalogue
        >>> run = observed(Catalogue().load("perceptron"))
        >>> plane(run, alive(run), ()).classes
        (-1.0, 1.0)
    """
    inputs, target = run.batch
    if not (
        isinstance(inputs, Tensor) and inputs.shape == (1, 2) and isinstance(target, Tensor) and target.shape == (1,)
    ):
        return None
    x = _places(run, found, "inputs", [[0.13579, -0.97531]])
    whole = any(choice.field == "target" and choice.sides == (1,) for choice in chosen)
    answer = None if whole else _places(run, found, "target", [0.24681])
    if x is None or (answer is None and not whole):
        return None
    try:
        rows, answers = run.model.recipe(run.settings).train.arrays
    except (TinygradError, NotImplementedError, ValueError):
        return None
    if rows.shape[1:] != (2,) or answers.shape != rows.shape[:1]:
        return None
    classes = np.unique(answers)
    if len(classes) > CLASSES:
        return None
    own = _told(rows, np.searchsorted(classes, answers))
    points = {"own": own} | (_drawn(rows) if len(classes) == 2 else {})
    target_place = answer[0] if answer else None
    return Plane((x[0], x[1]), target_place, tuple(map(float, classes)), points, tuple(_switches(run, found)))


def _switches(run: Observed, found: Alive) -> Iterator[tuple[str, int]]:
    """The ones and zeros of every module that names some: ``self.switches = {"buffer": ("x₁", "x₁²")}``."""
    for module in run.module.modules():
        for buffer, names in getattr(module, "switches", {}).items():
            places = found.numbers.get(getattr(module, buffer).current.id)
            if places is not None and np.size(places) == len(names):
                yield from zip(names, np.ravel(places).tolist(), strict=True)


def _drawn(rows: Any) -> dict[str, list[list[float]]]:
    """The sets that every plane of two classes may try, laid where the model's own points lie."""
    middle = (rows.max(0) + rows.min(0)) / 2
    reach = float((rows.max(0) - rows.min(0)).max()) / 2 or 1.0
    found = {}
    for kind in PLANAR:
        points, classes = planar(kind, POINTS)
        found[kind] = _told(points * reach + middle, classes)
    return found


def _told(points: Any, classes: Any) -> list[list[float]]:
    return [
        [round(float(a), 3), round(float(b), 3), int(c)] for (a, b), c in zip(points[:POINTS], classes, strict=False)
    ]


def _places(run: Observed, found: Alive, field: str, values: Any) -> list[int] | None:
    """Where the numbers of a field stand among the leaves: what changes with them, and nothing else."""
    given = getattr(run.batch, field)
    other = tensor(np.asarray(values, given.numpy().dtype))
    try:
        made = again(run, Batch(*run.batch)._replace(**{field: other}))
    except TinygradError:
        return None
    a, b = found.program, made.program
    if a.size != b.size or not a.stretches_alike(b) or not (a.operand_table() == b.operand_table()).all():
        return None
    changed = np.flatnonzero(a.leaf_values() != b.leaf_values())
    told = b.leaf_values()[changed]
    order = [np.flatnonzero(told == number) for number in np.asarray(other.numpy(), float).ravel()]
    if len(changed) != len(order) or any(len(each) != 1 for each in order):
        return None
    where = np.flatnonzero(a.is_leaf())
    return [int(where[changed[each[0]]]) for each in order]
