"""Diagram → DOT text."""

from __future__ import annotations

from hashlib import sha256
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from graphviz.quoting import quote

from tinygrad_fr.draw import theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tinygrad_fr.draw.diagram import Band, Card, Diagram, Key, Link, Mark, Panel, Row

_PAD, _PAD_SLIDE = 0.25, 0.1  # inches around a picture: a page that it fills has a border of its own
_CELL = 13  # points, side of a strip's cell
_LONGEST = 60  # characters of a name on a card
_LONGEST_NAME, _LONGEST_TIP = 400, 2000  # Graphviz reads no string of more than 16 384 bytes


def clean(text: str) -> str:
    """Text as it may stand in a label: printable, of bounded length, with nothing for HTML to read."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    if len(printable) > _LONGEST * 3:
        printable = printable[: _LONGEST * 3 - 1] + "…"
    return escape(printable, quote=True).replace("\\", "\\\\")  # or Graphviz puts names for \N, \G and \E


def name_of(id_: str) -> str:
    """The name of a card or a panel in DOT: characters with a meaning in DOT are written in hexadecimal."""
    name = "".join(c if c.isprintable() and c not in '"\\%<>&' else _hexadecimal(c) for c in id_)
    if len(name) <= _LONGEST_NAME:
        return name
    return name[: _LONGEST_NAME // 2] + "%" + sha256(name.encode()).hexdigest()


def _hexadecimal(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def identifier(id_: str) -> str:
    """That name, in quotes."""
    return f'"{name_of(id_)}"'


def _string(text: str) -> str:
    """A quoted DOT string that Graphviz takes literally."""
    printable = "".join(c if c.isprintable() else " " for c in text[:_LONGEST_TIP]).replace("\\", "\\\\")
    return str(quote(escape(printable, quote=False) + " ")).strip() if printable else '""'


def _font(text: str, size: int, colour: str | None = None, bold: bool = False, face: str = "") -> str:
    inside = f"<b>{text}</b>" if bold else text
    attribute = f' color="{colour}"' if colour else ""
    attribute += f' face="{face}"' if face else ""
    return f'<font point-size="{theme.type_size(size)}"{attribute}>{inside}</font>'


def _air() -> str:
    """Room for the error of Graphviz, which measures letters in whole pixels: a word may be some points wider than its box."""
    return _font("  ", theme.SMALL)


def _attributes(pairs: Iterable[tuple[str, object]]) -> str:
    return " ".join(f"{key}={value}" for key, value in pairs)


def to_dot(diagram: Diagram) -> str:
    """The DOT text of a picture; cards that have their place keep it."""
    head = [
        ("bgcolor", quote(theme.PAGE)),
        ("fontname", quote(theme.FONT)),
        ("rankdir", diagram.direction),
        ("nodesep", 0.2),
        ("ranksep", 0.42),
        ("pad", _PAD_SLIDE if theme.type_size(0) else _PAD),
    ]
    if diagram.pinned:
        head += [("outputorder", "nodesfirst"), ("splines", "true" if diagram.routed else "line")]
    elif diagram.title:
        head += [("label", f"<{_heading(diagram)}>"), ("labelloc", "t"), ("labeljust", "l")]
    lines = ["digraph {", f"\tgraph [{_attributes(head)}]"]
    font = quote(theme.FONT)
    lines.append(f"\tnode [fontname={font} shape=plain fontcolor={quote(theme.INK)}]")
    lines.append(
        f"\tedge [fontname={font} fontsize={theme.type_size(theme.SMALL)} arrowsize=0.6 color={quote(theme.EDGE)} fontcolor={quote(theme.BACKWARD_TEXT)}]"
    )
    if diagram.pinned:
        lines += [_pinned_panel(panel) for panel in diagram.panels if panel.box is not None]
        lines += [_mark(i, mark) for i, mark in enumerate(diagram.marks)]
        lines += _pinned_heading(diagram)
        lines += ["\t" + _card(card) for card in diagram.cards]
    else:
        lines += _clusters(diagram, None, "\t")
    lines += [_link(link) for link in diagram.links]
    return "\n".join([*lines, "}", ""])


def _heading(diagram: Diagram, extent: str = "") -> str:
    """Title, guide, legend and note as an HTML-like table."""
    rows = [_font(clean(diagram.title), theme.TITLE, theme.INK, bold=True)]
    rows += [_font(clean(line), theme.MEDIUM, theme.WORDS) for line in _guide(diagram)]
    rows += ["    ".join(map(_key, keys)) for keys in _legend(diagram)]
    if diagram.note:
        rows.append(_font(clean(diagram.note), theme.SMALL, theme.BACKWARD_TEXT))
    cells = "".join(f'<tr><td align="left">{row}</td></tr>' for row in rows)
    return f'<table border="0" cellborder="0" cellspacing="2"{extent}>{cells}</table>'


def _guide(diagram: Diagram) -> list[str]:
    """The lines that teach how to read the picture."""
    lines = [line for line in diagram.guide.split("\n") if line]
    return [part for line in lines for part in wrap(line, diagram.letters)] if diagram.letters else lines


def _legend(diagram: Diagram) -> list[list[Key]]:
    """The legend in lines."""
    lines: list[list[Key]] = []
    room = 0
    for key in diagram.legend:
        letters = len(key.sign) + len(key.word) + 4
        if not lines or (diagram.letters and letters > room):
            lines.append([])
            room = diagram.letters
        lines[-1].append(key)
        room -= letters
    return lines


def _key(key: Key) -> str:
    sign = _font(clean(key.sign), theme.MEDIUM, key.colour or theme.INK, bold=True)
    return f"{sign}{_font(' ' + clean(key.word), theme.SMALL, theme.WORDS)}" if key.word else sign


def _pinned_heading(diagram: Diagram) -> list[str]:
    """The heading as a box whose left side is known: wider than its text, which starts at the left."""
    if diagram.heading is None or not diagram.title:
        return []
    lines, legend = _guide(diagram), _legend(diagram)
    keys = [sum(10 * len(key.sign) + 6.4 * len(key.word) + 22 for key in line) for line in legend]
    wide = max(len(diagram.title) * 12.5, *keys, len(diagram.note) * 6, *(len(line) * 7 for line in lines), 1)
    tall = 30 + 21 * (len(lines) + len(legend) + bool(diagram.note))
    at = diagram.heading.left + wide / 2, diagram.heading.bottom + tall / 2
    label = _heading(diagram, f' width="{wide}" height="{tall}"')
    return [f"\theading [label=<{label}> pos={quote(f'{at[0]:.2f},{at[1]:.2f}!')} tooltip={_string(diagram.title)}]"]


def _clusters(diagram: Diagram, parent: str | None, indent: str) -> list[str]:
    lines = [indent + _card(card) for card in diagram.cards if card.panel == parent]
    for panel in diagram.panels:
        if panel.parent != parent:
            continue
        inside = _clusters(diagram, panel.id, indent + "\t")
        if not inside:
            continue
        label = f"<{_font(clean(panel.title), theme.SMALL + 1, theme.WORDS)}>"
        style = _attributes(
            [
                ("label", label),
                ("labeljust", "l"),
                ("style", quote("rounded,filled")),
                ("fillcolor", quote(theme.PANEL)),
                ("color", quote(theme.HAIRLINE)),
                ("margin", 12),
            ]
        )
        lines += [
            f"{indent}subgraph {identifier('cluster_' + panel.id)} {{",
            f"{indent}\tgraph [{style}]",
            *inside,
            indent + "}",
        ]
    return lines


def _row(row: Row) -> str:
    label = _font(clean(row.label) + "  ", theme.SMALL, theme.WORDS) if row.label else ""
    text = _font(clean(row.text), theme.SMALL + 1, row.colour or theme.INK, row.bold)
    came_back = (
        _font("   " + clean(row.gradient), theme.SMALL + 1, theme.BACKWARD_TEXT, bold=True) if row.gradient else ""
    )
    return f'<tr><td align="left">{label}{text}{came_back}{_air()}</td></tr>'


def _strip(colours: tuple[str, ...]) -> str:
    cell = f'width="{_CELL}" height="{_CELL}" fixedsize="true"'
    cells = "".join(f'<td {cell} bgcolor="{colour}"></td>' for colour in colours)
    table = f'<table border="0" cellborder="0" cellspacing="1" cellpadding="0"><tr>{cells}</tr></table>'
    return f'<tr><td align="left">{table}</td></tr>'


def _chips(card: Card) -> str:
    fill, border = theme.PARAMETER
    cells = "".join(
        f'<tr><td align="left" border="1" color="{border}" bgcolor="{fill}" style="rounded" cellpadding="2">'
        f"{_font(clean(chip.name), theme.SMALL + 1, theme.INK, bold=True)}"
        f"{_font(' ' + clean(chip.note), theme.SMALL, theme.WORDS)}"
        f"{_font('  ' + clean(chip.gradient), theme.SMALL, theme.BACKWARD_TEXT) if chip.gradient else ''}{_air()}</td></tr>"
        for chip in card.chips
    )
    table = f'<table border="0" cellborder="0" cellspacing="2" cellpadding="0">{cells}</table>'
    return f'<tr><td align="left">{table}</td></tr>'


def _band(band: Band) -> str:
    text = _font(clean(band.text), theme.SMALL + 1, theme.ink_on(band.colour), bold=True)
    return f'<tr><td align="left" bgcolor="{band.colour}">{text}</td></tr>'


def label_of(card: Card) -> str:
    """The card's HTML-like label."""
    fill, border = theme.CARDS[card.kind]
    title = _font(clean(card.symbol), theme.LARGE, card.colour or theme.INK, bold=True)
    if card.subscript:
        title += _font(clean(card.subscript), theme.SMALL + 1, card.colour or theme.INK)
    if card.word:
        title += _font("  " + clean(card.word), theme.SMALL, theme.WORDS)
    rows = _band(card.band) if card.band is not None else ""
    rows += f'<tr><td align="left">{title}{_air()}</td></tr>'
    rows += _strip(card.strip) if card.strip else ""
    rows += "".join(_row(row) for row in card.rows)
    rows += _chips(card) if card.chips else ""
    extent = f' width="{card.size[0]:.0f}" height="{card.size[1]:.0f}"' if card.size is not None else ""
    return (
        f'<table border="{card.border}" color="{card.colour or border}" style="rounded" cellborder="0" cellspacing="0" '
        f'cellpadding="3" bgcolor="{fill}"{extent}>{rows}</table>'
    )


