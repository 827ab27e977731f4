"""Runs cases under a fence, in a process of its own: ``python -m tests.fence.worker SIDE KIND FIRST LAST NAME…``.

It says each case's name before it starts, so that whoever reads knows what a process was doing when it ended; then one line
of JSON for each case that went wrong, and a last line with the counts.
"""

import json
import os
import sys
import warnings
from collections import Counter

import numpy as np

from tests.fence import kernels, tables
from tests.fence.fence import Fence
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.locale import set_language

COUNTS: Counter = Counter()
FENCE = None


def say(**what):
    """One line for the reader."""
    print(json.dumps(what, default=str), flush=True)


def flat(result):
    """The arrays of a result."""
    if isinstance(result, tuple | list):
        return [array for part in result for array in flat(part)]
    return [] if result is None else [np.asarray(getattr(result, "value", result))]


def outcome(call):
    """What a call gives: ("value", arrays), ("refused", the error), or ("wrong", what should never come)."""
    try:
        with FENCE.watched():
            return "value", flat(call())
    except TinygradError as error:
        said = str(error)
        return ("refused", said) if said and "\n" not in said else ("wrong", f"not one sentence: {said!r}")
    except Exception as error:  # any other is a fault, whatever it is
        return "wrong", f"{type(error).__name__}: {error}"


def copies(given):
    """The same arguments in arrays of the fence."""
    if isinstance(given, dict):
        return {key: copies(value) for key, value in given.items()}
    if isinstance(given, tuple):
        parts = [copies(part) for part in given]
        return type(given)(*parts) if hasattr(given, "_fields") else tuple(parts)
    return given.copy() if isinstance(given, np.ndarray) else given


def run_kernel(name, seed, shapes):
    """A kernel on arguments that fit, and then with each of its arrays replaced by what does not."""
    from tinygrad_fr.kernels.layers import attention
    from tinygrad_fr.kernels.runtime import cores

    cores.ENOUGH = 600_000 if seed % 2 else 1  # shared among cores as soon as there are two items
    attention.BLOCK, attention.KEPT = (131_072, 4_000_000) if seed % 3 else (9, 0)
    function, given = kernels.CONTRACTED[name], kernels.arguments(name, seed)
    kind, found = outcome(lambda: function(*copies(given).values()))
    COUNTS["fits"] += 1
    if kind != "value":
        say(case=f"{name} {seed}", fault=f"what fits is refused: {found}")
        return
    if any(array.dtype.kind == "f" and np.isnan(array).any() for array in found) and 0 not in given_sides(given):
        say(case=f"{name} {seed}", fault="NaN: a number was read that nobody wrote")
    if name in kernels.PLAIN:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = flat(kernels.PLAIN[name](*given.values()))[0]
            except (ValueError, TinygradError):  # numpy has no largest of nothing
                expected = None
        if expected is not None:
            close = 2e-4 if found[0].dtype == np.float32 else 1e-9
            same = found[0].shape == expected.shape or found[0].size == expected.size
            if not same or not np.allclose(found[0].reshape(-1), expected.reshape(-1), close, close, equal_nan=True):
                say(case=f"{name} {seed}", fault="another value than the equations'")
            COUNTS["equal"] += 1
    for each in function.contract.expected if shapes else ():
        for what, other in kernels.wrong(kernels._get(given, each)):
            case = f"{name} {seed}: {each.shown} {what}"
            say(start=case)
            changed = kernels.replaced(copies(given), each, other)
            kind, found = outcome(lambda changed=changed: function(*changed.values()))
            COUNTS[kind] += 1
            if kind == "wrong":
                say(case=case, fault=found)


def given_sides(given):
    """Every side of every array: of an empty one there may be no mean."""
    return {
        side for array in flat([v for v in given.values() if isinstance(v, np.ndarray | tuple)]) for side in array.shape
    }


THRESHOLDS = (
    ("softmax", "ROWS_KERNEL_SIZE"),
    ("fused.norms", "ROWS_KERNEL_SIZE"),
    ("fused.norms", "SHORT"),
    ("fused.attention", "SMALL"),
    ("indexing.rows", "KERNEL_SIZE"),
    ("indexing.lookup", "KERNEL_SIZE"),
    ("indexing.subscripts", "KERNEL_SIZE"),
)


