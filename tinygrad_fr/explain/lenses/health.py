"""Why a training does not learn: layers, updates and gradients, read from its own backward passes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tinygrad_fr.gradients import grad
from tinygrad_fr.locale import _, number
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

BINS = 24
_RECTIFIERS = ("relu", "relu6")
_BOUNDED = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}  # limits of an activation on both sides
_WATCHED = (*_RECTIFIERS, *_BOUNDED, "leaky_relu", "elu", "gelu", "silu", "softplus")
_ENOUGH = 12  # numbers of layers and of parameters that are followed
_GROWTH = 1.4  # ratio of the numbers of two successive readings
_ROWS = 12  # examples on which a unit must be 0 before it is called dead
_MEMORY = 16  # readings whose examples are put together where a batch has fewer


class Layer(NamedTuple):
    """One activation in one reading.

    Attributes:
        name: where it is, and what it does.
        kind: the operation.
        idle: share of units that are dead (0 on every row), or of values that are saturated.
        spread: standard deviation of its values.
        gradient: root mean square of the loss's gradient there.
        values: histogram of its values, from ``low`` to ``high``.
        gradients: histogram of the powers of ten of its gradient, from −12 to 3.
        rows: examples that ``idle`` was judged on: those of the last readings together where a batch has few.
    """

    name: str
    kind: str
    idle: float
    spread: float
    gradient: float
    low: float
    high: float
    values: tuple[float, ...]
    gradients: tuple[float, ...]
    rows: int


@dataclass
class Reading:
    """The numbers of one backward pass.

    Attributes:
        number: of the pass, from 0 on.
        layers: its activations, forward.
        norms: of each parameter's gradient.
        updates: how far the step after it moved each parameter, as a share of its own size.
        inputs: mean and standard deviation of what the network reads.
    """

    number: int
    layers: tuple[Layer, ...]
    norms: dict[str, float]
    updates: dict[str, float] = field(default_factory=dict)
    inputs: tuple[float, float] = (0.0, 1.0)

    @property
    def norm(self) -> float:
        """Of all the parameters' gradients together."""
        return math.sqrt(sum(each * each for each in self.norms.values()))


class Verdict(NamedTuple):
    """A diagnosis of a training, with its remedy.

    Attributes:
        name: healthy, inputs, exploding, vanishing, dead, saturated, rate-high, rate-low or scale.
        said: one sentence.
        remedy: one sentence.
    """

    name: str
    said: str
    remedy: str


