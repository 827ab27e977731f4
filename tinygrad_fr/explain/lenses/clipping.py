"""Gradient clipping: the gradient before and after, as an arrow."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.errors import UsageError
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _, number
from tinygrad_fr.nn.utils import clip_grad_norm_, clip_grad_value_
from tinygrad_fr.ops.shared.untracked import value_of

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed


@dataclass(frozen=True)
class Clipping:
    """The gradient of all parameters together, before and after.

    Attributes:
        kind: ``norm`` or ``value``.
        limit: the bound.
        before: its norm.
        after: its norm once clipped.
        cosine: of the angle between the two: 1 where the direction stays.

    Example:
        >>> arrow = Clipping("value", 1.0, 5.0, 1.4142, 0.7071)  # (5, 0) became (1, 1)
        >>> round(arrow.degrees)
        45
    """

    kind: str
    limit: float
    before: float
    after: float
    cosine: float

    @property
    def degrees(self) -> float:
        """The angle between the two."""
        return math.degrees(math.acos(min(max(self.cosine, -1.0), 1.0)))

    def sentence(self) -> str:
        """The arrow in words."""
        if not math.isfinite(self.before):
            return _("clipping cannot mend a gradient of NaN or infinity")
        if self.after == self.before:
            return _("clipping changes nothing: the gradient’s norm {before} is within the bound {limit}").format(
                before=number(self.before), limit=number(self.limit)
            )
        words = (
            _("clipped by norm at {limit}: {before} → {after}, same direction")
            if self.kind == "norm"
            else _("clipped by value at {limit}: {before} → {after}, turned by {degrees}°")
        )
        return words.format(
            limit=number(self.limit),
            before=number(self.before),
            after=number(self.after),
            degrees=number(self.degrees, 0),
        )

    def to_json(self) -> dict[str, Any]:
        """The arrow as plain data."""
        return asdict(self)


def clipping(run: Observed, *, norm: float | None = None, value: float | None = None) -> Clipping | None:
    """Clip the parameters' gradient of a run, as training would; None where no bound is given.

    Raises:
        UsageError: both bounds are given.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> run = observed(Catalogue().load("neuron"))
        >>> round(clipping(run, norm=0.5).after, 4), clipping(run)
        (0.5, None)
    """
    if norm is None and value is None:
        return None
    if norm is not None and value is not None:
        raise UsageError(_("clipping: expected one bound, on the norm or on each element, got both"))
    parameters = [tensor(np.asarray(v.value)) for v in run.graph.nodes if v.kind == "parameter" and v.grad is not None]
    gradients = [np.asarray(v.grad) for v in run.graph.nodes if v.kind == "parameter" and v.grad is not None]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = tensor(gradient)
    if norm is not None:
        clip_grad_norm_(parameters, norm)
    else:
        clip_grad_value_(parameters, float(value or 0.0))
    if not all(np.all(np.isfinite(gradient)) for gradient in gradients):
        return Clipping("norm" if norm is not None else "value", float(norm or value or 0.0), math.nan, math.nan, 1.0)
    before = np.concatenate([gradient.ravel() for gradient in gradients]).astype(float)
    after = np.concatenate([np.ravel(value_of(parameter.grad)) for parameter in parameters]).astype(float)
    sizes = float(np.linalg.norm(before)), float(np.linalg.norm(after))
    cosine = float(before @ after / (sizes[0] * sizes[1])) if min(sizes) > 0 else 1.0
    if norm is not None:
        return Clipping("norm", norm, *sizes, cosine)
    return Clipping("value", float(value or 0.0), *sizes, cosine)
