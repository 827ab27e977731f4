"""A walk as a notebook shows it: steps that open, with their equations drawn by the browser; no script, no widget."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tinygrad_fr.explain.formula import chain

if TYPE_CHECKING:
    from tinygrad_fr.explain.formula import Formula
    from tinygrad_fr.explain.walk import Step, Walk


def html(walk: Walk) -> str:
    """The steps as HTML."""
    steps = "".join(_step(walk, step) for step in walk)
    return f"<p>{_text(walk.introduction())}</p>{steps}<pre>{_text(walk.conclusion())}</pre>"


def _step(walk: Walk, step: Step) -> str:
    line = step.vertex.site.text
    summary = f"{walk.heading(step)} · <b>{_text(step.name)}</b>" + (f" · <code>{_text(line)}</code>" if line else "")
    body = "".join(formula.mathml for formula in _formulas(step))
    return f"<details><summary>{summary}</summary><p>{_text(step.sentence)}</p>{body}</details>"


def _formulas(step: Step) -> list[Formula]:
    if step.phase == "forward":
        return [step.formula, step.numbers]
    shares = [chain(*step.formulas(share), *step.figures(share)) for share in step.shares]
    return [step.upstream, *shares]


def _text(text: str) -> str:
    return escape("".join(c if c.isprintable() or c == "\n" else " " for c in text))