def run_operation(name, seed, shapes):
    """An operation on its own sample, there and back, and then with each of its arrays replaced by what does not fit."""
    import importlib

    from tinygrad_fr.ops import registry
    from tinygrad_fr.testing.inputs.draws import seeded

    for module, threshold in THRESHOLDS:  # kernels from one number on
        found = importlib.import_module(f"tinygrad_fr.ops.{module}")
        assert hasattr(found, threshold)
        setattr(found, threshold, 1)
    op = registry[name]
    try:
        sample = op.sample(seeded(seed))
    except (NotImplementedError, ValueError):
        COUNTS["no sample"] += 1
        return
    dtype = np.float32 if seed % 2 else np.float64
    attrs = sample.attrs
    inputs = [x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype == np.float64 else x for x in sample.inputs]

    def both(*given):
        """There and back."""
        from tinygrad_fr import Tensor, tensor
        from tinygrad_fr.record.node import Node

        leaves = [
            tensor(x.copy(order="K"), requires_grad=x.dtype.kind == "f") if isinstance(x, np.ndarray) else x
            for x in given
        ]
        out = op(*leaves, **attrs)
        values = []
        for part in out if isinstance(out, tuple) else (out,):
            values.append(np.asarray(part.value if isinstance(part, Node) else part))
            if (
                isinstance(part, Tensor)
                and part.needs
                and part.value.dtype.kind == "f"
                and getattr(op, "differentiable", True)
            ):
                part.backward(gradient=np.ones_like(part.value), retain_graph=True)
        return values + [np.asarray(x.grad.value) for x in leaves if isinstance(x, Tensor) and x.grad is not None]

    kind, found = outcome(lambda: both(*inputs))
    COUNTS["fits"] += 1
    if kind != "value":
        say(case=f"{name} {seed}", fault=f"its own sample is refused: {found}")
        return
    for place, array in enumerate(inputs) if shapes else ():
        for what, other in kernels.wrong(array) if isinstance(array, np.ndarray) else ():
            case = f"{name} {seed}: operand {place} {what}"
            say(start=case)
            changed = [*inputs[:place], other, *inputs[place + 1 :]]
            kind, found = outcome(lambda changed=changed: both(*changed))
            COUNTS[kind] += 1
            if kind == "wrong":
                say(case=case, fault=found)


def run_compiled(name, seed, _shapes):
    """An operation as a compiled step, run three times: what the interpreter's tables say lies within its memory."""
    from tinygrad_fr import compile, tensor
    from tinygrad_fr.ops import registry
    from tinygrad_fr.testing.inputs.draws import seeded

    try:
        sample = registry[name].sample(seeded(seed))
    except (NotImplementedError, ValueError):
        COUNTS["no sample"] += 1
        return
    arrays = [x for x in sample.inputs if isinstance(x, np.ndarray)]

    def step(*tensors):
        given = iter(tensors)
        operands = [next(given) if isinstance(x, np.ndarray) else x for x in sample.inputs]
        return registry[name](*operands, **sample.attrs)

    made = []
    tables.watched(made.append)
    replayed = compile(step)
    for turn in range(3):
        tensors = [tensor(x.copy()) for x in arrays]
        kind, found = outcome(lambda tensors=tensors: numbers(replayed(*tensors)))
        expected = flat(numbers(step(*tensors)))
        COUNTS["turns"] += 1
        if kind != "value":
            say(case=f"{name} {seed}: turn {turn}", fault=found)
        elif not all(np.allclose(a, b, 1e-6, 1e-9, equal_nan=True) for a, b in zip(found, expected, strict=True)):
            say(case=f"{name} {seed}: turn {turn}", fault="another value than the eager one")
    for assembly in made:
        wrong, seen = tables.faults(assembly)
        COUNTS["operands of the interpreter"] += seen
        for fault in wrong:
            say(case=f"{name} {seed}", fault=fault)


def numbers(result):
    """A result's values, out of tensors or not."""
    return [np.asarray(getattr(part, "value", part)) for part in (result if isinstance(result, tuple) else (result,))]


def main(side, kind, first, last, shapes, *names):
    """Run the cases of some names, from a seed to another."""
    global FENCE
    set_language("en")
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    FENCE = Fence(side)
    FENCE.put_up()
    run = {"kernel": run_kernel, "operation": run_operation, "compiled": run_compiled}[kind]
    for name in names:
        for seed in range(int(first), int(last)):
            say(start=f"{name} {seed}")
            run(name, seed, shapes == "shapes")
    say(counts=COUNTS, fenced=FENCE.count)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)
