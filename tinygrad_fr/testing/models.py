"""Proofs of a model: the gradient of its loss for every parameter, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import random
from tinygrad_fr.errors import GradientError
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _
from tinygrad_fr.testing.proving.prove import Verdict
from tinygrad_fr.testing.proving.subject import raw

if TYPE_CHECKING:
    from tinygrad_fr.plugins.contract import Model

_STEP, _TOLERANCE = 1e-5, 1e-5


def prove_model(model: Model, examples: int = 25, seed: int | None = None) -> Verdict:
    """Compare the gradient of a model's loss with central differences, at random parameters and elements of each.

    Every parameter is tried at so many elements at most; a gradient that is missing, or of another shape, fails too.
    """
    tried = 0
    try:
        random.manual_seed(seed or 0)
        module = model.build(model.settings)
        batch = model.example(model.settings)
        parameters = dict(module.named_parameters())
        for p in parameters.values():
            if isinstance(p, Tensor):
                p.current.rebind(p.value.astype(np.float64))
        batch = _widened(batch)

        def loss() -> Any:
            random.manual_seed(seed or 0)  # dropout leaves out the same units every time
            return model.loss(module, batch)

        loss().backward()
        chosen = np.random.default_rng(seed or 0)
        for name, p in parameters.items():
            if p.grad is None:
                raise GradientError(_("parameter {name} gets no gradient").format(name=name))
            value, gradient = np.array(raw(p), np.float64), np.asarray(raw(p.grad))
            places = [tuple(i) for i in np.ndindex(value.shape)]
            for k in chosen.permutation(len(places))[:examples]:
                tried += 1
                found = float(gradient[places[k]])
                for step in (_STEP, _STEP / 32):  # a kink of a ReLU or of a maximum may lie within the first
                    ends = []
                    for side in (step, -step):
                        moved = value.copy()
                        moved[places[k]] += side
                        _give(p, moved)
                        ends.append(float(loss().item()))
                    _give(p, value)
                    expected = (ends[0] - ends[1]) / (2 * step)
                    if abs(found - expected) <= _TOLERANCE * (1 + abs(expected)):
                        break
                else:
                    where = f"{name}[{', '.join(map(str, places[k]))}]"
                    raise AssertionError(f"{model.name}: ∂L/∂{where}: found {found}, expected {expected}")
    except Exception as error:
        return Verdict(model.name, "gradient", tried, error)
    return Verdict(model.name, "gradient", tried, None)


def _give(parameter: Any, value: Any) -> None:
    parameter.current.rebind(value if isinstance(parameter, Tensor) else float(value))


def _widened(batch: Any) -> Any:
    """A batch with its floats in float64."""
    if isinstance(batch, tuple | list):
        parts = [_widened(part) for part in batch]
        return type(batch)(*parts) if hasattr(batch, "_fields") else type(batch)(parts)
    if isinstance(batch, Tensor) and batch.dtype.kind == "f":
        return tensor(batch.value.astype(np.float64))
    return batch
