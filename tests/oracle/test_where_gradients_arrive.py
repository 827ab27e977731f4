"""Hooks of leaves and of the place where their gradients are added up, gradients of what is unused, as in PyTorch."""

import itertools

import pytest
import torch

import tinygrad_fr as tg

WAYS = ["leaf", "before", "after", "added"]


def registered(library, order, through, inputs=None):
    """What hooks see and leave that are registered in an order, on a leaf that is used twice."""
    a, log = library.tensor([1.0, 2.0], requires_grad=True), []
    b = a.clone()
    place = b.grad_fn.next_functions[0][0]

    def changed(name, factor, several):
        def hook(gradients):
            log.append((name, (gradients[0] if several else gradients).tolist()))
            return (gradients[0] * factor,) if several else gradients * factor

        return hook

    for way in order:
        if way == "leaf":
            a.register_hook(changed("leaf", 3, several=False))
        elif way == "before":
            place.register_prehook(changed("before", 2, several=True))
        elif way == "after":
            place.register_hook(lambda sent, came: log.append(("after", len(sent), came[0].tolist())))
        else:
            a.register_post_accumulate_grad_hook(lambda leaf: log.append(("added", leaf.grad.tolist())))
    y = (b * library.tensor([1.0, 5.0])).sum() + a.sum()
    if through == "backward":
        y.backward()
    elif through == "inputs":
        y.backward(inputs=[a])
    else:
        log.append(library.autograd.grad(y, a)[0].tolist())
    return log, None if a.grad is None else a.grad.tolist()


@pytest.mark.parametrize("through", ["backward", "inputs", "grad"])
@pytest.mark.parametrize("first", WAYS)
def test_order(first, through):
    for second, third in itertools.product(WAYS, repeat=2):
        order = (first, second, third)
        ours, theirs = (registered(library, order, through) for library in (tg, torch))
        last = {"after", "added"}  # between these two PyTorch has an order of its own
        if {*order} >= last:
            ours, theirs = ((sorted(map(str, each[0])), each[1]) for each in (ours, theirs))
        assert ours == theirs, order


def test_gradients_of_what_is_unused_are_differentiated_again():
    found = []
    for library in (tg, torch):
        x, a = (library.tensor(n, requires_grad=True) for n in (0.5, 1.0))
        (first,) = library.autograd.grad(x * a, x, create_graph=True)
        (second,) = library.autograd.grad(first, x, create_graph=True, materialize_grads=True)
        (third,) = library.autograd.grad(second, x, materialize_grads=True)
        found.append((second.item(), second.requires_grad, third.item()))
        with pytest.raises(ValueError, match="allow_unused"):
            library.autograd.grad(x * a, x, allow_unused=False, materialize_grads=True)
    assert found[0] == found[1]


def test_a_hook_that_gives_another_shape_is_refused():
    for library in (tg, torch):
        a = library.ones(2, requires_grad=True)
        b = a.clone()
        b.grad_fn.next_functions[0][0].register_prehook(lambda came: (came[0][:1],))
        with pytest.raises(RuntimeError):
            b.sum().backward()
