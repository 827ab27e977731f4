"""Graph → diagram: one card an operation, parameters inside the operations that use them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Chip, Diagram, Link, Panel, Row
from tinygrad_fr.locale import _, number
from tinygrad_fr.ops.definition import select
from tinygrad_fr.record.graph import Constant, Graph, Vertex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.record.scope import Scope

PASSES = ("forward", "backward", "both")

_FEW = 4  # numbers written out on a card; more become a heat strip
_CELLS = 12  # cells of a strip
_LABELLED = 60  # links that still get their number written beside them


def words() -> dict[str, str]:
    """The word beside a symbol, by operation."""
    return {
        "add": _("sum"),
        "sub": _("difference"),
        "mul": _("product"),
        "div": _("quotient"),
        "neg": _("opposite"),
        "pow": _("power"),
        "exp": _("exponential"),
        "log": _("logarithm"),
        "sigmoid": _("sigmoid"),
        "tanh": _("hyperbolic tangent"),
        "relu": _("rectifier"),
        "matmul": _("matrix product"),
        "cat": _("end to end"),
        "stack": _("side by side"),
        "getitem": _("selection"),
        "reshape_to": _("other shape"),
        "permute_to": _("other order"),
        "sum": _("sum of the elements"),
        "mean": _("mean"),
        "cross_entropy": _("cross-entropy"),
        "mse_loss": _("mean squared error"),
        "rnn_step": _("RNN cell"),
        "lstm_step": _("LSTM cell"),
        "gru_step": _("GRU cell"),
        "rnn_sequence": _("RNN, whole sequence"),
        "lstm_sequence": _("LSTM, whole sequence"),
        "gru_sequence": _("GRU, whole sequence"),
        "softmax": _("probabilities"),
        "embedding": _("row of the table"),
    }


def roles() -> dict[str, str]:
    """The word for a symbol of the course's equations."""
    return {
        "f": _("forget gate"),
        "i": _("input gate"),
        "C̃": _("candidate"),
        "o": _("output gate"),
        "C": _("cell"),
        "h": _("hidden state"),
        "z": _("update gate"),
        "r": _("reset gate"),
        "h̃": _("candidate"),
        "[h,x]": _("past and input together"),
        "[r⊙h,x]": _("reset past and input"),
        "x": _("input"),
    }


