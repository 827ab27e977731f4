"""Formats and engines: Graphviz in the pygraphviz wheel, ``dot`` on the PATH, or Graphviz as WebAssembly; DOT text needs none of them."""

from __future__ import annotations

import contextlib
import io
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
from fractions import Fraction
from functools import lru_cache
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from tinygrad_fr.draw import wasm
from tinygrad_fr.draw.dot import to_dot
from tinygrad_fr.errors import DrawError, UsageError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tinygrad_fr.draw.diagram import Diagram

FORMATS = ("svg", "png", "pdf", "dot", "json")
DPI = 110
_MAX_SIDE = 32_000  # pixels; cairo cannot make a bitmap with a longer side
_MAX_PIXELS = 120_000_000
_TIMEOUT = 120


def format_of(path: str, *more: str) -> str:
    """The format that a file's suffix asks for, among pictures and some more; SVG for standard output.

    Raises:
        UsageError: no picture has this suffix.

    Example:
        >>> format_of("lstm.png")
        'png'
    """
    if path == "-":
        return "svg"
    suffix = PurePath(path).suffix.lower().lstrip(".")
    if suffix not in (*FORMATS, *more):
        raise UsageError(
            _("{path}: expected a suffix among {formats}, got “{suffix}”").format(
                path=path, formats=", ".join(f".{name}" for name in (*FORMATS, *more)), suffix=suffix or "–"
            )
        )
    return suffix


@lru_cache(maxsize=1)
def _embedded() -> Any:
    try:
        import pygraphviz
    except (ImportError, OSError):  # the wheel links libraries of the host that a slim container may lack
        return None
    return pygraphviz


def engine_name() -> str:
    """The Graphviz that is used: ``embedded``, ``dot``, ``wasm``, or an empty text if there is none."""
    if _embedded() is not None:
        return "embedded"
    if shutil.which("dot"):
        return "dot"
    return "wasm" if wasm.available() else ""


_drawn: set[str] = set()  # names of the engines that have drawn in this process


def remark() -> str:
    """A remark on the engine that drew a picture; empty if that engine draws every format."""
    return (
        _(
            "drawn by Graphviz as WebAssembly, since neither pygraphviz nor the program dot works here: SVG only; tinygrad-fr doctor says how to mend it"
        )
        if "wasm" in _drawn
        else ""
    )


@contextlib.contextmanager
def _remarks() -> Iterator[Callable[[], list[str]]]:
    """Keep what C libraries write to standard error: remarks on the host's fonts say nothing to our reader."""
    sys.stderr.flush()
    try:
        held = os.dup(2)
    except OSError:  # no standard error to protect
        yield list
        return
    with tempfile.TemporaryFile() as file:

        def said() -> list[str]:
            file.seek(0)
            return file.read().decode(errors="replace").splitlines()

        os.dup2(file.fileno(), 2)
        try:
            with contextlib.redirect_stderr(io.StringIO()):  # pygraphviz remarks on graphs over 1 000 nodes
                yield said
        finally:
            os.dup2(held, 2)
            os.close(held)


def lay_out(dot: str, form: str, program: str = "dot") -> bytes:
    """Run Graphviz on DOT text.

    Args:
        dot: the text.
        form: ``svg``, ``png``, ``pdf``, ``plain``, ``json0`` …
        program: ``dot`` for automatic layout, ``nop`` where places are given, ``nop2`` where lines are too.

    Raises:
        DrawError: no Graphviz is at hand, or it fails.
    """
    name = engine_name()
    engines = {"embedded": _inside, "dot": _program, "wasm": _portable}
    if name not in engines:
        raise DrawError(
            _(
                "no Graphviz was found: install the Python package pygraphviz, or the program dot; .dot text needs neither"
            )
        )
    return engines[name](dot, form, program)


def _inside(dot: str, form: str, program: str) -> bytes:
    """By the Graphviz that the pygraphviz wheel carries."""
    with _remarks() as said:
        try:
            result: bytes = _embedded().AGraph(string=dot).draw(format=form, prog=program)
        except ValueError as error:
            cause = "; ".join(line for line in said() if line.startswith("Error")) or error
            raise DrawError(_("Graphviz could not draw the picture: {cause}").format(cause=cause)) from None
    return result


def _program(dot: str, form: str, program: str) -> bytes:
    """By the program ``dot``."""
    kernel = {"nop2": ["-Kneato", "-n2"], "nop": ["-Kneato", "-n"]}.get(program, [f"-K{program}"])
    command = [shutil.which("dot") or "dot", *kernel, f"-T{form}"]
    try:
        done = subprocess.run(command, input=dot.encode(), capture_output=True, timeout=_TIMEOUT, check=True)
    except subprocess.TimeoutExpired:
        raise DrawError(_("Graphviz took more than {seconds} s").format(seconds=_TIMEOUT)) from None
    except subprocess.CalledProcessError as error:
        cause = error.stderr.decode(errors="replace").strip().splitlines()
        raise DrawError(
            _("Graphviz could not draw the picture: {cause}").format(cause=cause[-1] if cause else error.returncode)
        ) from None
    return done.stdout