def _card(card: Card) -> str:
    place = [("pos", quote(f"{card.at[0]:.2f},{card.at[1]:.2f}!"))] if card.at is not None else []
    tip = [("tooltip", _string(card.tooltip or card.symbol))]
    if card.shape == "dot":
        attributes = [
            ("shape", "circle"),
            ("width", 0.3),
            ("fixedsize", "true"),
            ("style", "filled"),
            ("fillcolor", quote(theme.PAGE)),
            ("color", quote(theme.OPERATION[1])),
            ("label", f"<{_font(clean(card.symbol), 13)}>"),
        ]
    elif card.shape == "pill":
        attributes = [
            ("shape", "box"),
            ("style", quote("rounded,filled")),
            ("fillcolor", quote(theme.CARDS[card.kind][0])),
            ("color", quote(card.colour or theme.CARDS[card.kind][1])),
            ("width", 0.5),
            ("height", 0.26),
            ("margin", quote("0.06,0.02")),
            ("label", f"<{_font(clean(card.symbol), theme.SMALL + 1)}>"),
        ]
    elif card.shape == "point":
        attributes = [("shape", "point"), ("width", 0.01), ("style", "invis")]
    else:
        attributes = [("label", f"<{label_of(card)}>")]
    return f"{identifier(card.id)} [{_attributes([*attributes, *place, *tip])}]"


