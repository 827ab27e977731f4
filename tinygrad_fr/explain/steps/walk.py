"""A walk through a run, one operation at a time: forward, then backward."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.equations.names import LOSS
from tinygrad_fr.explain.equations.vertex import Equations, local_value
from tinygrad_fr.explain.formula import Formula, chain, read, value
from tinygrad_fr.explain.formula.tree import Row
from tinygrad_fr.explain.steps import sentences
from tinygrad_fr.gradients import grad
from tinygrad_fr.graph import Graph
from tinygrad_fr.locale import _, number
from tinygrad_fr.observers import observe
from tinygrad_fr.reach import reached
from tinygrad_fr.record.backward import plus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tinygrad_fr.graph import Vertex
    from tinygrad_fr.record.node import Node


@dataclass(frozen=True)
class Share:
    """The contribution of one operation to the gradient of one of its inputs.

    Attributes:
        source: id of the input.
        position: which operand it is.
        local: the number or array ∂y/∂x, None where the operation has no formula for it.
        contribution: upstream × local.
        before: what the input had received before, None when this share is the first.
        place: which one of the shares of this input it is, from 1.
        count: how many shares this input receives in all.
        course: number of the course's equation, None where it has none.

    Example:
        >>> from tinygrad_fr import Scalar
        >>> w = Scalar(3.0, name="w")
        >>> [(share.local, share.before, share.total, share.complete) for share in walk(w * w)[-1].shares]
        [(3.0, None, 3.0, False), (3.0, 3.0, 6.0, True)]
    """

    source: int
    position: int
    local: Any
    contribution: Any
    before: Any
    place: int
    count: int
    course: int | None

    @property
    def total(self) -> Any:
        """What the input has received so far, this share included."""
        return plus(self.before, self.contribution)

    @property
    def complete(self) -> bool:
        """Whether the input has received everything."""
        return self.place == self.count


@dataclass(frozen=True)
class Step:
    """One operation, in one of the two passes.

    Attributes:
        number: from 1, in its pass.
        phase: ``forward`` or ``backward``.
        vertex: the node of the record.
        shares: what it sends to its inputs, backward; empty for the very start of the backward pass.
        equations: of the graph, where the words and figures come from.

    Example:
        >>> from tinygrad_fr import Scalar
        >>> step = walk((Scalar(3.0, name="w") * 2).relu())[0]
        >>> step.phase, str(step.formula), str(step.numbers)
        ('forward', 'v₁ = w × 2', 'v₁ = 3 × 2 = 6')
    """

    number: int
    phase: str
    vertex: Vertex
    shares: tuple[Share, ...]
    equations: Equations

    @property
    def name(self) -> str:
        """What the vertex is called."""
        return self.equations.names[self.vertex.id].plain

    @property
    def starts(self) -> bool:
        """Whether this is the gradient that the backward pass starts from."""
        return self.phase == "backward" and not self.shares

    @property
    def formula(self) -> Formula:
        """What the operation computes, with names."""
        return self.equations.of(self.vertex)

    @property
    def numbers(self) -> Formula:
        """The same with numbers."""
        return self.equations.with_numbers(self.vertex)

    @property
    def upstream(self) -> Formula:
        """The gradient that arrives: ∂L/∂y = 0.786."""
        gradient = self.equations.gradient(self.vertex.id)
        return chain(gradient, self.equations.result(self.vertex.grad, gradient))

    def formulas(self, share: Share) -> list[Formula]:
        """Expressions that are equal, with names: the gradient of an input that has one share, and that share."""
        whole = [Formula(Row((self.equations.gradient(share.source),)))] if share.count == 1 else []
        return whole + self.equations.share(self.vertex, share.position)

    def figures(self, share: Share) -> list[Formula]:
        """The same with numbers: −2.226 × 2 = −4.452."""
        return self.equations.share_with_numbers(self.vertex, share.position, share.local, share.contribution)

    def accumulated(self, share: Share) -> Formula:
        """What the input has received so far: ∂L/∂x = −1.515 + (−1.515) = −3.030."""
        gradient = self.equations.gradient(share.source)
        result = self.equations.result(share.total, gradient)
        if share.before is None:
            return chain(gradient, result)
        total = read("a + b").put({"a": value(share.before), "b": value(share.contribution)})
        return chain(gradient, total, result)

    @property
    def sentence(self) -> str:
        """What happens, in words."""
        if self.phase == "forward":
            return sentences.forward(self.vertex)
        return sentences.start(self.name) if self.starts else sentences.backward(self.vertex, self.shares)

    def lines(self) -> list[tuple[str, list[str]]]:
        """The step as labels, each with the lines that it stands before."""
        if self.phase == "forward":
            return [(_("computes"), [self.formula.plain]), (_("with numbers"), [self.numbers.plain])]
        lines = [] if self.starts else [(_("computed"), [self.formula.plain])]
        lines.append((_("receives"), [self.upstream.plain]))
        return lines + [self._share_lines(share) for share in self.shares]

    def _share_lines(self, share: Share) -> tuple[str, list[str]]:
        name = self.equations.names[share.source].plain
        parts = [*(part.plain for part in self.formulas(share)), " = ".join(part.plain for part in self.figures(share))]
        margin = "= "
        if share.count == 1:  # the gradient, and all that it equals in a column
            gradient, first, *parts = parts
            margin, parts = " " * len(gradient) + " = ", [f"{gradient} = {first}", *parts]
        lines = [parts[0], *(margin + part for part in parts[1:])]
        if share.course is not None:
            lines[0] += "   " + _("equation ({number}) of the course").format(number=share.course)
        if share.count == 1:
            return _("sends to {name}").format(name=name), lines
        more = share.count - share.place
        state = _("{n} more to come").format(n=more) if more else _("complete")
        label = _("share {place} of {count} for {name}").format(place=share.place, count=share.count, name=name)
        return label, [*lines, f"{self.accumulated(share).plain}   ({state})"]

    def to_json(self) -> dict[str, Any]:
        """The step as plain data."""
        return {
            "number": self.number,
            "phase": self.phase,
            "id": self.vertex.id,
            "name": self.name,
            "operation": self.vertex.op.name if self.vertex.op is not None else None,
            "scope": self.vertex.scope.path,
            "source": self.vertex.site.to_json(),
            "sentence": self.sentence,
            "formula": _written(self.formula),
            "numbers": _written(self.numbers if self.phase == "forward" else self.upstream),
            "value": _data(self.vertex.value),
            "gradient": _data(self.vertex.grad) if self.phase == "backward" else None,
            "shares": [
                {
                    "to": share.source,
                    "name": self.equations.names[share.source].plain,
                    "position": share.position,
                    "course_equation": share.course,
                    "local": _data(share.local),
                    "contribution": _data(share.contribution),
                    "accumulated": _data(share.total),
                    "complete": share.complete,
                    "formula": _written(chain(*self.formulas(share))),
                    "numbers": _written(chain(*self.figures(share))),
                }
                for share in self.shares
            ],
        }


def _data(found: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(found, tuple):
        return [_data(part) for part in found]
    return found.tolist() if hasattr(found, "tolist") else found


def _written(formula: Formula) -> dict[str, str]:
    return {"plain": formula.plain, "latex": formula.latex}


class Walk:
    """The steps of a run, forward then backward.

    Example:
        >>> from tinygrad_fr import Scalar
        >>> w = Scalar(3.0, name="w")
        >>> steps = walk((w * w).relu())
        >>> [str(part) for part in steps[-1].figures(steps[-1].shares[0])]
        ['1 × 3', '3']
        >>> steps.sums()[w.id]
        6.0
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.equations = Equations(graph)
        self.steps = (*self._forward(), *self._backward())

    def _forward(self) -> Iterator[Step]:
        operations = [vertex for vertex in self.graph.nodes if vertex.op is not None]
        for place, vertex in enumerate(operations, 1):
            yield Step(place, "forward", vertex, (), self.equations)

    def _backward(self) -> Iterator[Step]:
        """Youngest first, as backward itself goes."""
        sent: dict[int, list[tuple[int, Any]]] = {}
        counts: Counter[int] = Counter()
        for edge in self.graph.edges:
            if edge.contribution is not None:
                sent.setdefault(edge.target, []).append((edge.position, edge.contribution))
                counts[edge.source] += 1
        starts = [self.graph.by_id[i] for i in self.graph.outputs if i in sent]
        for place, vertex in enumerate(starts, 1):
            yield Step(place, "backward", vertex, (), self.equations)
        received: dict[int, Share] = {}
        for place, i in enumerate(sorted(sent, reverse=True), 1 + len(starts)):
            vertex, shares = self.graph.by_id[i], []
            for position, contribution in sent[i]:
                source = vertex.inputs[position]
                assert isinstance(source, int)
                before = received.get(source)
                received[source] = Share(
                    source,
                    position,
                    local_value(self.graph, vertex, position),
                    contribution,
                    before.total if before is not None else None,
                    before.place + 1 if before is not None else 1,
                    counts[source],
                    course_number(self.graph, vertex, position),
                )
                shares.append(received[source])
            yield Step(place, "backward", vertex, tuple(shares), self.equations)

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, index: int) -> Step:
        return self.steps[index]

    @property
    def totals(self) -> Mapping[str, int]:
        """The number of steps of each pass."""
        return Counter(step.phase for step in self.steps)

    def heading(self, step: Step) -> str:
        """The heading of a step: its number and its vertex."""
        said = {"forward": _("Forward, step {number} of {total}"), "backward": _("Backward, step {number} of {total}")}
        return said[step.phase].format(number=step.number, total=self.totals[step.phase])

    def sums(self) -> dict[int, Any]:
        """Leaf id → sum of everything that the steps sent to it: its gradient."""
        found: dict[int, Any] = {}
        for step in self.steps:
            for share in step.shares:
                if self.graph.by_id[share.source].op is None:
                    found[share.source] = share.total
        return dict(sorted(found.items()))

    def to_json(self) -> dict[str, Any]:
        """The walk as plain data."""
        return {"steps": [step.to_json() for step in self.steps]}

    def text(self, step: Step) -> str:
        """A step as lines of text, labels in a column."""
        lines = step.lines()
        wide = max(len(label) for label, _parts in lines) + 2
        heading = filter(None, (self.heading(step), step.name, step.vertex.site.quoted))
        told = [" · ".join(heading), f"  {step.sentence}"]
        for label, parts in lines:
            told += [f"  {(label if i == 0 else ''):<{wide}}{part}".rstrip() for i, part in enumerate(parts)]
        return "\n".join(told)

    def introduction(self) -> str:
        """How long the walk is."""
        return _("{forward} steps forward, {backward} steps backward; figures are rounded.").format(
            forward=number(self.totals["forward"]), backward=number(self.totals["backward"])
        )

    def conclusion(self) -> str:
        """The gradients that the walk ends with."""
        lines = [_("Result: the gradient of each leaf, what .grad holds after backward()")]
        for i, total in self.sums().items():
            gradient = self.equations.gradient(i)
            meaning = self._meaning(i, total)
            lines.append(f"  {chain(gradient, self.equations.result(total, gradient)).plain}{meaning}")
        return "\n".join(lines)

    def _meaning(self, i: int, gradient: Any) -> str:
        """What the sign of a derivative says."""
        if not isinstance(gradient, float) or not gradient:
            return ""
        said = (
            _("{loss} rises when {name} grows a little")
            if gradient > 0
            else _("{loss} falls when {name} grows a little")
        )
        return "   " + said.format(loss=LOSS, name=self.equations.names[i].plain)

    def _repr_html_(self) -> str:
        from tinygrad_fr.explain.steps.html import html

        return html(self)

    def __str__(self) -> str:
        return "\n\n".join([self.introduction(), *map(self.text, self.steps), self.conclusion()])