def _portable(dot: str, form: str, program: str) -> bytes:
    """By Graphviz as WebAssembly, which has no library for bitmaps and PDF."""
    if form not in wasm.FORMATS:
        raise DrawError(
            _(
                "a .{form} needs Graphviz’s own libraries, and only its WebAssembly runs here, which draws .svg; tinygrad-fr doctor says what to install"
            ).format(form=form)
        )
    return wasm.lay_out(dot, form, program)


_FIT = ' style="max-width:100%;height:auto"'  # where an SVG is a page of its own
_TYPE = re.compile(rb'font-size="([\d.]+)"')
_SIZE = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def _program_of(diagram: Diagram) -> str:
    return "dot" if not diagram.pinned else "nop2" if diagram.routed else "nop"


def _sides(dot: str, program: str) -> tuple[float, float]:
    found = _SIZE.search(lay_out(dot, "svg", program))
    if found is None:
        raise DrawError(_("Graphviz could not draw the picture: {cause}").format(cause="<svg>"))
    return float(found[1]), float(found[2])


def size_of(diagram: Diagram) -> tuple[float, float]:
    """Width and height of a picture, in points.

    Example:
        >>> from tinygrad_fr import Graph, Value
        >>> from tinygrad_fr.draw import diagram_of
        >>> width, height = size_of(diagram_of(Graph.of(Value(0.5).tanh())))
        >>> width > height > 0
        True
    """
    return diagram.frame or _sides(to_dot(diagram), _program_of(diagram))


def smallest_type(diagram: Diagram, page: tuple[float, float]) -> float:
    """Points of the smallest type of a picture that fills a page.

    Example:
        >>> from tinygrad_fr import Graph, Value
        >>> from tinygrad_fr.draw import diagram_of
        >>> drawn = diagram_of(Graph.of(Value(0.5).tanh()))
        >>> smallest_type(drawn, (200.0, 100.0)) < smallest_type(drawn, (400.0, 200.0))
        True
    """
    svg = lay_out(to_dot(diagram), "svg", _program_of(diagram))
    found = _SIZE.search(svg)
    if found is None:
        return 0.0
    sides = diagram.frame or (float(found[1]), float(found[2]))
    zoom = min(page[0] / sides[0], page[1] / sides[1])
    return zoom * min((float(size) for size in _TYPE.findall(svg)), default=math.inf)


def _filling(
    dot: str, program: str, page: tuple[float, float], dpi: int, frame: tuple[float, float] | None = None
) -> str:
    """DOT text whose picture is as large as fits in the middle of a page, and whose canvas is that page exactly.

    Of a bitmap both sides are whole numbers of pixels in the page's own ratio. A frame stays where it is: Graphviz guesses
    how wide letters are, and a page of text would be larger or smaller than the next one.
    """
    width, height = frame or _sides(dot, program)
    shares = Fraction(page[0] / page[1]).limit_denominator(100)  # 16 to 9
    pixels = max(1, round(page[0] * dpi / 72 / shares.numerator))
    sides = pixels * shares.numerator * 72 / dpi, pixels * shares.denominator * 72 / dpi
    zoom = min(sides[0] / width, sides[1] / height)
    centre = f",{frame[0] / 2:.4f},{frame[1] / 2:.4f}" if frame is not None else ""
    return dot.replace(
        "digraph {", f'digraph {{\n\tmargin=0;\n\tviewport="{sides[0]:.4f},{sides[1]:.4f},{zoom:.6f}{centre}";', 1
    )


def render(diagram: Diagram, form: str, *, dpi: int = DPI, page: tuple[float, float] | None = None) -> bytes:
    """A picture in a format.

    Args:
        diagram: the picture.
        form: one of :data:`FORMATS`.
        dpi: dots per inch of a PNG.
        page: width and height of the page that it fills, in points; its own size by default.

    Raises:
        DrawError: it is too large for a bitmap (the message gives its size), or Graphviz is missing.

    Example:
        >>> from tinygrad_fr import Graph, Value
        >>> from tinygrad_fr.draw import diagram_of
        >>> render(diagram_of(Graph.of(Value(0.5).tanh())), "svg")[:5]
        b'<svg '
    """
    dot, program = to_dot(diagram), _program_of(diagram)
    if form == "dot":
        return dot.encode()
    _drawn.add(engine_name())
    if page is not None:
        dot = _filling(dot, program, page, dpi if form == "png" else 72, diagram.frame)
    if form == "svg":
        return accessible(lay_out(dot, "svg", program), diagram.title)
    if form == "png" and engine_name() != "wasm":
        width, height = (side * dpi / 72 for side in _sides(dot, program))
        if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
            raise DrawError(
                _(
                    "the picture is too large for a PNG ({width} × {height} pixels); write an .svg, or draw fewer steps"
                ).format(width=round(width), height=round(height))
            )
        dot = dot.replace("digraph {", f"digraph {{\n\tdpi={dpi};", 1)
    return lay_out(dot, form, program)


def accessible(svg: bytes, title: str) -> bytes:
    """Add a text for screen readers, let the picture fit its window, and remove what only Graphviz needs."""
    text = svg.decode()
    start = text.index("<svg ")
    label = "".join(c for c in title if c.isprintable())
    return f'<svg role="img" aria-label="{escape(label)}"{_FIT} {text[start + 5 :]}'.encode()


def embedded(svg: bytes) -> str:
    """An SVG as part of a page, whose own style says how wide it is and whose policy lets no other style in."""
    return svg.decode().replace(_FIT, "", 1)