def _pinned_panel(panel: Panel) -> str:
    assert panel.box is not None
    left, bottom, right, top = panel.box
    attributes = [
        ("shape", "box"),
        ("style", quote("rounded,filled")),
        ("fillcolor", quote(theme.PANEL)),
        ("color", quote(theme.HAIRLINE)),
        ("label", '""'),
        ("width", f"{(right - left) / 72:.3f}"),
        ("height", f"{(top - bottom) / 72:.3f}"),
        ("fixedsize", "true"),
        ("pos", quote(f"{(left + right) / 2:.2f},{(bottom + top) / 2:.2f}!")),
        ("tooltip", _string(panel.title)),
    ]
    return f"\t{identifier('panel ' + panel.id)} [{_attributes(attributes)}]"


def text_width(mark: Mark) -> int:
    """An upper bound of the width of a text, in points."""
    return round(theme.type_size(mark.size) * ((0.72 if mark.bold else 0.62) * len(mark.text) + 2))


def _mark(number: int, mark: Mark) -> str:
    x, y = mark.at
    face = theme.CODE_FONT if mark.code else ""
    text = _font(clean(mark.text), mark.size, mark.colour or theme.WORDS, mark.bold, face) if mark.text else ""
    if text and mark.anchor != "middle":  # a box wider than the text, against whose side the text stands
        wide = text_width(mark)
        x += wide / 2 if mark.anchor == "start" else -wide / 2
        side = "left" if mark.anchor == "start" else "right"
        text = (
            f'<table border="0" cellborder="0" cellspacing="0" cellpadding="0">'
            f'<tr><td align="{side}" width="{wide}">{text}</td></tr></table>'
        )
    place = ("pos", quote(f"{x:.2f},{y:.2f}!"))
    if mark.fill is not None and mark.extent is not None:
        width, height = mark.extent
        attributes = [
            ("shape", "box"),
            ("style", "filled"),
            ("color", quote(mark.fill)),
            ("fillcolor", quote(mark.fill)),
            ("label", '""'),
            ("width", f"{width / 72:.4f}"),
            ("height", f"{height / 72:.4f}"),
            ("fixedsize", "true"),
            place,
        ]
    else:
        attributes = [("shape", "plain"), ("label", f"<{text}>"), place]
    return f"\t{quote(f'mark {number}')} [{_attributes([*attributes, ('tooltip', _string(mark.tooltip or ' '))])}]"


