"""A walk as HTML for a notebook: steps that open, with their equations; no script, no widget.

Equations are text and not MathML, which Jupyter removes from a notebook that is not trusted.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain.steps.walk import Step, Walk


def html(walk: Walk, pictures: Sequence[str] = ()) -> str:
    """The steps as HTML, the first of them open.

    Args:
        walk: what is told.
        pictures: HTML that stands under the words of each step.
    """
    under = pictures or [""] * len(walk)
    steps = "".join(_step(walk, step, under[i], opened=not i) for i, step in enumerate(walk))
    return f"<p>{_text(walk.introduction())}</p>{steps}<pre>{_text(walk.conclusion())}</pre>"


def _step(walk: Walk, step: Step, picture: str, *, opened: bool) -> str:
    line = step.vertex.site.text
    summary = f"{walk.heading(step)} · <b>{_text(step.name)}</b>" + (f" · <code>{_text(line)}</code>" if line else "")
    told = walk.text(step).split("\n", 2)  # its heading, which stands in the summary; its sentence; its equations
    equations = f"<pre>{_text(told[2])}</pre>" if len(told) > 2 else ""
    start = '<details open="">' if opened else "<details>"
    return f"{start}<summary>{summary}</summary><p>{_text(step.sentence)}</p>{equations}{picture}</details>"


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() or c == "\n" else " " for c in text))
