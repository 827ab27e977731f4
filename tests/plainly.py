"""What every operation computes on drawn arguments, by whatever paths are in force; a program that writes it to a file.

Run as ``python -m tests.plainly FILE`` with ``TINYGRAD_FR_PLAIN=1`` it writes what the core alone computes.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.ops import registry
from tinygrad_fr.record.node import Node
from tinygrad_fr.testing.inputs.draws import seeded

SEEDS = range(3)
LEAVES = np.float64, np.float32


def parts(found: Any) -> list[Any]:
    return list(found) if isinstance(found, tuple) else [found]


def upstream(value: Any) -> Any:
    return tg.tensor(np.linspace(0.5, 1.5, value.size).reshape(value.shape).astype(value.dtype))


def figures(op: Any, seed: int, dtype: Any, repeats: int = 2) -> list[Any]:
    """Values and gradients of an operation; twice, since a path may be written at the first call."""
    sample = op.sample(seeded(seed))
    told = []
    for _time in range(repeats):
        tg.manual_seed(seed)
        inputs = [
            tg.tensor(x.astype(dtype) if x.dtype.kind == "f" else x, requires_grad=x.dtype.kind == "f")
            if isinstance(x, np.ndarray)
            else x
            for x in sample.inputs
        ]
        many = getattr(op, "signature", None) is not None and op.signature.variadic
        try:
            nodes = [
                y
                for y in parts(op.call(inputs, **sample.attrs) if many else op.call(*inputs, **sample.attrs))
                if isinstance(y, Node)
            ]
            told += [np.array(y.value) for y in nodes]
            smooth = [y for y in nodes if y.requires_grad and isinstance(y, tg.Tensor)]
            if smooth:
                tg.autograd.backward(smooth, [upstream(y.value) for y in smooth])
        except TinygradError as error:
            told.append(np.array(type(error).__name__))
        told += [np.array(x.grad.detach().numpy()) for x in inputs if isinstance(x, Node) and x.grad is not None]
    return told


def everything() -> dict[str, Any]:
    """Figures by operation, seed, dtype and place."""
    found = {}
    for name, op in sorted(registry.items()):
        if name == "select" or (getattr(op, "sampler", True) is None and not hasattr(op, "kinds")):
            continue
        for seed in SEEDS:
            for dtype in LEAVES:
                for i, array in enumerate(figures(op, seed, dtype)):
                    found[f"{name}/{seed}/{np.dtype(dtype)}/{i}"] = array
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **everything())