def _link(link: Link) -> str:
    back = link.kind == "backward"
    colour = link.colour or (theme.BACKWARD_SOFT if back else theme.EDGE)
    attributes: list[tuple[str, object]] = [("color", quote(colour)), ("penwidth", f"{link.width:.2f}")]
    if link.kind == "both":
        attributes.append(("dir", "both"))
    elif not link.arrow:
        attributes.append(("dir", "none"))
    elif back:
        attributes.append(("dir", "back"))
    if link.dashed:  # back to where it came from: no part of the order of time
        attributes += [("style", "dashed"), ("constraint", "false")]
    if link.label:
        attributes.append(("label", f"<{_font(' ' + clean(link.label) + ' ', theme.SMALL, theme.BACKWARD_TEXT)}>"))
        if link.label_at is not None:
            attributes.append(("lp", quote(f"{link.label_at[0]:.1f},{link.label_at[1]:.1f}")))
    if link.path is not None:
        attributes.append(("pos", quote(link.path)))
    attributes.append(("edgetooltip", _string(link.tooltip or " ")))
    ends = (link.source, link.target)
    ports = link.ports or ("", "")
    source, target = (identifier(end) + (f":{port}" if port else "") for end, port in zip(ends, ports, strict=True))
    return f"\t{source} -> {target} [{_attributes(attributes)}]"
