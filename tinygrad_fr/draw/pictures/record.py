"""The picture of a view of a record: one card per unit, with parameters inside the operations that use them."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Band, Card, Chip, Diagram, Key, Link, Panel, Row
from tinygrad_fr.draw.words import norm, roles, shape_text, signs, subscript, word_of
from tinygrad_fr.explain.equations.names import LOSS
from tinygrad_fr.explain.levels.parts import MORE, STEP
from tinygrad_fr.explain.levels.view import View, view
from tinygrad_fr.explain.measure import MEASURES, measure, units
from tinygrad_fr.explain.remarks import remarks
from tinygrad_fr.graph import Constant, Graph, Vertex
from tinygrad_fr.locale import _, number
from tinygrad_fr.record.scope import EQUATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tinygrad_fr.explain.levels.parts import Part
    from tinygrad_fr.explain.levels.view import Tie, Unit
    from tinygrad_fr.ops.definition.op import Op

PASSES = ("forward", "backward", "both", "derivative", "woven")

_GRADIENTS = ("backward", "both")  # passes whose picture bears the gradients of the forward operations
_BETWEEN = ("+", "−", "×", "÷")  # symbols that stand between their operands
_FEW = 4  # numbers written out on a card; more become a heat strip
_CELLS = 12  # cells of a strip
_CHIPS = 3  # parameters of a closed part that are named; the others are counted
_SUMMED = 3  # uses of a number whose gradients are written out, since they add up
_LABELLED = 60  # links that still get their number written beside them
_LINES = 30  # cards that still bear the source line


class _Reader:
    """One reading of a view into a diagram."""

    def __init__(self, seen: View, passes: str, title: str, colour: str | None, *, brief: bool) -> None:
        self.seen, self.graph, self.passes, self.title, self.colour = seen, seen.graph, passes, title, colour
        self.brief = brief
        self.roles = roles()
        self.on_the_way = _on_the_way(self.graph)

    def diagram(self) -> Diagram:
        described = {
            "forward": _("Forward pass: each card is one operation that ran, with its value."),
            "backward": _("Backward pass: each arrow carries to an operand its share of the gradient."),
            "derivative": _(
                "The backward pass as a graph: each card is an operation that computes a gradient. Inputs: what it reads of the forward pass."
            ),
            "woven": _("Both passes as one graph: the gradients (∂L/∂·) are computed by operations like any others."),
            "both": _(
                "Values go forward, gradients come back; a line’s width and colour follow the gradient that it carries."
            ),
        }
        cards = tuple(replace(self.card(unit), band=self.band(unit)) for unit in self.seen.units)
        self.strips = any(card.strip for card in cards)
        return Diagram(
            title=self.title,
            guide=described[self.passes],
            cards=cards,
            links=tuple(self.links()),
            panels=tuple(self.panels()),
            legend=() if self.brief else tuple(self.legend()),
            note="" if self.brief else self.note(),
        )

    def legend(self) -> Iterator[Key]:
        said = [
            ("input", _("input")),
            ("parameter", _("parameter")),
            ("op", _("operation")),
            ("part", _("closed part")),
        ]
        there = {
            "part" if unit.bundle else "input" if unit.vertices[0].op is None else "op" for unit in self.seen.units
        }
        there |= (
            {"parameter"}
            if self.seen.absorbed.parameters or any(v.kind == "parameter" for v in self.graph.nodes)
            else set()
        )
        for kind, word in said:
            if kind in there:
                yield Key(word, "□" if kind == "op" else "■", theme.CARDS[kind][1])
        if self.passes in _GRADIENTS:
            yield Key(_("gradient, coming back"), "◀", colour=theme.BACKWARD)
        if self.strips:
            yield Key(_("in a strip: {signs}").format(signs=signs()), "▮▮", colour=theme.signed(1.0))
        kinds = {tie.kind for tie in self.seen.ties}
        if "recurrent" in kinds:
            yield Key(_("to the next time step"), "╌╌▶")
        if "residual" in kinds:
            yield Key(_("shortcut past what lies between"), "━━▶", colour=theme.RESIDUAL)
        operations = sum(vertex.kind == "op" and vertex.id not in self.seen.absorbed for vertex in self.graph.nodes)
        parameters = sum(math.prod(vertex.shape) for vertex in self.graph.nodes if vertex.kind == "parameter")
        if self.colour is not None:
            yield Key(_("on its colour: {measure}").format(measure=units()[self.colour]), "▬", theme.magnitude(1, 0, 0))
        counts = _("{operations} operations, {parameters} parameters")
        yield Key("", counts.format(operations=number(operations), parameters=number(parameters)))

    def note(self) -> str:
        """A note on what is left out."""
        closed = self.seen.closed
        said = []
        if closed:
            inside = sum(len(unit.vertices) for unit in closed)
            said.append(
                _("closed parts: {n}, with {inside} operations inside").format(
                    n=number(len(closed)), inside=number(inside)
                )
            )
        rolled = {unit.inside[0].path: unit.times for unit in self.seen.units if unit.times > 1 and not unit.bundle}
        said += [_("×{n}: the same parameters at {n} time steps").format(n=number(n)) for n in set(rolled.values())]
        if self.seen.left_out:
            said.append(_("{n} other cards are left out").format(n=number(self.seen.left_out)))
        return " · ".join(said)

    @cached_property
    def loss(self) -> frozenset[int]:
        """The number that gradients are those of, where it is one and they are shown."""
        found = self.graph.outputs if self.passes in _GRADIENTS and len(self.graph.outputs) == 1 else ()
        return frozenset(i for i in found if math.prod(self.graph.by_id[i].shape) == 1)

    # Measures

    @cached_property
    def measured(self) -> dict[str, float]:
        """Unit → its measure."""
        if self.colour is None:
            return {}
        found = {unit.id: measure(self.graph, unit.vertices, self.colour) for unit in self.seen.units}
        return {unit: number_ for unit, number_ in found.items() if number_ is not None}

    def band(self, unit: Unit) -> Band | None:
        found = self.measured.get(unit.id)
        if found is None or self.colour is None:
            return None
        if MEASURES[self.colour].share:
            return Band(_("{share} % saturated").format(share=number(100 * found, 0)), theme.openness(found))
        return Band(
            number(found, 0 if found >= 100 else 3), theme.magnitude(found, *theme.span(self.measured.values()))
        )

    # Cards

    def card(self, unit: Unit) -> Card:
        if unit.bundle:
            return self.part(unit)
        vertex = unit.vertices[0]
        rolled = unit.times > 1
        timed = vertex.scope.time is not None  # symbols of the course belong to the steps of a sequence
        own = vertex.name if timed and vertex.name in theme.ROLES else None
        if vertex.op is None:
            kind = "parameter" if vertex.kind == "parameter" else "input"
            word = "" if self.brief else _("parameter") if vertex.kind == "parameter" else _("input")
            symbol, sub = vertex.name or "·", ""
        else:
            kind = "output" if vertex.id in self.graph.outputs else "op"
            word = word_of(vertex.op)
            symbol, sub = vertex.symbol, ""
            if timed and vertex.name in self.roles:  # a symbol of the course stands large, with its time step
                symbol, word = vertex.name or "", f"{self.roles[vertex.name or '']} · {vertex.symbol}"
                sub = "ₜ" if rolled else subscript(vertex.scope.time or 0)
            elif vertex.name and vertex.id not in self.on_the_way:
                word = vertex.name
        constants = [x.value for x in vertex.inputs if isinstance(x, Constant) and x.value is not None]
        if constants and vertex.op is not None:
            said = ", ".join(map(_short, constants))
            if symbol in _BETWEEN and isinstance(vertex.inputs[-1], Constant):
                said = f"{symbol} {said}"  # which number is taken away, or divided by
            word = " ".join(filter(None, (word, f"({said})")))
        if vertex.id in self.loss:
            word = " · ".join(filter(None, (LOSS, word)))
        rows, strip = self.rolled_rows(unit) if rolled else self.value_rows(vertex)
        if not self.brief and len(self.seen.units) <= _LINES and vertex.op is not None and vertex.site.where:
            rows.append(Row("", vertex.site.where, theme.ABSENT))
        return Card(
            id=unit.id,
            kind=kind,
            symbol=symbol,
            subscript=sub,
            word=word,
            rows=tuple(rows),
            strip=strip,
            chips=tuple(self.chips_of(vertex)),
            colour=theme.ROLES.get(own) if own else None,
            tooltip=self.tooltip(vertex),
            step=unit.step,
            panel=self.panel_of(unit),
        )

    def part(self, unit: Unit) -> Card:
        """The card of a closed part: its kind, its size, and its output."""
        part = unit.bundle[0]
        count = sum(vertex.kind == "op" for vertex in unit.vertices)
        rows = [Row("", _("{n} operations").format(n=number(count)) if count != 1 else _("1 operation"))]
        strip: tuple[str, ...] = ()
        leaving = self.leaving.get(unit.id, [])
        if leaving:  # rather what the run computes than a constant that stands there
            more, strip = self.value_rows(([each for each in leaving if each.requires_grad] or leaving)[-1])
            rows += more
        symbol, word = self.part_words(unit)
        return Card(
            id=unit.id,
            kind="part",
            symbol=symbol,
            word=word,
            rows=tuple(rows),
            strip=strip,
            chips=tuple(self.part_chips(unit)),
            tooltip=_("{path}: closed; --open {path} opens it").format(path=part.path),
            step=unit.step,
            panel=self.panel_of(unit),
            border=2,
        )

    def part_words(self, unit: Unit) -> tuple[str, str]:
        """The name of a closed part, and its kind."""
        part, last = unit.bundle[0], unit.bundle[-1]
        times = f" ×{number(unit.times)}" if unit.times > 1 else ""
        if part.kind == STEP:
            steps = f"t = {part.step}" if part is last else f"t = {part.step}…{last.step}"
            return steps, times.strip() or _("time step") if part is last else times.strip()
        if part.kind == MORE:
            ends = [vertex.site.where for vertex in (unit.vertices[0], unit.vertices[-1])]
            (file, _colon, _line), (other, _colon, line) = (where.rpartition(":") for where in ends)
            if file == other:  # lines of one file
                ends[1] = line
            where = "–".join(dict.fromkeys(filter(None, ends if ends[0] != f"{file}:{line}" else ends[:1])))
            return (LOSS if self.ends_in_loss(unit) else part.name), "" if self.brief else where
        if part.kind == EQUATION:
            name = part.name.partition("·")[0]
            op = self.opened.get(name)
            return (op.symbol, word_of(op) or name) if op is not None else (name, name)
        inner = next((inner for inner in part.parts if inner.kind == STEP), None)
        steps = f" ×{number(sum(p.kind == STEP for p in part.parts))}" if inner is not None else ""
        kind = part.scope.kind if part.scope is not None else ""
        return part.name, f"{'' if self.brief else kind}{steps}{times}".strip()

    def ends_in_loss(self, unit: Unit) -> bool:
        """Whether a part computes what backward started from: one number, unlike the gradients that a woven graph ends in too."""
        last = unit.vertices[-1]
        return last.id in self.graph.outputs and not isinstance(last.value, tuple) and np.size(last.value) == 1

    @cached_property
    def opened(self) -> dict[str, Op]:
        """What composite operations are shown as → the operation."""
        from tinygrad_fr.ops.definition import registry

        return {op.shown_as: op for op in registry.values()}

    @cached_property
    def leaving(self) -> dict[str, list[Vertex]]:
        """Unit → its values that others use, or that are the run's result, in recording order."""
        found: dict[str, dict[int, Vertex]] = {}
        for tie in self.seen.ties:
            for edge in tie.edges:
                found.setdefault(tie.source, {})[edge.source] = self.graph.by_id[edge.source]
        for unit in self.seen.units:
            for vertex in unit.vertices:
                if vertex.id in self.graph.outputs:
                    found.setdefault(unit.id, {})[vertex.id] = vertex
        return {unit: [values[i] for i in sorted(values)] for unit, values in found.items()}

    # Parameters

    @cached_property
    def chip(self) -> dict[int, Chip]:
        """Id of a parameter, or of what is made of parameters → its chip."""
        absorbed = self.seen.absorbed
        return {
            i: Chip(
                absorbed.name(self.graph, i),
                "" if self.brief else shape_text(self.graph.by_id[i].shape),
                self.chip_gradient(self.graph.by_id[i]),
            )
            for i in absorbed.parameters
        }

    def chip_gradient(self, vertex: Vertex) -> str:
        """The gradient of a parameter, in short."""
        if self.passes not in _GRADIENTS or not vertex.requires_grad or vertex.grad is None:
            return ""
        row = self.gradient_row(vertex, math.prod(vertex.shape))
        return row.text if self.brief else f"{row.label} {row.text}"

    def chips_of(self, vertex: Vertex) -> Iterator[Chip]:
        return (self.chip[x] for x in dict.fromkeys(vertex.inputs) if isinstance(x, int) and x in self.chip)

    def part_chips(self, unit: Unit) -> Iterator[Chip]:
        roots = {
            root: None
            for vertex in unit.vertices
            for x in vertex.inputs
            if isinstance(x, int)
            for root in self.seen.absorbed.parameters.get(x, ())
        }
        if len(roots) <= _CHIPS:
            yield from (self.chip[root] for root in roots)
            return
        count = sum(math.prod(self.graph.by_id[root].shape) for root in roots)
        arrays = _("parameters in {n} arrays").format(n=number(len(roots)))
        yield Chip(number(count), _("parameters") if self.brief else arrays)

    # The text of a card

    def value_rows(self, vertex: Vertex) -> tuple[list[Row], tuple[str, ...]]:
        value = vertex.value[0] if isinstance(vertex.value, tuple) else vertex.value
        flat = np.asarray(value).ravel()
        rows: list[Row] = []
        strip: tuple[str, ...] = ()
        whole = flat.dtype.kind in "iub"
        if flat.size <= _FEW:
            figures = "  ".join(number(int(v)) if whole else number(float(v)) for v in flat) or "∅"
            rows.append(Row("" if self.brief else _("value"), figures))
        else:
            values = _binned(flat.astype(float))
            strip = self.strip(vertex, values, theme.largest(values))
            rows.append(Row("" if self.brief else _("shape"), shape_text(np.shape(value))))
        if self.passes in _GRADIENTS and vertex.requires_grad:
            came_back = self.gradient_row(vertex, flat.size)
            if (
                self.brief and came_back.bold and flat.size == 1
            ):  # one line for both: the gradient is told by its colour
                rows[-1] = replace(rows[-1], gradient=came_back.text)
            else:
                rows.append(came_back)
        rows += [Row("", remark, theme.WRONG, bold=True) for remark in remarks(vertex)]
        return rows, strip

    @staticmethod
    def strip(vertex: Vertex, values: Sequence[float], scale: float) -> tuple[str, ...]:
        colour = theme.scale_of(vertex.name if vertex.scope.time is not None else None)
        return tuple(colour(value, scale) for value in values)

    @staticmethod
    def gradient_row(vertex: Vertex, size: int) -> Row:
        if vertex.grad is None:
            return Row("∂L/∂·", _("not computed yet"), theme.ABSENT)
        gradient = vertex.grad[0] if isinstance(vertex.grad, tuple) else vertex.grad
        if size <= _FEW:
            flat = np.zeros(size) if gradient is None else np.asarray(gradient, dtype=float).ravel()
            text = "  ".join(number(float(value)) for value in flat) or "∅"
            return Row("∂L/∂·", text, theme.BACKWARD_TEXT, bold=True)
        return Row("‖∂L/∂·‖", number(norm(vertex.grad)), theme.BACKWARD_TEXT, bold=True)

    def rolled_rows(self, unit: Unit) -> tuple[list[Row], tuple[str, ...]]:
        """The same operation at every step: its mean value on a strip of time, its gradient from the first to the last."""
        vertex = unit.vertices[0]
        means = [float(np.mean(v.value[0] if isinstance(v.value, tuple) else v.value)) for v in unit.vertices]
        strip = self.strip(vertex, _binned(np.array(means)), theme.largest(means))
        rows = [Row(_("shape"), shape_text(vertex.shape))] if vertex.shape else []
        rows.append(Row("t →", _("mean value") if vertex.shape else _("value"), theme.WORDS))
        if self.passes in _GRADIENTS and vertex.requires_grad:
            first, last = unit.vertices[0].grad, unit.vertices[-1].grad
            if first is None or last is None:
                rows.append(Row("∂L/∂·", _("not computed yet"), theme.ABSENT))
            else:
                text = f"{number(norm(first))} … {number(norm(last))}"
                rows.append(Row("‖∂L/∂·‖", text, theme.BACKWARD_TEXT, bold=True))
        found = dict.fromkeys(remark for v in unit.vertices for remark in remarks(v))
        return rows + [Row("", remark, theme.WRONG, bold=True) for remark in list(found)[:1]], strip

    def tooltip(self, vertex: Vertex) -> str:
        what = vertex.op.shown_as if vertex.op is not None else vertex.name or ""
        place = f"{vertex.scope.path} · " if vertex.scope.path else ""
        return " · ".join(filter(None, (f"{place}{what} {shape_text(vertex.shape)}", vertex.site.quoted)))

    # Links

    def links(self) -> Iterator[Link]:
        sent = {tie: [e.contribution for e in tie.edges if e.contribution is not None] for tie in self.seen.ties}
        sizes = {tie: norm(tuple(parts)) for tie, parts in sent.items() if parts}
        low, high = theme.span(sizes.values())
        for tie in self.seen.ties:
            size = sizes.get(tie) if self.passes in _GRADIENTS else None
            yield self.link(tie, size, sent[tie], low, high)

    def link(self, tie: Tie, size: float | None, parts: list[Any], low: float, high: float) -> Link:
        own = len(tie.edges) if not self.between_parts(tie) else 1
        words_ = [f"×{number(own)}"] if own > 1 else []
        colour, width, tip = theme.FAINT if self.passes in _GRADIENTS else theme.EDGE, 1.1, ""
        if size is not None:
            figure = number(size)
            if len(parts) <= (1 if self.between_parts(tie) else _SUMMED) and all(np.size(part) == 1 for part in parts):
                figure, words_ = _sum([float(np.asarray(part).ravel()[0]) for part in parts]), []
            share = (
                (math.log(size / low) / math.log(high / low)) if size > 0 and high > low else 1.0 if size > 0 else 0.0
            )
            colour = theme.magnitude(size, low, high) if size > 0 else theme.FAINT
            width, tip = 1.0 + 2.6 * share, _("contribution {size}").format(size=figure)
            if size and len(self.seen.ties) <= _LABELLED:
                words_.append(figure)
        if tie.kind == "residual":
            width = max(width, 2.6)
            colour = theme.RESIDUAL if size is None else colour
        if tie.kind == "recurrent":
            words_.insert(0, "t → t+1")
        return Link(
            tie.source,
            tie.target,
            kind="forward" if size is None else self.passes,
            label=" ".join(words_),
            colour=colour,
            width=width,
            tooltip=tip,
            dashed=tie.kind == "recurrent",
        )

    @cached_property
    def several(self) -> set[str]:
        """Units that stand for more than one operation."""
        return {unit.id for unit in self.seen.units if unit.bundle or unit.times > 1}

    def between_parts(self, tie: Tie) -> bool:
        """Whether a line joins closed parts or rolled steps, where its uses are many because there are many operations."""
        return tie.source in self.several or tie.target in self.several

    # Panels

    @staticmethod
    def panel_of(unit: Unit) -> str | None:
        return (unit.inside[0].path or None) if unit.inside else None

    def panels(self) -> Iterable[Panel]:
        """The open parts around a unit, from the outside in."""
        shown: dict[str, tuple[Part, ...]] = {}
        for unit in self.seen.units:
            if unit.inside and unit.inside[0].path:
                shown.setdefault(unit.inside[0].path, unit.inside)
        scopes = {
            scope.path: scope
            for bundle in shown.values()
            if bundle[0].scope is not None
            for scope in bundle[0].scope.ancestors()
        }
        for path in sorted(scopes, key=lambda path: path.count("/")):
            scope, bundle = scopes[path], shown.get(path, ())
            parent = scope.parent.path if scope.parent is not None and scope.parent.path else None
            title = f"{scope.name} · {scope.kind}" if scope.kind.lower() not in ("", scope.name.lower()) else scope.name
            if scope.kind == EQUATION:
                name = scope.name.partition("·")[0]
                op = self.opened.get(name)
                word, symbol = (word_of(op) or name, op.symbol) if op is not None else (name, name)
                title = word if word == symbol else _("{word}: {symbol}").format(word=word, symbol=symbol)
            if scope.step is not None:
                title = (
                    f"t = {scope.step}" if len(bundle) < 2 else f"t = {scope.step}…{bundle[-1].step}   ×{len(bundle)}"
                )
            yield Panel(path, title, parent, scope.step if len(bundle) < 2 else None)


