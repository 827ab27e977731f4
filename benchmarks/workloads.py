"""The same program for ours and for torch, with a check that both compute the same numbers."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from tinygrad_fr import Value, nn, optim, tensor
from tinygrad_fr.nn import functional as F

if TYPE_CHECKING:
    from collections.abc import Callable

Runs = dict[str, "Callable[[], Any]"]


def _ops(torch: Any, step: Callable[[Any, Any, Any, Any], Any]) -> Runs:
    """25 times four operations on 8×8 float32, forward and backward, source lines kept."""
    generator = np.random.default_rng(0)
    x, w, b = (generator.normal(size=(8, 8)).astype(np.float32) * 0.3 for _array in range(3))

    def runner(make: Callable[[Any], Any], leaf: Callable[[Any], Any]) -> Callable[[], Any]:
        data, weight, bias = make(x), leaf(w), leaf(b)

        def run() -> Any:
            weight.grad = bias.grad = None
            h = data
            for _i in range(25):
                h = step(h, weight, bias, data)
            h.sum().backward()
            return weight.grad

        return run

    return {
        "tinygrad_fr": runner(tensor, lambda a: tensor(a, requires_grad=True)),
        "torch": runner(torch.tensor, lambda a: torch.tensor(a, requires_grad=True)),
    }


def elementwise(torch: Any) -> Runs:
    """100 element-wise operations on 8×8."""
    return _ops(torch, lambda h, w, b, x: (h * w + b).tanh() - x)


def products(torch: Any) -> Runs:
    """100 operations on 8×8, one in four a matrix product."""
    return _ops(torch, lambda h, w, b, x: (h @ w + b).tanh() * x)


def recurrent(kind: str) -> Callable[[Any], Runs]:
    """A whole sequence, T = 100, H = 64, batch 32: forward and backward."""

    def make(torch: Any) -> Runs:
        data = np.random.default_rng(0).normal(size=(100, 32, 64)).astype(np.float32)
        ours, theirs = getattr(nn, kind)(64, 64), getattr(torch.nn, kind)(64, 64)
        theirs.load_state_dict({key: torch.tensor(np.array(value)) for key, value in ours.state_dict().items()})

        def runner(module: Any, x: Any) -> Callable[[], Any]:
            def run() -> Any:
                module.zero_grad()
                y, _state = module(x)
                (y * y).sum().backward()
                return module.weight_hh_l0.grad

            return run

        return {"tinygrad_fr": runner(ours, tensor(data)), "torch": runner(theirs, torch.tensor(data))}

    return make


def chain(torch: Any) -> Runs:
    """1 000 operations on single numbers, one after the other: Scalars for ours, tensors without dimensions for torch."""

    def runner(leaf: Callable[[float], Any]) -> Callable[[], Any]:
        x = leaf(0.5)

        def run() -> Any:
            x.grad = None
            y = x
            for _i in range(250):
                y = (y * 1.01 + 0.01).tanh() - 0.001
            y.backward()
            return x.grad

        return run

    return {"tinygrad_fr": runner(Value), "torch": runner(lambda v: torch.tensor(v, requires_grad=True))}


def trained(
    build: Callable[[Any, Any], tuple[Any, Callable[[Any], Any]]], inputs: Any, target: Any, loss: str
) -> Callable[[Any], Runs]:
    """A full step of training: forward, loss, backward, gradient descent.

    Args:
        build: (nn, functional) → a module and the function of it, written once for both sides.
        inputs: what is read.
        target: what should be answered.
        loss: name of a function of ``torch.nn.functional``.
    """

    def make(torch: Any) -> Runs:
        (ours, our_forward), (theirs, their_forward) = build(nn, F), build(torch.nn, torch.nn.functional)
        theirs.load_state_dict({key: torch.tensor(np.array(value)) for key, value in ours.state_dict().items()})

        def runner(module: Any, forward: Any, of: Any, optimizer: Any, data: Any, asked: Any) -> Callable[[], Any]:
            def run() -> Any:
                optimizer.zero_grad()
                value = getattr(of, loss)(forward(data), asked)
                value.backward()
                optimizer.step()
                return value.detach()

            return run

        return {
            "tinygrad_fr": runner(ours, our_forward, F, optim.SGD(ours.parameters(), 1e-3), tensor(inputs), tensor(target)),
            "torch": runner(
                theirs, their_forward, torch.nn.functional, torch.optim.SGD(theirs.parameters(), 1e-3),
                torch.tensor(inputs), torch.tensor(target),
            ),
        }  # fmt: skip

    return make


def perceptron(*sizes: int) -> Callable[[Any, Any], tuple[Any, Callable[[Any], Any]]]:
    """Affine maps with tanh between them."""

    def build(nn: Any, F: Any) -> tuple[Any, Callable[[Any], Any]]:
        layers = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))

        def forward(x: Any) -> Any:
            for i in range(len(sizes) - 2):
                x = layers[i](x).tanh()
            return layers[len(sizes) - 2](x)

        return layers, forward

    return build


def lenet(nn: Any, F: Any) -> tuple[Any, Callable[[Any], Any]]:
    """LeNet-5."""
    c = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5), nn.Conv2d(16, 120, 5), nn.Linear(120, 84), nn.Linear(84, 10)
    )

    def forward(x: Any) -> Any:
        x = F.avg_pool2d(c[0](x).tanh(), 2)
        x = F.avg_pool2d(c[1](x).tanh(), 2)
        return c[4](c[3](c[2](x).tanh().flatten(1)).tanh())

    return c, forward


def tower(nn: Any, F: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Four times a convolution 3×3, batch normalisation and ReLU, 16 channels."""
    layers = [each for _i in range(4) for each in (nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU())]
    module = nn.Sequential(*layers)
    return module, module