_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def subscript(t: int) -> str:
    """A number under the line."""
    return str(t).translate(_SUBSCRIPT)


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for a person: 4 × 12."""
    return " × ".join(str(side) for side in shape)


def norm(value: Any) -> float:
    """Euclidean norm of a value or a gradient; of a tuple, of all its parts."""
    if isinstance(value, tuple):
        return math.sqrt(sum(norm(part) ** 2 for part in value if part is not None))
    return float(np.linalg.norm(np.asarray(value, dtype=float).ravel()))


class _Reader:
    """One reading of a graph into a diagram."""

    def __init__(self, graph: Graph, passes: str, title: str) -> None:
        self.graph, self.passes, self.title = graph, passes, title
        self.words, self.roles = words(), roles()
        self.hidden: dict[int, int] = {}  # select node → the bundle it takes from
        self.chip: dict[int, Chip] = {}
        self._fold()

    def _fold(self) -> None:
        """Find what is no card of its own: parameters, what is made of parameters alone, and outputs of bundles."""
        for vertex in self.graph.nodes:
            ids = [i for i in vertex.inputs if isinstance(i, int)]
            if vertex.op is select:
                self.hidden[vertex.id] = self.hidden.get(ids[0], ids[0])
            elif vertex.kind == "parameter" and not isinstance(vertex.value, float):
                self.chip[vertex.id] = Chip(vertex.name or "θ", shape_text(vertex.shape))
            elif ids and all(i in self.chip for i in ids):
                own = " ".join(dict.fromkeys(self.chip[i].name for i in ids))
                named = vertex.name if vertex.scope.time is None or vertex.name else None
                self.chip[vertex.id] = Chip(named or own, shape_text(vertex.shape))

    def drawn(self, vertex: Vertex) -> bool:
        return vertex.id not in self.chip and vertex.id not in self.hidden

    def diagram(self) -> Diagram:
        vertices = [vertex for vertex in self.graph.nodes if self.drawn(vertex)]
        links = list(self.links())
        described = {
            "forward": _("Forward pass: each card is one operation that ran, with its value."),
            "backward": _("Backward pass: each arrow carries to an operand its share of the gradient."),
            "both": _(
                "Ink: values, going forward. Orange: gradients, coming back; a line’s width follows the gradient it carries."
            ),
        }
        parameters = [vertex for vertex in self.graph.nodes if vertex.kind == "parameter"]
        count = sum(math.prod(vertex.shape) for vertex in parameters)
        legend = [(_("indigo"), _("input")), (_("green"), _("parameter")), (_("white"), _("operation"))]
        statistics = _("{operations} operations, {parameters} parameters").format(
            operations=number(sum(vertex.kind == "op" for vertex in vertices)), parameters=number(count)
        )
        legend.append((statistics, ""))
        return Diagram(
            title=self.title,
            guide=described[self.passes],
            cards=tuple(self.card(vertex) for vertex in vertices),
            links=tuple(links),
            panels=tuple(self.panels(vertices)),
            legend=tuple(legend),
        )

    # Cards

    def card(self, vertex: Vertex) -> Card:
        name = self.name(vertex)
        timed = vertex.scope.time is not None  # symbols of the course belong to the steps of a sequence
        own = vertex.name if timed and vertex.name in theme.ROLES else None
        if vertex.op is None:
            kind = "parameter" if vertex.kind == "parameter" else "input"
            word = _("parameter") if vertex.kind == "parameter" else _("input")
            symbol, sub = name or "·", ""
        else:
            kind = "output" if vertex.id in self.graph.outputs else "op"
            word = self.words.get(vertex.op.name, "")
            symbol, sub = vertex.symbol, ""
            if timed and vertex.name in self.roles:  # a symbol of the course stands large, with its time step
                symbol, word = vertex.name or "", f"{self.roles[vertex.name or '']} · {vertex.symbol}"
                sub = subscript(vertex.scope.time or 0)
            elif name:
                word = name
        constants = [x.value for x in vertex.inputs if isinstance(x, Constant) and x.value is not None]
        if constants and vertex.op is not None:
            word = f"{word} · {', '.join(_short(value) for value in constants)}"
        rows, strip = self.value_rows(vertex)
        chips = tuple(self.chip[x] for x in dict.fromkeys(vertex.inputs) if isinstance(x, int) and x in self.chip)
        return Card(
            id=str(vertex.id),
            kind=kind,
            symbol=symbol,
            subscript=sub,
            word=word,
            rows=tuple(rows),
            strip=strip,
            chips=chips,
            colour=theme.ROLES.get(own) if own else None,
            tooltip=self.tooltip(vertex),
            step=vertex.scope.time,
            panel=vertex.scope.path or None,
        )

    def name(self, vertex: Vertex) -> str:
        return vertex.name or ""

    def value_rows(self, vertex: Vertex) -> tuple[list[Row], tuple[str, ...]]:
        value = vertex.value[0] if isinstance(vertex.value, tuple) else vertex.value
        flat = np.asarray(value).ravel()
        rows: list[Row] = []
        strip: tuple[str, ...] = ()
        whole = flat.dtype.kind in "iub"
        if flat.size <= _FEW:
            figures = "  ".join(number(int(v)) if whole else number(float(v)) for v in flat) or "∅"
            rows.append(Row(_("value"), figures))
        else:
            scale = theme.largest(flat)
            colour = theme.scale_of(vertex.name if vertex.scope.time is not None else None)
            strip = tuple(colour(float(v), scale) for v in _binned(flat.astype(float)))
            rows.append(Row(_("shape"), shape_text(np.shape(value))))
        if self.passes != "forward" and vertex.requires_grad:
            if vertex.grad is None:
                rows.append(Row("∂L/∂·", _("not computed yet"), theme.ABSENT))
            elif flat.size == 1:
                gradient = vertex.grad[0] if isinstance(vertex.grad, tuple) else vertex.grad
                text = number(float(np.asarray(gradient).ravel()[0])) if gradient is not None else number(0.0)
                rows.append(Row("∂L/∂·", text, theme.BACKWARD_TEXT, bold=True))
            else:
                rows.append(Row("‖∂L/∂·‖", number(norm(vertex.grad)), theme.BACKWARD_TEXT, bold=True))
        return rows, strip

    def tooltip(self, vertex: Vertex) -> str:
        what = vertex.op.name if vertex.op is not None else self.name(vertex)
        place = f"{vertex.scope.path} · " if vertex.scope.path else ""
        return f"{place}{what} {shape_text(vertex.shape)} · {vertex.site.where} · {vertex.site.text}"

    # Links

    def links(self) -> Iterable[Link]:
        pairs: dict[tuple[int, int], list[Any]] = {}
        for edge in self.graph.edges:
            target, source = edge.target, self.hidden.get(edge.source, edge.source)
            if target in self.hidden or target in self.chip or source in self.chip:
                continue
            pairs.setdefault((source, target), []).append(edge)
        sent = {key: [e.contribution for e in edges if e.contribution is not None] for key, edges in pairs.items()}
        sizes = {key: norm(tuple(parts)) for key, parts in sent.items() if parts}
        positive = [size for size in sizes.values() if size > 0]
        low, high = (min(positive), max(positive)) if positive else (0.0, 0.0)
        labelled = len(pairs) <= _LABELLED
        for (source, target), edges in pairs.items():
            size = sizes.get((source, target))
            times = f"×{len(edges)}" if len(edges) > 1 else ""
            if self.passes == "forward" or size is None:
                plain = theme.EDGE if self.passes == "forward" else theme.FAINT
                yield Link(str(source), str(target), label=times, colour=plain)
                continue
            parts = sent[source, target]
            exact = len(parts) == 1 and np.size(parts[0]) == 1
            figure = number(float(np.asarray(parts[0]).ravel()[0]) if exact else size)
            share = (
                (math.log(size / low) / math.log(high / low)) if size > 0 and high > low else 1.0 if size > 0 else 0.0
            )
            yield Link(
                str(source),
                str(target),
                kind=self.passes,
                label=f"{times} {figure}".strip() if labelled and size else "",
                colour=theme.magnitude(size, low, high) if size > 0 else theme.FAINT,
                width=1.0 + 2.6 * share,
                tooltip=_("contribution {size}").format(size=figure),
            )

    # Panels

    def panels(self, vertices: list[Vertex]) -> Iterable[Panel]:
        seen: dict[str, Scope] = {}
        for vertex in vertices:
            for scope in reversed(tuple(vertex.scope.ancestors())):
                seen.setdefault(scope.path, scope)
        for path, scope in seen.items():
            parent = scope.parent.path if scope.parent is not None and scope.parent.path else None
            title = f"t = {scope.step}" if scope.step is not None else scope.name
            if scope.kind and scope.kind.lower() != scope.name.lower():
                title = f"{scope.name} · {scope.kind}"
            yield Panel(path, title, parent, scope.step)


def _short(value: Any) -> str:
    return number(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def _binned(flat: np.ndarray[Any, Any]) -> list[float]:
    """At most twelve cells: the values, or the mean of equal runs of them."""
    if flat.size <= _CELLS:
        return [float(v) for v in flat]
    return [float(np.mean(part)) for part in np.array_split(flat, _CELLS)]


def diagram_of(graph: Graph, *, passes: str = "forward", title: str = "") -> Diagram:
    """Draw a graph.

    Args:
        graph: a reading of the record.
        passes: ``forward``, ``backward`` or ``both``.
        title: the sentence at the top.
    """
    return _Reader(graph, passes, title).diagram()
