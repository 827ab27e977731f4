"""``torchsummary.summary``: the layers of a model in the order in which they run, as that package prints them."""

from __future__ import annotations

import math
from typing import Any

from tinygrad_fr import nn, random

_RULE, _THICK = "-" * 64, "=" * 64
_MEGA = 1024.0**2


def _size(tensor: Any) -> list[int]:
    return [int(side) for side in tensor.shape]


def summary(model: nn.Module, input_size: Any, batch_size: int = -1, device: str = "cuda") -> None:
    """Run a model on two random inputs, and print a line for each layer.

    Args:
        model: what is run.
        input_size: sides of one input, without the batch; a list of them for several inputs.
        batch_size: what is written in the place of the batch.
        device: accepted.

    Example:
        >>> summary(nn.Sequential(nn.Linear(3, 2)), (3,))
        ----------------------------------------------------------------
                Layer (type)               Output Shape         Param #
        ================================================================
                    Linear-1                    [-1, 2]               8
        ================================================================
        Total params: 8
        Trainable params: 8
        Non-trainable params: 0
        ----------------------------------------------------------------
        Input size (MB): 0.00
        Forward/backward pass size (MB): 0.00
        Params size (MB): 0.00
        Estimated Total Size (MB): 0.00
        ----------------------------------------------------------------
    """
    sizes = [input_size] if isinstance(input_size, tuple) else list(input_size)
    rows: list[tuple[str, Any, int, bool]] = []

    def seen(module: nn.Module, _given: Any, output: Any) -> None:
        told = [
            getattr(module, name)
            for name in ("weight", "bias")
            if getattr(getattr(module, name, None), "shape", None) is not None
        ]
        shape: Any
        if isinstance(output, (tuple, list)):
            shape = [[-1, *_size(each)[1:]] for each in output]
        else:
            shape = [batch_size, *_size(output)[1:]]
        trained = bool(getattr(getattr(module, "weight", None), "requires_grad", False))
        count = sum(math.prod(each.shape) for each in told)
        rows.append((f"{type(module).__name__}-{len(rows) + 1}", shape, count, trained))

    hooks = [
        module.register_forward_hook(seen)
        for module in model.modules()
        if not isinstance(module, (nn.Sequential, nn.ModuleList)) and module is not model
    ]
    try:
        model(*(random.rand(2, *sides) for sides in sizes))
    finally:
        for hook in hooks:
            hook.remove()
    print(_RULE)
    print(f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}")
    print(_THICK)
    for name, shape, count, _trained in rows:
        print(f"{name:>20}  {shape!s:>25} {count:>15,}")
    total = sum(count for _name, _shape, count, _trained in rows)
    trainable = sum(count for _name, _shape, count, trained in rows if trained)
    outputs = sum(_numbers(shape) for _name, shape, _count, _trained in rows)
    given = abs(math.prod(side for sides in sizes for side in sides) * batch_size * 4.0 / _MEGA)
    passed, learned = abs(2.0 * outputs * 4.0 / _MEGA), abs(total * 4.0 / _MEGA)
    print(_THICK)
    print(f"Total params: {total:,}")
    print(f"Trainable params: {trainable:,}")
    print(f"Non-trainable params: {total - trainable:,}")
    print(_RULE)
    print(f"Input size (MB): {given:.2f}")
    print(f"Forward/backward pass size (MB): {passed:.2f}")
    print(f"Params size (MB): {learned:.2f}")
    print(f"Estimated Total Size (MB): {given + passed + learned:.2f}")
    print(_RULE)


def _numbers(shape: list[Any]) -> int:
    """How many numbers an output holds; the sides of several outputs are multiplied together, as torchsummary does."""
    flat = [side for each in shape for side in each] if shape and isinstance(shape[0], list) else shape
    return math.prod(flat)
