"""One sentence a step: what the operation does, and what that does to the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.explain.equations import norm
from tinygrad_fr.explain.names import LOSS
from tinygrad_fr.locale import _, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tinygrad_fr.explain.walk import Share
    from tinygrad_fr.graph import Vertex

FADING = 0.1  # a derivative under this is called small


def forward(vertex: Vertex) -> str:
    """What the operation computes."""
    said = {
        "add": _("Add the two terms."),
        "sub": _("Subtract the second term from the first."),
        "mul": _("Multiply the two factors."),
        "div": _("Divide the first term by the second."),
        "neg": _("Change the sign."),
        "pow": _("Raise to a power."),
        "square": _("Multiply by itself."),
        "exp": _("Take the exponential."),
        "log": _("Take the natural logarithm."),
        "sigmoid": _("Squash every number into the interval from 0 to 1."),
        "tanh": _("Squash every number into the interval from −1 to 1."),
        "relu": _("Keep what is positive, replace the rest by 0."),
        "matmul": _("Multiply the two matrices: each number is a row times a column."),
        "linear": _("One weighted sum for each neuron: weights times inputs, plus the bias."),
        "sum": _("Add all the numbers up."),
        "mean": _("Take the mean of the numbers."),
        "cat": _("Put the vectors end to end."),
        "stack": _("Put the values side by side."),
        "getitem": _("Pick some of the numbers."),
        "expand_to": _("Repeat the numbers to fill a larger shape."),
        "conv2d": _("Slide each filter over the image: one weighted sum at every place."),
        "max_pool2d_with_indices": _("Keep the largest number of each window."),
        "avg_pool2d": _("Keep the mean of each window."),
        "layer_norm_of": _("Centre and scale the numbers of each sample, then stretch and shift them."),
        "batch_norm_of": _("Centre and scale each feature over the batch, then stretch and shift it."),
        "attention": _("Each position reads the others, in proportion to how well query and key agree."),
        "reshape_to": _("The same numbers, arranged in another shape."),
        "permute_to": _("The same numbers, with dimensions exchanged."),
        "mT": _("Exchange rows and columns."),
        "softmax": _("Turn scores into probabilities that sum to 1."),
        "mse_loss": _("Measure the error: the mean of the squared differences."),
        "cross_entropy": _("Measure the error: how improbable the right answer seems to the network."),
        "embedding": _("Look rows up in the table."),
    }
    name = vertex.op.name if vertex.op is not None else ""
    return said.get(name) or _("Compute {operation}.").format(operation=name.replace("_", " "))


def backward(vertex: Vertex, shares: Sequence[Share]) -> str:
    """What the operation does to the gradient that arrives."""
    said = {
        "add": _("An addition passes the gradient on, unchanged, to both terms."),
        "sub": _("A difference passes the gradient to the first term, and its opposite to the second."),
        "mul": _("A product sends to each factor the gradient times the other factor."),
        "div": _("A quotient divides the gradient by the denominator."),
        "neg": _("Changing the sign changes the sign of the gradient."),
        "pow": _("A power multiplies the gradient by the exponent times the next lower power."),
        "square": _("A square multiplies the gradient by twice the number."),
        "exp": _("The exponential is its own derivative: the gradient is multiplied by the result."),
        "log": _("The logarithm divides the gradient by the number."),
        "matmul": _("Each matrix receives the gradient times the other matrix, transposed."),
        "linear": _(
            "The weights receive the gradient times the inputs, the bias the gradient itself, and the inputs the gradient through the weights."
        ),
        "sum": _("A sum gives its whole gradient to each of its terms."),
        "mean": _("A mean shares its gradient equally among its terms."),
        "cat": _("Each vector takes back its own part of the gradient."),
        "stack": _("Each value takes back its own part of the gradient."),
        "getitem": _("The chosen numbers receive the gradient; the others receive 0."),
        "expand_to": _("What was repeated adds up the gradients of its copies."),
        "conv2d": _("Each weight adds up what it receives from every place that the filter visited."),
        "max_pool2d_with_indices": _("Only the largest number of each window receives the gradient."),
        "avg_pool2d": _("Each window shares its gradient equally among its numbers."),
        "reshape_to": _("The gradient goes back to the shape that the numbers had."),
        "permute_to": _("The gradient goes back to the order that the dimensions had."),
        "mT": _("The gradient exchanges rows and columns back."),
        "softmax": _("The probabilities sum to 1: what raises one lowers the others."),
        "mse_loss": _("The gradient is in proportion to the difference: large errors pull hard."),
        "cross_entropy": _("The gradient is simple: the probabilities minus the right answer, p − y."),
        "embedding": _("Only the rows that were looked up receive a gradient."),
    }
    name = vertex.op.name if vertex.op is not None else ""
    if name in ("sigmoid", "tanh", "relu") and shares:
        return _passing(name, vertex, shares[0])
    return said.get(name) or _("Each operand receives the gradient times the derivative of the operation.")


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