def gpt(nn: Any, F: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Four decoder layers of width 128 over 64 signs, and a score for each next one."""
    layer = nn.TransformerEncoderLayer(128, 4, 512, 0.0, "gelu", batch_first=True, norm_first=True)
    module = nn.Sequential(nn.Embedding(65, 128), nn.TransformerEncoder(layer, 4), nn.Linear(128, 65))
    later = nn.Transformer.generate_square_subsequent_mask(64)

    def forward(ids: Any) -> Any:
        return module[2](module[1](module[0](ids), later)).flatten(0, 1)

    return module, forward


def _drawn(*shape: int) -> Any:
    return np.random.default_rng(1).normal(size=shape).astype(np.float32)


def _classes(n: int, count: int) -> Any:
    return np.random.default_rng(2).integers(0, count, n)


WORKLOADS: dict[str, Callable[[Any], Runs]] = {
    "100 element-wise operations, 8×8": elementwise,
    "100 operations, 25 of them products, 8×8": products,
    "chain of 1 000 operations on numbers": chain,
    "MLP 2-16-16-1, batch 100": trained(perceptron(2, 16, 16, 1), _drawn(100, 2), _drawn(100, 1), "mse_loss"),
    "MLP 784-256-10, batch 64": trained(perceptron(784, 256, 10), _drawn(64, 784), _classes(64, 10), "cross_entropy"),
    "LeNet-5, batch 64, 32×32": trained(lenet, _drawn(64, 1, 32, 32), _classes(64, 10), "cross_entropy"),
    "4 × (conv 3×3, BN, ReLU), 16 channels, batch 32": trained(
        tower, _drawn(32, 16, 32, 32), _drawn(32, 16, 32, 32), "mse_loss"
    ),
    "GPT, 4 layers, width 128, T=64, batch 12": trained(
        gpt, _classes(12 * 64, 65).reshape(12, 64), _classes(12 * 64, 65), "cross_entropy"
    ),
    "RNN T=100 H=64 N=32": recurrent("RNN"),
    "LSTM T=100 H=64 N=32": recurrent("LSTM"),
    "GRU T=100 H=64 N=32": recurrent("GRU"),
}


def same(runs: Runs) -> bool:
    """Whether all contenders compute the same gradient."""
    first, *others = (np.asarray(run()) for run in runs.values())
    scale = float(np.abs(first).max())
    return all(np.allclose(first, other, atol=1e-4 * scale) for other in others)