class Checkup:
    """Reads backward passes as they start, ever more rarely; give it to ``told_roots``.

    Attributes:
        losses: the loss of every pass.
        readings: what some passes said.

    Example:
        >>> import tinygrad_fr as tg
        >>> from tinygrad_fr.observers import told_roots
        >>> w, checkup = tg.tensor([2.0], requires_grad=True), Checkup()
        >>> with told_roots(checkup):
        ...     for _step in range(3):
        ...         w.grad = None
        ...         (w * w).sum().backward()
        ...         w.data -= 0.2 * w.grad
        >>> [round(loss, 2) for loss in checkup.losses], checkup.verdict().name
        ([4.0, 1.44, 0.52], 'healthy')
    """

    def __init__(self) -> None:
        self.losses: list[float] = []
        self.readings: list[Reading] = []
        self._next, self._busy = 0, False
        self._before: dict[str, tuple[Node, Any]] | None = None
        self._answered: dict[tuple[str, str], list[tuple[int, Any]]] = {}  # rows of a reading, and which units answered

    def __call__(self, roots: Sequence[Node]) -> None:
        """A backward pass starts."""
        if self._busy:
            return
        value = np.asarray(roots[0].value)
        if value.size != 1:
            return
        self._moved()
        n = len(self.losses)
        self.losses.append(float(value.reshape(())))
        if n == self._next:
            self._next = max(n + 1, int(n * _GROWTH))
            self._busy = True
            try:
                self.readings.append(self._read(n, roots[0]))
            finally:
                self._busy = False

    def end(self) -> None:
        """Read the effect of the last step, after the training."""
        self._moved()

    def _moved(self) -> None:
        if self._before is None:
            return
        for name, (node, held) in self._before.items():
            size = float(np.linalg.norm(held))
            with np.errstate(all="ignore"):
                moved = float(np.linalg.norm(np.asarray(node.current.value, float) - held))
            if size:
                self.readings[-1].updates[name] = moved / size
        self._before = None

    def _read(self, n: int, root: Node) -> Reading:
        nodes = _nodes(root)
        activations = [each for each in nodes if each.op is not None and each.op.shown_as in _WATCHED]
        leaves = [each for each in nodes if each.op is None]
        parameters = [each for each in leaves if each.requires_grad]
        chosen = [*activations, *parameters]
        found: Any = grad(root, chosen, allow_unused=True) if chosen else ()
        gradients = {each.id: _array(g) for each, g in zip(chosen, found, strict=True)}
        named = _named(parameters, nodes)
        norms = {name: float(np.linalg.norm(gradients[each.id])) for name, each in named.items()}
        self._before = {name: (each, np.array(each.value, float)) for name, each in named.items()}
        layers: dict[tuple[str, str], list[Node]] = {}
        for each in activations:
            layers.setdefault((_place(each), each.op.shown_as if each.op is not None else ""), []).append(each)
        some = [
            _layer(place, kind, i, members, gradients, self._answered.setdefault((place, kind), []))
            for i, ((place, kind), members) in enumerate(layers.items(), 1)
        ]
        known = {each.id for each in parameters}
        read = {
            x.id
            for each in nodes
            if any(isinstance(x, Node) and x.id in known for x in each.inputs)
            and not (each.op is not None and "_norm" in each.op.name)  # which makes them normal
            for x in each.inputs
            if isinstance(x, Node)
        }  # what stands beside a parameter
        data = [np.asarray(each.value) for each in leaves if not each.requires_grad and each.id in read]
        floats = [each for each in data if each.dtype.kind == "f" and each.ndim > 1 and each.size > 1 and each.any()]
        inputs = (float(floats[0].mean()), float(floats[0].std())) if floats else (0.0, 1.0)
        return Reading(n, tuple(some[:_ENOUGH]), norms, inputs=inputs)

    def verdict(self) -> Verdict:
        """The diagnosis. Causes that the first pass shows come first, since they were there before anything was learned."""
        if not self.readings:
            return Verdict("unknown", _("no backward pass was seen"), _("Train it first."))
        first, last = self.readings[0], self.readings[-1]
        mean, spread = first.inputs
        if abs(mean) > 10 or spread > 10:
            return Verdict(
                "inputs",
                _("the inputs are not normalised: mean {mean}, standard deviation {spread}").format(
                    mean=number(mean), spread=number(spread)
                ),
                _("Subtract the mean of each input and divide by its standard deviation, or begin with a BatchNorm."),
            )
        if not math.isfinite(first.norm) or (first.norm > 1e3 and not _falls(self.losses)):
            return Verdict(
                "exploding",
                _("the gradient explodes: its norm is {norm} before the first step").format(norm=number(first.norm)),
                _(
                    "Clip its norm (clip_grad_norm_), start with smaller or orthogonal recurrent weights, or use an LSTM."
                ),
            )
        idle = _worst(first, _RECTIFIERS)
        if idle is not None and idle.idle > 0.5:
            return _dead(idle)
        full = _worst(first, tuple(_BOUNDED))
        if full is not None and full.idle > 0.7 and not _falls(self.losses, 0.5):
            return _saturated(full)
        spreads = [each.spread for each in first.layers if each.spread > 0]
        if len(spreads) > 2 and not 1e-3 < spreads[-1] / spreads[0] < 1e3:
            return Verdict(
                "scale",
                _("the activations change scale from layer to layer: from {first} to {last}").format(
                    first=number(spreads[0]), last=number(spreads[-1])
                ),
                _("Put a BatchNorm or a LayerNorm between the layers, or draw the weights as kaiming_normal_ does."),
            )
        steps = [each.gradient for each in first.layers if each.gradient > 0]
        if len(steps) > 2 and steps[0] < 1e-3 * steps[-1]:
            return Verdict(
                "vanishing",
                _("the gradient vanishes: {first} in the first layer, {last} in the last").format(
                    first=number(steps[0]), last=number(steps[-1])
                ),
                _(
                    "Use ReLU instead of sigmoid or tanh, a BatchNorm between the layers, residual connections, or larger first weights."
                ),
            )
        rates = [np.median(list(each.updates.values())) for each in self.readings if each.updates]
        rate = float(np.median(rates[:5])) if rates else 0.0
        early, late = _ends(self.losses)
        wild = not all(map(math.isfinite, self.losses)) or late > 2 * abs(early) + 1e-9
        jumps = max(self.losses[: max(2, len(self.losses) // 10)]) > 3 * abs(self.losses[0])
        if wild or (rate > 0.3 and ((jumps and late > 0.7 * abs(self.losses[0])) or not _falls(self.losses))):
            return Verdict(
                "rate-high",
                _("the learning rate is too high: a step moves the weights by {rate} of their size, and the loss jumps").format(
                    rate=f"{number(100 * rate, 1)} %"
                ),
                _("Divide the learning rate by 10: a step should move the weights by about a thousandth of their size."),
            )  # fmt: skip
        idle = _worst(last, _RECTIFIERS)
        if idle is not None and idle.idle > 0.5:
            return _dead(idle)
        full = _worst(last, tuple(_BOUNDED))
        if full is not None and full.idle > 0.5 and not _falls(self.losses):
            return _saturated(full)
        if rates and rate < 1e-5 and not _falls(self.losses):
            return Verdict(
                "rate-low",
                _("the learning rate is too low: a step moves the weights by {rate} of their size").format(
                    rate=number(rate)
                ),
                _("Multiply the learning rate by 10 until a step moves the weights by about a thousandth."),
            )
        return Verdict(
            "healthy",
            _("nothing is wrong: units answer, the gradient arrives everywhere, and the steps are of a good size"),
            _("If the score is still too low, train longer or use a larger network."),
        )

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        verdict = self.verdict()
        return {
            "verdict": verdict._asdict(),
            "losses": self.losses,
            "readings": [
                {
                    "pass": each.number,
                    "gradient": each.norm,
                    "updates": each.updates,
                    "layers": [layer._asdict() for layer in each.layers],
                }
                for each in self.readings
            ],
        }


def _dead(layer: Layer) -> Verdict:
    return Verdict(
        "dead",
        _("{share} of the units of {layer} are dead: they are 0 on every row, and no gradient passes").format(
            share=f"{number(100 * layer.idle, 0)} %", layer=layer.name
        ),
        _("Start from biases of 0, lower the learning rate, or use LeakyReLU."),
    )


def _saturated(layer: Layer) -> Verdict:
    return Verdict(
        "saturated",
        _("{share} of the values of {layer} are saturated: they let no gradient through").format(
            share=f"{number(100 * layer.idle, 0)} %", layer=layer.name
        ),
        _("Start from smaller weights, lower the learning rate, or use ReLU or a BatchNorm."),
    )


def _ends(losses: list[float]) -> tuple[float, float]:
    """The mean of the first and of the last tenth: one batch, or one example, says little."""
    part = max(1, len(losses) // 10)
    return float(np.mean(losses[:part])), float(np.mean(losses[-part:]))


def _falls(losses: list[float], to: float = 0.7) -> bool:
    """Whether the end of a training is clearly under its beginning."""
    early, late = _ends(losses)
    return late < to * early


def _worst(reading: Reading, kinds: tuple[str, ...]) -> Layer | None:
    judged = (each for each in reading.layers if each.kind in kinds and (each.rows >= _ROWS or each.kind in _BOUNDED))
    return max(judged, key=lambda each: each.idle, default=None)


def _nodes(root: Node) -> list[Node]:
    """What led to a root, forward."""
    found: dict[int, Node] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.id not in found:
            found[node.id] = node
            waiting += [each for each in node.inputs if isinstance(each, Node)]
    return [found[each] for each in sorted(found)]


def _named(parameters: list[Node], nodes: list[Node]) -> dict[str, Node]:
    """Parameters by the module that reads them first and their own name, as ``state_dict`` has them: ``hidden.weight``."""
    reader: dict[int, str] = {}
    for node in nodes:
        for each in node.inputs:
            if isinstance(each, Node):
                reader.setdefault(each.id, _place(node).partition("/")[2].replace("/", "."))
    named: dict[str, Node] = {}
    for i, each in enumerate(parameters[: 2 * _ENOUGH], 1):
        own = each.name or "w"
        word = own if "." in own else ".".join(filter(None, [reader.get(each.id, ""), own]))
        named[word if word not in named else f"{word} ({i})"] = each
    return named


def _place(node: Node) -> str:
    """The module that ran it, whatever the time step."""
    return "/".join(part for part in node.scope.path.split("/") if not part.partition("=")[2])


def _array(gradient: Any) -> Any:
    if gradient is None:
        return np.zeros(1)
    return np.asarray(gradient.value if isinstance(gradient, Node) else gradient, float)


def _layer(
    place: str,
    kind: str,
    rank: int,
    members: list[Node],
    gradients: dict[int, Any],
    answered: list[tuple[int, Any]],
) -> Layer:
    values = np.concatenate([_rows(each.value, kind) for each in members])
    flat = values.ravel()
    slopes = np.concatenate([np.abs(gradients[each.id]).ravel() for each in members])
    with np.errstate(all="ignore"):
        spread, gradient = float(flat.std()), float(np.sqrt((slopes**2).mean()))
    idle, rows = 0.0, len(values)
    if kind in _RECTIFIERS:
        idle, rows = _dead_share(values, answered)
    elif kind in _BOUNDED:
        low, high = _BOUNDED[kind]
        margin = 0.03 * (high - low)
        idle = float(((flat < low + margin) | (flat > high - margin)).mean())
    finite = flat[np.isfinite(flat)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    powers = np.log10(np.clip(slopes[np.isfinite(slopes)], 1e-12, 1e3))
    return Layer(
        f"{kind} {rank}" + (f" ({place})" if place else ""), kind, idle, spread, gradient, low, high,
        _shares(finite, low, high), _shares(powers, -12.0, 3.0), rows,
    )  # fmt: skip


def _dead_share(values: Any, answered: list[tuple[int, Any]]) -> tuple[float, int]:
    """Share of the units that are 0 on every example, and on how many: those of earlier readings too where a batch has few."""
    answered.append((len(values), (values > 0).any(axis=0)))
    del answered[:-_MEMORY]
    rows, alive = 0, np.zeros(values.shape[1], bool)
    for count, units in reversed(answered):
        if rows >= _ROWS or units.shape != alive.shape:
            break
        rows, alive = rows + count, alive | units
    return float((~alive).mean()), rows


def _rows(value: Any, kind: str) -> Any:
    """One row per example, one column per unit: of maps, a unit is a channel."""
    array = np.asarray(value, float)
    if array.ndim == 4:
        return np.moveaxis(array, 1, -1).reshape(-1, array.shape[1])
    return array.reshape(-1, array.shape[-1] if array.ndim > 1 else 1)


def _shares(values: Any, low: float, high: float) -> tuple[float, ...]:
    counts, _edges = np.histogram(values, bins=BINS, range=(low, high if high > low else low + 1.0))
    return tuple((counts / max(values.size, 1)).tolist())
