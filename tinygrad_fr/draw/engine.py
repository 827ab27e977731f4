"""Formats: Graphviz inside the pygraphviz wheel, or ``dot`` on the PATH, or as WebAssembly; DOT text needs none of them."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
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
    """Which Graphviz serves: ``embedded``, ``dot``, ``wasm`` or nothing."""
    if _embedded() is not None:
        return "embedded"
    if shutil.which("dot"):
        return "dot"
    return "wasm" if wasm.available() else ""


_drawn: set[str] = set()  # names of the engines that have drawn in this process


def remark() -> str:
    """What the reader of a picture should know of the engine that drew it; nothing where it draws every format."""
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


_SIZE = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')


def render(diagram: Diagram, form: str, *, dpi: int = DPI, page: tuple[float, float] | None = None) -> bytes:
    """A picture in a format.

    Args:
        diagram: the picture.
        form: one of :data:`FORMATS`.
        dpi: dots per inch of a PNG.
        page: width and height that it is made to fill, in points; its own by default.

    Raises:
        DrawError: it is too large for a bitmap (the message gives its size), or Graphviz is missing.

    Example:
        >>> from tinygrad_fr import Graph, Value
        >>> from tinygrad_fr.draw import diagram_of
        >>> render(diagram_of(Graph.of(Value(0.5).tanh())), "svg")[:5]
        b'<svg '
    """
    dot = to_dot(diagram)
    if page is not None:
        dot = dot.replace("digraph {", f'digraph {{\n\tsize="{page[0] / 72:.3f},{page[1] / 72:.3f}!";', 1)
    if form == "dot":
        return dot.encode()
    _drawn.add(engine_name())
    program = "dot" if not diagram.pinned else "nop2" if diagram.routed else "nop"
    if form == "svg":
        return accessible(lay_out(dot, "svg", program), diagram.title)
    if form == "png" and engine_name() != "wasm":
        found = _SIZE.search(lay_out(dot, "svg", program))
        if found is not None:
            width, height = (float(side) * dpi / 72 for side in found.groups())
            if max(width, height) > _MAX_SIDE or width * height > _MAX_PIXELS:
                raise DrawError(
                    _(
                        "the picture is too large for a PNG ({width} × {height} pixels); write an .svg, or draw fewer steps"
                    ).format(width=round(width), height=round(height))
                )
        dot = dot.replace("digraph {", f"digraph {{\n\tdpi={dpi};", 1)
    return lay_out(dot, form, program)


def accessible(svg: bytes, title: str) -> bytes:
    """Say what the picture is to readers who hear it, and drop what only Graphviz needs."""
    from xml.sax.saxutils import quoteattr

    text = svg.decode()
    start = text.index("<svg ")
    label = "".join(c for c in title if c.isprintable())
    return f'<svg role="img" aria-label={quoteattr(label)} {text[start + 5 :]}'.encode()
