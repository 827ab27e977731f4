"""``micrograd.nn``: neurons of single values, drawn from Python's own random numbers as micrograd draws them."""

from __future__ import annotations

import random
from typing import Any

from tinygrad_fr.handles.scalar import Value


class Module:
    """What has parameters.

    Example:
        >>> Module().parameters()
        []
    """

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for parameter in self.parameters():
            parameter.grad = 0

    def parameters(self) -> list[Value]:
        """The values that are learned."""
        return []


class Neuron(Module):
    """A weighted sum, and ReLU after it.

    Example:
        >>> len(Neuron(3).parameters())
        4
    """

    def __init__(self, nin: int, nonlin: bool = True) -> None:
        self.w = [Value(random.uniform(-1, 1)) for _ in range(nin)]
        self.b = Value(0)
        self.nonlin = nonlin

    def __call__(self, x: Any) -> Any:
        """What the neuron gives."""
        total: Any = self.b
        for weight, value in zip(self.w, x, strict=False):
            total = total + weight * value
        return total.relu() if self.nonlin else total

    def parameters(self) -> list[Value]:
        """Weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"{'ReLU' if self.nonlin else 'Linear'}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side.

    Example:
        >>> Layer(2, 2)
        Layer of [ReLUNeuron(2), ReLUNeuron(2)]
    """

    def __init__(self, nin: int, nout: int, **options: Any) -> None:
        self.neurons = [Neuron(nin, **options) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:
        """What each neuron gives; of one neuron, the value alone."""
        found = [neuron(x) for neuron in self.neurons]
        return found[0] if len(found) == 1 else found

    def parameters(self) -> list[Value]:
        """Those of the neurons."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """Layers one after the other; the last is linear.

    Example:
        >>> len(MLP(2, [3, 1]).parameters())
        13
    """

    def __init__(self, nin: int, nouts: list[int]) -> None:
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [Layer(sizes[i], sizes[i + 1], nonlin=i != last) for i in range(len(nouts))]

    def __call__(self, x: Any) -> Any:
        """What the last layer gives."""
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self) -> list[Value]:
        """Those of the layers."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"
