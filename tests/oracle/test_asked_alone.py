"""A pass that is asked about some tensors runs the nodes that lead to them, and no other: who is called, against PyTorch."""

import random
from itertools import combinations

import pytest
import torch

import tinygrad_fr as tg

STEPS = 6


def program(package, seed, log):
    """A small graph of random shape, in which every tensor and every node of the backward pass says when it is called."""

    class Twice(package.autograd.Function):
        @staticmethod
        def forward(ctx, x, name):
            ctx.name = name
            return x * 2

        @staticmethod
        def backward(ctx, gradient):
            log.append(f"{ctx.name} runs")
            return gradient * 2, None

    drawn = random.Random(seed)
    made = [package.tensor([0.5 + i, 1.5 - i], requires_grad=True) for i in range(3)]
    for i in range(STEPS):
        kind, x, y = drawn.randrange(4), drawn.choice(made[-4:]), drawn.choice(made)
        made.append(
            x.exp() * 0.1 if kind == 0 else x * y if kind == 1 else x + y if kind == 2 else Twice.apply(x, f"step {i}")
        )
    for i, each in enumerate(made):
        each.register_hook(lambda _gradient, i=i: log.append(f"tensor {i}"))
        if each.grad_fn is not None:
            each.grad_fn.register_prehook(lambda _gradients, i=i: log.append(f"before {i}"))
            each.grad_fn.register_hook(lambda _sent, _came, i=i: log.append(f"after {i}"))
    return made


def asked(package, seed, wanted, way):
    log = []
    made = program(package, seed, log)
    inputs = [made[i] for i in wanted]
    if way == "grad":
        found = package.autograd.grad(made[-1].sum(), inputs, allow_unused=True)
    else:
        made[-1].sum().backward(inputs=inputs)
        found = [each.grad if each.is_leaf or i in wanted else None for i, each in enumerate(made)]
    return [None if gradient is None else gradient.tolist() for gradient in found], sorted(log)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("way", ["grad", "backward"])
@pytest.mark.parametrize("seed", range(12))
def test_only_what_leads_to_the_inputs_runs(seed, way):
    places = range(3 + STEPS if way == "grad" else 3)  # of a leaf alone does backward(inputs=…) run no node of its own
    for wanted in [*combinations(places, 1), *combinations(places[::2], 2), tuple(places[:3]), tuple(places[-4:2:-1])]:
        if not wanted:
            continue
        theirs, ours = (asked(package, seed, wanted, way) for package in (torch, tg))
        assert ours[1] == theirs[1], wanted
        for mine, gradient in zip(ours[0], theirs[0], strict=True):
            assert (mine is None) == (gradient is None), wanted
            assert mine is None or mine == pytest.approx(gradient, rel=1e-5), wanted


@pytest.mark.parametrize("package", [torch, tg])
def test_a_value_that_changed_is_of_no_matter_where_nothing_leads(package):
    x, w = package.ones(2, requires_grad=True), package.ones(2, requires_grad=True)
    changed = w * 1
    other = (changed.exp() * changed).sum()
    changed.add_(1)
    (found,) = package.autograd.grad((x * 3).sum() + other, x)
    assert found.tolist() == [3, 3]
    with pytest.raises(RuntimeError):
        package.autograd.grad((x * 3).sum() + other, w)


@pytest.mark.parametrize("package", [torch, tg])
@pytest.mark.parametrize("nested", [False, True])
def test_a_variable_is_a_leaf_of_its_own(package, nested):
    x = package.tensor([1.0, 2.0], requires_grad=True)
    given = x * 2 if nested else x
    for requires_grad in (None, False, True):
        held = (
            package.autograd.Variable(given)
            if requires_grad is None
            else package.autograd.Variable(given, requires_grad)
        )
        assert (held is given, held.requires_grad, held.is_leaf) == (False, bool(requires_grad), True)
        assert held.grad_fn is None
        assert held.data_ptr() == given.data_ptr()
    (held * 3).sum().backward()
    assert x.grad is None
    assert held.grad.tolist() == [3, 3]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("mode", ["all", "any"])
@pytest.mark.parametrize("way", ["grad", "backward"])
def test_a_hook_of_several_tensors_waits_for_those_that_the_pass_reaches(way, mode):
    for wanted in [(i, j) for i in range(4) for j in range(i, 4)]:
        found = []
        for package in (torch, tg):
            leaves, log = [package.tensor([1.0 + i], requires_grad=True) for i in range(4)], []
            if way == "grad":  # which torch does not let wait for leaves
                leaves = [leaf * 1 for leaf in leaves]
            hook = package.autograd.graph.register_multi_grad_hook(
                leaves,
                lambda came, log=log: log.append(
                    came.item()
                    if mode == "any"
                    else [None if gradient is None else gradient.item() for gradient in came]
                ),
                mode=mode,
            )
            loss = (leaves[1] * leaves[2] + leaves[1].exp()).sum()
            for _time in range(2):
                inputs = [leaves[i] for i in wanted]
                if way == "grad":
                    package.autograd.grad(loss, inputs, allow_unused=True, retain_graph=True)
                else:
                    loss.backward(inputs=inputs, retain_graph=True)
                log.append("passed")
            hook.remove()
            found.append(log)
        theirs, ours = found
        assert len(ours) == len(theirs), wanted
        for mine, other in zip(ours, theirs, strict=True):
            assert mine == other or (mode == "any" and isinstance(mine, float)) or mine == pytest.approx(other), wanted
