"""Docstrings that are put together from what a definition says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_example(doc: str, example: Mapping[str, str]) -> str:
    """A docstring with an example under its heading: what is written, and what it shows."""
    lines = [line for call, shown in example.items() for line in (f"    >>> {call}", f"    {shown}")]
    return "\n".join([doc, "", "Example:", "    >>> import tinygrad_fr as tg", *lines]) if lines else doc


def of_formula(
    first: str, forward: str, partials: Mapping[str, str | None], last: str, example: Mapping[str, str]
) -> str:
    """The docstring of an operation that is said as a formula: its sentence, the formula, its partial derivatives, a remark."""
    lines = [first, "", f"    y = {forward}"]
    lines += [f"    gradient for {x}: {text}" for x, text in partials.items() if text is not None]
    if last:
        lines += ["", last]
    return with_example("\n".join(lines), example)