def course_number(graph: Graph, vertex: Vertex, position: int) -> int | None:
    """The number of the course's equation for a share: (3) to (6), for layers of neurons."""
    op = vertex.op
    if op is None:
        return None
    if op.explained.letters or op.explained.joins:
        return op.explained.course[position] if position < len(op.explained.course) else None
    source = vertex.inputs[position]
    below = graph.by_id[source].op if isinstance(source, int) else None
    if below is None or below.name != "linear" or len(vertex.inputs) > 1:
        return None
    return 4 if _reaches(graph, vertex.id, "linear") else 3


def _reaches(graph: Graph, start: int, name: str) -> bool:
    """Whether an operation of a name uses a vertex, straight away or further on."""
    stack, seen = [start], {start}
    while stack:
        for edge in graph.users[stack.pop()]:
            op = graph.by_id[edge.target].op
            if op is not None and op.name == name:
                return True
            if edge.target not in seen:
                seen.add(edge.target)
                stack.append(edge.target)
    return False


def walk(loss: Node | Graph, gradient: Any = None) -> Walk:
    """Tell a run one operation at a time, forward then backward.

    The backward pass runs under observation and adds to no ``.grad``.

    Args:
        loss: where backpropagation starts; or a graph that was read with an observation.
        gradient: the gradient to start from, where the loss is not a single number.

    Raises:
        GradientError: the loss requires no gradient, or has no gradient to start from.
        UsageError: the graph was read without an observation of its backward pass.

    Example:
        >>> from tinygrad_fr import Value
        >>> w = Value(0.5, label="w")
        >>> told = walk((w * 3).tanh())
        >>> len(told), w.grad
        (5, 0.0)
    """
    if isinstance(loss, Graph):
        if not loss.contributions:
            raise UsageError(
                _("this graph holds no backward pass: read it with Graph.of(loss, observation=…) after loss.backward()")
            )
        return Walk(loss)
    leaves = [node for node in reached([loss.current], ()).values() if node.op is None]
    with observe() as seen:
        grad(loss, leaves, gradient, allow_unused=True)
    return Walk(Graph.of(loss, observation=seen))
