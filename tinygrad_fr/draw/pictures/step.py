"""The picture of one step of a walk: the whole graph, whose cards stay at the same place in every step."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tinygrad_fr.draw import theme
from tinygrad_fr.draw.diagram import Card, Diagram, Link, Mark, Row
from tinygrad_fr.draw.dot import text_width
from tinygrad_fr.draw.fit import SCREEN, Window, in_a_window
from tinygrad_fr.draw.layout import Block, block_of, bordered, measured, with_arrows
from tinygrad_fr.draw.words import shape_text
from tinygrad_fr.draw.wrap import PAGES, wrapped
from tinygrad_fr.errors import DrawError
from tinygrad_fr.explain.steps.known_values import FEW, Known, brief, known
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tinygrad_fr.explain import Step, Walk
    from tinygrad_fr.graph import Vertex

LIMIT = 80  # cards that a person can still follow from step to step
_WORD = 26  # letters of a formula that still fit on a card
_TYPE = 15  # size of the heading's lines: they are read from afar
_LETTERS = 80  # of a line of code over a picture on a slide
_LINE = 24.0  # points from one line of the heading to the next
_WRITTEN = 0.85  # of the width that a line surely does not exceed, what it takes
_SPOKEN = 6 * _LINE  # points that the heading of a step takes
_TOGETHER = 84  # letters of a line on a slide in which formula and figures stand together
_BORDER = 10.0  # points around a picture on a slide


def frames(walk: Walk, *, window: Window = SCREEN) -> tuple[Diagram, ...]:
    """One picture a step, all of one size, every card in the same place.

    Args:
        walk: the steps.
        window: points that are seen where they are shown, from left to right and from top to bottom.

    Raises:
        DrawError: the graph is too large to be followed card by card.

    Example:
        >>> from tinygrad_fr import Value
        >>> from tinygrad_fr.explain import walk
        >>> told = walk((Value(0.5, label="w") * 3).tanh())
        >>> len(frames(told)) >= len(told)
        True
    """
    if len(walk.graph.nodes) > LIMIT:
        raise DrawError(
            _("this walk has {n} nodes, and its pictures can show {limit}: walk a smaller run, or read it in the terminal").format(
                n=number(len(walk.graph.nodes)), limit=LIMIT
            )
        )  # fmt: skip
    return _Frames(walk, window).diagrams()


class _Frames:
    def __init__(self, walk: Walk, window: Window) -> None:
        self.window = window
        self.walk, self.graph, self.names = walk, walk.graph, walk.equations.names
        self.pairs = list(dict.fromkeys((edge.source, edge.target) for edge in self.graph.edges))

    def diagrams(self) -> tuple[Diagram, ...]:
        states = [known(self.walk, i) for i in range(len(self.walk))]
        cards = [[self.card(vertex, each) for vertex in self.graph.nodes] for each in states]
        block = self.places(cards, states)
        if theme.on_slides():
            block = bordered(block, _BORDER)
        texts = [self.lines(each.step, block.width) for each in states]
        tall = max(map(len, texts)) + (0.8 if theme.on_slides() else 0.5)
        spoken = max(text_width(line) for lines in texts for line in lines)
        wide = max(block.width, _WRITTEN * spoken if theme.on_slides() else spoken)
        page = Mark(
            (wide / 2, (block.height + _LINE * tall) / 2), fill=theme.PAGE, extent=(wide, block.height + _LINE * tall)
        )
        return tuple(
            Diagram(
                title=f"{self.walk.heading(each.step)}. {each.step.sentence}",
                cards=tuple(self.placed(card, block) for card in drawn),
                links=tuple(self.links(each, block)),
                frame=(wide, block.height + _LINE * tall) if theme.on_slides() else None,
                marks=(page, *self.heading(lines, block.height + _LINE * tall), *self.labels(each, block)),
            )
            for each, drawn, lines in zip(states, cards, texts, strict=True)
        )

    # Places

    def places(self, cards: list[list[Card]], states: list[Known]) -> Block:
        """Room for the longest text that each card and each line will ever bear."""
        largest = [_largest(versions) for versions in zip(*cards, strict=True)]
        longest = {pair: max((self.label(each, pair) for each in states), key=len) for pair in self.pairs}
        links = tuple(Link(str(s), str(t), label=longest[s, t] or "0,000") for s, t in self.pairs)
        across = Diagram("", cards=tuple(largest), links=links)
        ways = [measured(across), measured(across.replaced(direction="TB"))]
        wide, tall = PAGES["slide"]
        if not theme.on_slides():
            wide = min(wide, self.window[0])
        rows = wrapped(across, (wide, tall), gain=1)
        if rows.pinned:
            ways.append(block_of(rows, ways[0].sizes))
        if theme.on_slides():
            return max(ways, key=lambda block: min(wide / block.width, tall / (block.height + _SPOKEN)))
        return max(ways, key=lambda block: in_a_window(block.width, block.height + _SPOKEN, self.window))

    @staticmethod
    def placed(card: Card, block: Block) -> Card:
        return replace(card, at=block.centres[card.id], size=block.sizes[card.id])

    # Cards

    def card(self, vertex: Vertex, state: Known) -> Card:
        name = self.names[vertex.id].plain
        active = vertex.id == state.step.vertex.id
        if vertex.op is None:
            kind = "parameter" if vertex.kind == "parameter" else "input"
            symbol, word = name, _("parameter") if vertex.kind == "parameter" else _("input")
        else:
            kind, symbol = "op", vertex.symbol
            formula = self.walk.equations.of(vertex).plain
            word = formula if len(formula) <= _WORD else name
        if active:
            kind = "computing" if state.step.phase == "forward" else "sending"
        return Card(
            id=str(vertex.id),
            kind=kind,
            symbol=symbol,
            word=word,
            rows=tuple(self.rows(vertex, state)),
            border=3 if active else 1,
            tooltip=" · ".join(filter(None, (name, vertex.site.quoted))),
        )

    def rows(self, vertex: Vertex, state: Known) -> Iterator[Row]:
        value = state.value(vertex.id)
        if theme.on_slides():
            yield self.row(vertex, state)
            return
        yield Row(_("value"), _shape(vertex) + value) if value is not None else self.absent(_("value"))
        if vertex.requires_grad:
            found, label = state.gradient(vertex.id), "∂L/∂·"
            final = state.complete(vertex.id)
            yield self.absent(label) if found is None else Row(label, found, theme.BACKWARD_TEXT, bold=final)

    @staticmethod
    def row(vertex: Vertex, state: Known) -> Row:
        """Value and gradient in one line, for a slide, whose type is large; a dash stands for a value that is not known yet."""
        value = state.value(vertex.id)
        gradient = state.gradient(vertex.id) if vertex.requires_grad else None
        shown = _shape(vertex) + value if value is not None else "–"
        return Row("", shown, None if value is not None else theme.ABSENT, gradient=gradient or "")

    def absent(self, label: str) -> Row:
        brief = self.window != SCREEN
        return Row(label, _("not yet") if brief else _("not computed yet"), theme.ABSENT)

    # Lines

    def links(self, state: Known, block: Block) -> Iterator[Link]:
        step = state.step
        for source, target in self.pairs:
            active = target == step.vertex.id and (step.phase == "forward" or bool(step.shares))
            came_back = (source, target) in state.sent
            kind = "both" if came_back else "forward"
            if step.phase == "backward":
                active = active and any(share.source == source for share in step.shares)
                colour = theme.BACKWARD if active else theme.BACKWARD_SOFT if came_back else theme.FAINT
            else:
                colour = theme.INK if active else theme.EDGE if target in state.values else theme.FAINT
            link = Link(
                str(source),
                str(target),
                kind=kind,
                colour=colour,
                width=3.0 if active else 1.6 if came_back else 1.1,
                tooltip=self.label(state, (source, target)),
            )
            yield replace(link, path=with_arrows(block.paths[str(source), str(target)], link))

    def label(self, state: Known, pair: tuple[int, int]) -> str:
        """The gradient that came back along a line so far."""
        shares = state.sent.get(pair, [])
        sent = [brief(share.contribution) for share in shares]
        if len(shares) > 1 and len(set(sent)) == 1:
            return f"{len(shares)} × {sent[0]}"
        return " + ".join(sent)

    def labels(self, state: Known, block: Block) -> Iterator[Mark]:
        for pair in self.pairs:
            text = self.label(state, pair)
            if text:
                active = pair[1] == state.step.vertex.id
                at = block.labels[str(pair[0]), str(pair[1])]
                yield Mark(at, text, theme.SMALL, theme.BACKWARD_TEXT, bold=active)

    # Heading

    def lines(self, step: Step, width: float) -> list[Mark]:
        """The text of the step, in lines that are no wider than the picture."""
        where = step.vertex.site.quoted
        if theme.on_slides() and len(where) > _LETTERS:
            where = where[: _LETTERS - 1] + "…"
        lines = [Mark((0, 0), self.walk.heading(step), theme.TITLE + 4, theme.INK, bold=True)]
        lines += [_line(part, theme.WORDS) for part in textwrap.wrap(step.sentence, max(60, int(width / 9)))]
        if step.phase == "forward":
            lines += [_line(step.formula.plain, theme.INK), _line(step.numbers.plain, theme.INK, bold=True)]
        elif step.starts:
            lines.append(_line(step.upstream.plain, theme.BACKWARD_TEXT, bold=True))
        for share in step.shares:
            symbols = " = ".join(part.plain for part in step.formulas(share))
            number_ = f"   ({share.course})" if share.course is not None else ""
            numbers = " = ".join(part.plain for part in step.figures(share))
            if theme.on_slides() and len(symbols) + len(numbers) <= _TOGETHER:
                lines.append(_line(f"{symbols} = {numbers}", theme.BACKWARD_TEXT, bold=True))
                continue
            lines.append(_line(symbols + number_, theme.INK))
            lines.append(_line(f"= {numbers}", theme.BACKWARD_TEXT, bold=True))
        return [*lines, _line(where, theme.WORDS)] if where else lines

    @staticmethod
    def heading(lines: Sequence[Mark], top: float) -> Iterator[Mark]:
        left, first = (_BORDER, 0.8) if theme.on_slides() else (0.0, 0.5)
        for i, line in enumerate(lines):
            yield replace(line, at=(left, top - _LINE * (i + first)), anchor="start")


def _line(text: str, colour: str, *, bold: bool = False) -> Mark:
    return Mark((0, 0), text, _TYPE, colour, bold=bold)


def _largest(versions: Sequence[Card]) -> Card:
    """A card with the longest text that each of its rows will bear."""
    rows = zip(*(card.rows for card in versions), strict=True)
    longest = (max(same, key=lambda row: len(row.text) + len(row.gradient) + row.bold) for same in rows)
    return replace(versions[0], border=3, rows=tuple(longest))


def _shape(vertex: Vertex) -> str:
    """The shape, in front of a norm that says nothing of it."""
    large = not isinstance(vertex.value, tuple) and np.size(vertex.value) > FEW
    return f"[{shape_text(vertex.shape)}]  " if large else ""
