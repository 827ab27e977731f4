"""One sentence per step: what the operation does, and its effect on the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.explain.equations.names import LOSS
from tinygrad_fr.explain.equations.vertex import norm
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain.steps.walk import Share
    from tinygrad_fr.graph import Vertex

FADING = 0.1  # a derivative under this is called small


def forward(vertex: Vertex) -> str:
    """What the operation computes."""
    if vertex.op is None:
        return ""
    name = vertex.op.shown_as.replace("_", " ")
    return vertex.op.explained.translated("forward") or _("Compute {operation}.").format(operation=name)


def backward(vertex: Vertex, shares: Sequence[Share]) -> str:
    """What the operation does to the gradient that arrives."""
    if vertex.op is not None and vertex.op.explained.steepest is not None and shares:
        return _passing(vertex.op.name, vertex, shares[0])
    told = vertex.op.explained.translated("backward") if vertex.op is not None else ""
    return told or _("Each operand receives the gradient times the derivative of the operation.")


def _passing(name: str, vertex: Vertex, share: Share) -> str:
    """How much of the gradient an activation lets through."""
    upstream = norm(vertex.grad) if vertex.grad is not None else 0.0
    kept = norm(share.contribution) / upstream if upstream else 0.0
    percent = number(100 * kept, 0)
    function = {"sigmoid": "σ", "relu": "ReLU"}.get(name, name)
    if kept == 0:
        return _("{function} stops the gradient: its derivative is 0 here.").format(function=function)
    if kept < FADING and name != "relu":
        return _("{function} is saturated: it lets only {percent} % of the gradient through.").format(
            function=function, percent=percent
        )
    return _("{function} lets {percent} % of the gradient through.").format(function=function, percent=percent)


def start(name: str) -> str:
    """Where the backward pass begins."""
    if name == LOSS:
        return _("Backpropagation starts at the end: L changes as much as itself, so ∂L/∂L = 1.")
    return _("Backpropagation starts at the end, with the gradient that it was given.")
