"""Gradient flow through time or depth: ‖∂L/∂s‖ at every place, the steps' Jacobians, and a verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.explain.lenses.clipping import Clipping, clipping
from tinygrad_fr.explain.lenses.jacobian import Jacobians, jacobians
from tinygrad_fr.explain.lenses.sequence import way
from tinygrad_fr.explain.sparkline import sparkline
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed

# Over a whole sequence, a gradient that keeps less than this share has vanished; more than its inverse, exploded.
VANISHED, WEAK = 0.01, 0.1
_NEAR = 0.002  # singular values this near 1 are 1 to the eye


@dataclass(frozen=True)
class Flow:
    """The norm of the loss's gradient with respect to the state, place by place.

    Attributes:
        name: of the model.
        title: of the model, for people.
        label: the model's short name in a picture, with what was changed in it.
        axis: ``time`` or ``depth``.
        steps: time steps or layers, in order.
        h: ‖∂L/∂h_t‖ at each step, or ‖∂L/∂a_l‖ of each layer's output.
        c: ‖∂L/∂C_t‖ at each step, where the model has a cell.
        jacobians: of the steps; None where there would be too many.
        clipping: the parameters' gradient after clipping, if it was asked for.
        which: which of the run's layers and directions it is; empty where there is no other.

    Example:
        >>> found = Flow("rnn", "RNN", "RNN", "time", (1, 2, 3, 4), (0.125, 0.25, 0.5, 1.0), None, None)
        >>> found.ratio, found.factor, found.half_life, found.verdict
        (0.125, 0.5, 1.0, 'lasts')
    """

    name: str
    title: str
    label: str
    axis: str
    steps: tuple[int, ...]
    h: tuple[float, ...]
    c: tuple[float, ...] | None
    jacobians: Jacobians | None
    clipping: Clipping | None = None
    which: str = ""

    @property
    def start(self) -> int:
        """The last place that gets a gradient, from 0: the loss does not read the places after it."""
        return max((i for i, h in enumerate(self.h) if h != 0), default=-1)

    @property
    def symbol(self) -> str:
        """The symbol of the state that the gradient is taken of."""
        return "h" if self.axis == "time" else "a"

    @property
    def ratio(self) -> float:
        """‖∂L/∂h₁‖ / ‖∂L/∂h_T‖, T being the last step that a gradient comes to."""
        return self.h[0] / self.h[self.start] if self.start >= 0 else math.nan

    @property
    def factor(self) -> float:
        """What one step back multiplies the norm by, on geometric average."""
        return float(self.ratio ** (1 / self.start)) if self.start > 0 and self.ratio > 0 else math.nan

    @property
    def half_life(self) -> float:
        """Steps back that halve the norm; infinite where it does not shrink."""
        return math.log(0.5) / math.log(self.factor) if self.factor < 1 else math.inf

    @property
    def verdict(self) -> str:
        """The fate of the gradient on its way, as one word.

        ``vanishes``, ``weakens``, ``lasts`` or ``explodes``; ``overflows`` where NaN or infinity appeared, ``absent``
        where it comes to the first place alone, or to none.
        """
        if not all(map(math.isfinite, self.h)):
            return "overflows"
        if self.start < 1:
            return "absent"
        if not self.ratio >= VANISHED:
            return "vanishes"
        return "explodes" if self.ratio > 1 / VANISHED else "weakens" if self.ratio < WEAK else "lasts"

    def word(self) -> str:
        """The verdict in two words."""
        return {
            "vanishes": _("the gradient vanishes"),
            "explodes": _("the gradient explodes"),
            "weakens": _("the gradient weakens"),
            "lasts": _("the gradient lasts"),
            "overflows": _("the gradient overflows"),
            "absent": _("no gradient comes back"),
        }[self.verdict]

    def numbers(self) -> str:
        """The numbers that show the verdict."""
        if self.verdict == "overflows":
            return _("NaN or infinity at {count} of {total} places").format(
                count=sum(not math.isfinite(h) for h in self.h), total=len(self.h)
            )
        if self.start < 0:
            return _("the loss depends on none of these places")
        if self.start == 0:
            return _("the loss reads the first place alone, and depends on none of those after it")
        if self.h[0] == 0:
            return _("nothing at all comes back to the first place")
        if self.start == 1:
            once = (
                _("over 1 step its norm is multiplied by {ratio}")
                if self.axis == "time"
                else _("over 1 layer its norm is multiplied by {ratio}")
            )
            return once.format(ratio=number(self.ratio))
        shrinking = self.verdict in ("vanishes", "weakens")
        words = {
            ("time", True): _(
                "over {steps} steps it keeps {ratio} of its norm, ×{factor} a step: halved every {half} steps"
            ),
            ("time", False): _("over {steps} steps its norm is multiplied by {ratio}, ×{factor} a step"),
            ("depth", True): _(
                "over {steps} layers it keeps {ratio} of its norm, ×{factor} a layer: halved every {half} layers"
            ),
            ("depth", False): _("over {steps} layers its norm is multiplied by {ratio}, ×{factor} a layer"),
        }[self.axis, shrinking]
        return words.format(
            steps=self.start,
            ratio=number(self.ratio),
            factor=number(self.factor),
            half=number(self.half_life, 1),
        )

    def sentence(self) -> str:
        """The verdict in words, with the numbers that show it."""
        return _("{verdict}: {numbers}").format(verdict=self.word(), numbers=self.numbers())

    def reason(self) -> str:
        """The reason, from the singular values of the steps; empty if they are not known."""
        found = self.jacobians
        if found is None or not all(map(math.isfinite, found.product)) or self.start < 1:
            return ""
        low, high = min(found.largest), max(found.largest)
        least, most = min(found.smallest), max(found.smallest)
        mean = found.product[0] ** (1 / len(found.steps))
        if found.slopes is not None and max(found.slopes) < 1:
            words = _("certain for any input, since γ‖W‖ = {slope} < 1")
        elif high < 1 - _NEAR:
            words = _("every step shrinks every direction: largest singular value {low} to {high}")
        elif least > 1 + _NEAR:
            words = _("every step stretches every direction: smallest singular value {least} to {most}")
        elif high < 1 + _NEAR and mean > 1 - _NEAR:
            words = _("no direction is stretched and some pass unchanged: largest singular value {low} to {high}")
        elif mean < 1:
            words = _(
                "steps have a largest singular value of {low} to {high}, yet their product only leaves ×{mean} a step"
            )
        else:
            words = _(
                "some directions are stretched: largest singular value {low} to {high}, their product ×{mean} a step"
            )
        return words.format(
            slope=number(max(found.slopes or (math.nan,))),
            low=number(low),
            high=number(high),
            least=number(least),
            most=number(most),
            mean=number(mean),
        )

    def headline(self) -> str:
        """The model's name, the verdict and its reason."""
        name = f"{self.label}, {self.which}" if self.which else self.label
        said = _("{model}: {sentence}").format(model=name, sentence=self.sentence())
        return f"{said} — {self.reason()}" if self.reason() else said

    def __str__(self) -> str:
        return f"{sparkline(self.h)}  {self.headline()}"

    def to_json(self) -> dict[str, Any]:
        """The flow as plain data."""
        found = self.jacobians
        return {
            "name": self.name,
            "label": self.label,
            "axis": self.axis,
            "which": self.which,
            "steps": list(self.steps),
            f"gradient_{self.symbol}": list(self.h),
            "gradient_C": list(self.c) if self.c is not None else None,
            "largest_singular_values": list(found.largest) if found is not None else None,
            "smallest_singular_values": list(found.smallest) if found is not None else None,
            "product_norms": list(found.product) if found is not None else None,
            "bound": list(found.bound) if found is not None and found.bound is not None else None,
            "ratio": self.ratio if math.isfinite(self.ratio) else None,
            "factor": self.factor if math.isfinite(self.factor) else None,
            "half_life": self.half_life if math.isfinite(self.half_life) else None,
            "verdict": self.verdict,
            "reason": self.reason(),
            "clipping": self.clipping.to_json() if self.clipping is not None else None,
        }


