"""One factory of the tests of lines: a program runs in both packages from the same seed, and all that can be seen of its answer is compared."""

import copy
import io
import math
import pickle

import numpy as np
import pytest
import torch

import tinygrad_fr as tg


def table(text):
    """Programs by name."""
    rows = (line.partition("|") for line in text.strip().splitlines())
    return {name.strip(): program.strip().replace("\\n", "\n") for name, _bar, program in rows}


def _parts(found):
    """The tensors in an answer."""
    if isinstance(found, tuple | list):
        return [part for each in found for part in _parts(each)]
    return [found] if hasattr(found, "requires_grad") else []


def _words(T):  # noqa: N803 - the package
    """The short words that programs have for a package."""

    def leaves(inputs):
        return [x.detach().requires_grad_() if isinstance(x, T.Tensor) and x.is_floating_point() else x for x in inputs]

    def go(module, *inputs, **options):
        """Outputs, gradients of inputs and parameters, buffers and the text of a module or function."""
        inputs = leaves(inputs)
        found = module(*inputs, **options)
        losses = [part for part in _parts(found) if part.requires_grad]
        if losses:
            weights = [T.arange(1.0, x.numel() + 1).reshape(x.shape).to(x.dtype) for x in losses]
            sum((x * w).sum() for x, w in zip(losses, weights, strict=True)).backward()
        grads = [x.grad for x in inputs if isinstance(x, T.Tensor)]
        if not isinstance(module, T.nn.Module):
            return found, grads
        named = [(name, p.grad) for name, p in module.named_parameters()]
        return found, grads, named, list(module.named_buffers()), repr(module)

    def go2(module, *inputs, **options):
        """Second derivatives of a module or function: the gradient of its gradient's squared length."""
        inputs = leaves(inputs)
        loss = sum((x**3).sum() for x in _parts(module(*inputs, **options)) if x.requires_grad)
        wanted = [x for x in inputs if isinstance(x, T.Tensor) and x.requires_grad]
        wanted += list(module.parameters()) if isinstance(module, T.nn.Module) else []
        grads = T.autograd.grad(loss, wanted, create_graph=True, allow_unused=True)
        grads = [g for g in grads if g is not None and g.requires_grad]
        if not grads:
            return "none"
        second = T.autograd.grad(sum((g**2).sum() for g in grads), wanted, allow_unused=True)
        return [None if x is None else x.detach() for x in second]

    def train(make, steps=5, sched=None, closure=False):
        """Parameters, learning rates, the last loss and the optimizer's text after some steps."""
        T.manual_seed(1)
        model = T.nn.Sequential(T.nn.Linear(3, 4), T.nn.Tanh(), T.nn.Linear(4, 1))
        x, y = T.randn(6, 3), T.randn(6, 1)
        optimizer, rates = make(model), []
        schedule = sched(optimizer) if sched else None

        def step():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            return loss

        for _step in range(steps):
            loss = optimizer.step(step) if closure else step()
            if not closure:
                optimizer.step()
            if schedule is not None:
                schedule.step(*((float(loss),) if "Plateau" in type(schedule).__name__ else ()))
                rates += [[group["lr"] for group in optimizer.param_groups], schedule.get_last_lr()]
        return list(model.parameters()), rates, float(loss), repr(optimizer)

    def compiled(step):
        """The step compiled here; as it is in PyTorch."""
        return T.compile(step) if T is tg else step

    return {"go": go, "go2": go2, "train": train, "compiled": compiled, "nn": T.nn, "F": T.nn.functional, "t": T.tensor}


def _seen(package, answer):
    """All that can be seen of an answer, in parts that compare."""
    if isinstance(answer, dict):
        return [list(map(str, answer)), *_seen(package, list(answer.values()))]
    if isinstance(answer, tuple | list):
        return [len(answer), *(part for each in answer for part in _seen(package, each))]
    if isinstance(answer, package.Tensor):
        facts = (
            str(answer.dtype).split(".")[-1],
            tuple(answer.shape),
            answer.requires_grad,
            answer.grad_fn is not None,
        )
        return [(*facts, np.array(answer.detach().numpy()))]
    return [answer if isinstance(answer, int | float | str | None) else type(answer).__name__]


def _run(package, program):
    """What a program gives, or the error that it ends in."""
    package.manual_seed(0)
    np.random.seed(0)
    space = {
        "T": package,
        "np": np,
        "copy": copy,
        "pickle": pickle,
        "io": io,
        "math": math,
        "inf": math.inf,
        "nan": math.nan,
    }
    space |= _words(package)
    try:
        exec(program, space)
        return _seen(package, space.get("R"))
    except Exception as error:
        return error


def _same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        if one[:4] != other[:4]:
            return False
        half = one[0] == "float16"
        finite = np.abs(one[4][np.isfinite(one[4])])
        size = max(1.0, float(finite.max(initial=0)) * 3)  # sums that cancel are as exact as their terms
        return np.allclose(one[4], other[4], 2e-3 if half else 1e-4, (1e-3 if half else 1e-6) * size, equal_nan=True)
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-8) or (math.isnan(one) and math.isnan(other))
    return one == other


def compared(program, computed, refused, other):
    """Assert that a program ends alike in both, or in the way that is written down."""
    theirs, ours = _run(torch, program), _run(tg, program)
    if isinstance(theirs, Exception) and isinstance(ours, Exception):
        assert isinstance(ours, type(theirs)) or other or isinstance(theirs, AssertionError), repr(ours)
    elif isinstance(theirs, Exception):
        assert computed, f"{theirs!r} in PyTorch, {ours} here"
    elif isinstance(ours, Exception):
        assert refused, f"{theirs} in PyTorch, {ours!r} here"
    else:
        alike = len(theirs) == len(ours) and all(map(_same, theirs, ours))
        assert alike != other, f"{theirs} in PyTorch, {ours} here"


def alike(program, *arguments):
    """Assert that a function of a package and of its ``compile`` gives the same in PyTorch and here, eagerly and compiled."""
    found = []
    for package, compiled in ((torch, _eager), (tg, _eager), (tg, tg.compile)):
        package.manual_seed(0)
        np.random.seed(0)
        found.append(_seen(package, program(package, compiled, *arguments)))
    for ours, how in zip(found[1:], ("here", "compiled"), strict=True):
        same = len(found[0]) == len(ours) and all(map(_same, found[0], ours))
        assert same, f"{found[0]} in PyTorch, {ours} {how}"


def _eager(step):
    return step


def comparisons(programs, computed_here, refused_here, other):
    """The tests of a table of programs: each is compared, and what is said to differ is among them.

    Args:
        programs: name → program.
        computed_here: names of those that PyTorch refuses.
        refused_here: names of those that PyTorch computes.
        other: names of those that differ in another way.
    """

    @pytest.mark.filterwarnings("ignore")
    @pytest.mark.parametrize("name", programs)
    def each(name):
        compared(programs[name], name in computed_here, name in refused_here, name in other)

    def named():
        assert {*computed_here, *refused_here, *other} <= programs.keys()

    return each, named
