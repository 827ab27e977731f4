"""What mirroring a module of PyTorch costs, and how near its gradients are: ``python -m benchmarks record [NAME]…``

Torch alone and ``bridges.torch.record`` take turns on one core; a ratio of processor times is taken in each round, and then
the median. Torch alone runs the module, its loss and its gradients once; the bridge has to do so too, to compare with it.
"""

from __future__ import annotations

import sys
import time
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

PICTURES = (
    "alexnet", "densenet121", "efficientnet_b0", "googlenet", "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_small", "resnet18",
    "resnet50", "shufflenet_v2_x1_0", "squeezenet1_1", "vgg11",
)  # fmt: skip
ROUNDS = 3


class Row(NamedTuple):
    """One module: how large its record is, how far gradients are, how long it takes.

    Gradients are compared with the largest of their parameter, or a thousandth of the largest of all.
    """

    nodes: int
    opaque: tuple[str, ...]
    evaluating: float
    training: float
    ratio: float
    torch: float  # milliseconds


def modules(torch: Any) -> dict[str, tuple[Callable[[], Any], tuple[int, ...]]]:
    """Name → what makes the module, and the shape of what it reads."""
    nn = torch.nn
    found: dict[str, tuple[Callable[[], Any], tuple[int, ...]]] = {
        "MLP 784-256-10": (lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)), (64, 784)),
        "LSTM, 2 layers, both ways": (lambda: nn.LSTM(16, 32, 2, bidirectional=True, batch_first=True), (8, 30, 16)),
        "GRU": (lambda: nn.GRU(16, 32, batch_first=True), (8, 30, 16)),
        "MultiheadAttention": (lambda: _Looks(nn), (4, 64, 64)),
        "TransformerEncoder, 2 layers": (
            lambda: nn.TransformerEncoder(
                nn.TransformerEncoderLayer(64, 4, 256, batch_first=True), 2, enable_nested_tensor=False
            ),
            (4, 64, 64),
        ),
    }
    try:
        models = import_module("torchvision.models")
    except ImportError:
        return found
    for name in PICTURES:
        more = {"init_weights": False} if name == "googlenet" else {}
        found[name] = (lambda name=name, more=more: getattr(models, name)(weights=None, **more), (2, 3, 64, 64))
    return found


def _Looks(nn: Any) -> Any:  # noqa: N802 - it makes an instance of a class that needs torch
    class Looks(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(64, 4, batch_first=True)

        def forward(self, x: Any) -> Any:
            return self.attention(x, x, x)

    return Looks()


def measured(torch: Any, make: Callable[[], Any], shape: tuple[int, ...]) -> Row:
    """Both ways of running a module, compared and then timed in turns."""
    from tinygrad_fr.bridges.torch import record
    from tinygrad_fr.bridges.torch.mirror import tensors

    torch.manual_seed(0)
    module, x = make(), torch.randn(shape)

    def alone() -> None:
        module.zero_grad()
        sum(each.square().mean() for each in tensors(torch, module(x))).backward()

    away = {}
    for training in (True, False):  # what is timed is the last
        module.train(training)
        torch.manual_seed(1)
        run = record(module, x)
        own = {key: value.grad for key, value in run.module.named_parameters()}
        buffers = {key: value.clone() for key, value in module.named_buffers()}
        torch.manual_seed(1)
        alone()
        for key, value in module.named_buffers():
            value.copy_(buffers[key])
        known = {key: value.grad for key, value in module.named_parameters() if value.grad is not None}
        largest = max(float(value.abs().max()) for value in known.values())
        away[training] = max(
            float(np.abs(own[key].detach().numpy() - value.numpy()).max() / max(value.abs().max(), 1e-3 * largest))
            for key, value in known.items()
        )
    times = [(_seconds(alone), _seconds(lambda: record(module, x))) for _round in range(ROUNDS)]
    return Row(
        len(run.graph.nodes),
        run.opaque,
        away[False],
        away[True],
        float(np.median([ours / theirs for theirs, ours in times])),
        1e3 * float(np.median([theirs for theirs, _ours in times])),
    )


def _seconds(step: Callable[[], object]) -> float:
    start = time.process_time()
    calls = 0
    while not calls or time.process_time() - start < 0.05:
        step()
        calls += 1
    return (time.process_time() - start) / calls


def main(asked: list[str]) -> int:
    """Print the table, as docs/bridges.md has it."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print("| Module | Nodes | Opaque | Gradients, evaluating | Gradients, training | torch alone | Time against it |")
    print("|---|---|---|---|---|---|---|")
    for name, (make, shape) in modules(torch).items():
        if not asked or name in asked:
            row = measured(torch, make, shape)
            print(
                f"| {name} | {row.nodes} | {', '.join(row.opaque) or '–'} | {row.evaluating:.0e} | {row.training:.0e} "
                f"| {row.torch:.3g} ms | {row.ratio:.1f} × |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