def norm(gradient: Any) -> float:
    """The norm of a gradient, 0 where none arrived."""
    if gradient is None:
        return 0.0
    with np.errstate(over="ignore"):
        return float(np.linalg.norm(np.asarray(gradient, dtype=float).ravel()))


def flow(
    run: Observed,
    label: str = "",
    *,
    layer: int | None = None,
    direction: str | None = None,
    steps: bool = True,
    clip_norm: float | None = None,
    clip_value: float | None = None,
) -> Flow:
    """Read the flow of gradients from an observed run.

    Args:
        run: the run.
        label: the model's short name in a picture; its name in capitals by default.
        layer: which recurrent layer, from 1; the first by default.
        direction: of a layer that goes both ways: ``forward`` or ``reverse``.
        steps: whether to work out the steps' Jacobians too, which costs a backward pass through a step for each unit.
        clip_norm: bound on the norm of the parameters' gradient.
        clip_value: bound on each of its elements.

    Raises:
        UsageError: the model has fewer than two time steps or layers, or no such layer and direction.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("rnn")
        >>> run = observed(model, model.settings.replaced({"reading": "order", "steps": "20"}))
        >>> found = flow(run)
        >>> found.label, len(found.h), found.h[0] < found.h[-1]
        ('RNN', 20, True)
    """
    found = way(run.graph, run.model.name, layer, direction)
    norms = [tuple(norm(vertex.grad) for vertex in at) for at in found.states]
    return Flow(
        run.model.name,
        str(run.model.title),
        label or run.model.name.upper(),
        found.axis,
        found.places,
        tuple(at[0] for at in norms),
        tuple(at[1] for at in norms) if all(len(at) > 1 for at in norms) else None,
        jacobians(run, found) if steps else None,
        clipping(run, norm=clip_norm, value=clip_value),
        found.which,
    )