def _on_the_way(graph: Graph) -> set[int]:
    """Results inside an opened operation that bear the name of the variable that its last result goes to."""
    opened = {
        vertex.id: path
        for scope, inside in graph.scopes.items()
        if (path := min((s.path for s in scope.ancestors() if s.kind == EQUATION), key=len, default=None))
        for vertex in inside
    }
    if not opened:
        return set()
    inner = {
        x
        for v in graph.nodes
        for x in v.inputs
        if isinstance(x, int) and v.id in opened and opened.get(x) == opened[v.id]
    }
    return {x for x in inner if graph.by_id[x].name == graph.by_id[x].site.variable}


def _short(value: Any) -> str:
    """A constant as somebody wrote it: 1 for 1.0."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        value = int(value)
    return number(value) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)


def _sum(terms: list[float]) -> str:
    """Numbers that add up, as a sum: ``2 × −1.537``, ``1.000 − 0.500``."""
    first, *others = terms
    if others and len(set(map(number, terms))) == 1:
        return f"{len(terms)} × {number(first)}"
    return number(first) + "".join(f" {'−' if term < 0 else '+'} {number(abs(term))}" for term in others)


def _binned(flat: np.ndarray[Any, Any]) -> list[float]:
    """At most twelve cells: the values, or the mean of equal runs of them."""
    if flat.size <= _CELLS:
        return [float(v) for v in flat]
    edges = np.linspace(0, flat.size, _CELLS + 1).astype(int)
    return [float(v) for v in np.add.reduceat(flat, edges[:-1]) / np.diff(edges)]


def diagram_of(
    seen: Graph | View, *, passes: str = "forward", title: str = "", colour: str | None = None, brief: bool = False
) -> Diagram:
    """Draw a graph, whole or as it is seen from a distance.

    Args:
        seen: a reading of the record, or a view of one.
        passes: one of :data:`PASSES`; the last two say what the graph is, a recorded backward pass.
        title: the sentence at the top.
        colour: what is measured and coloured by, one of :data:`MEASURES`.
        brief: whether the legend, the lines of code and the words that colours and numbers say too are left out.

    Example:
        >>> from tinygrad_fr import Graph, Value
        >>> drawn = diagram_of(Graph.of((Value(0.5, label="w") * 3).tanh()), title="A small run")
        >>> [card.symbol for card in drawn.cards]
        ['w', '×', 'tanh']
    """
    return _Reader(view(seen) if isinstance(seen, Graph) else seen, passes, title, colour, brief=brief).diagram()
