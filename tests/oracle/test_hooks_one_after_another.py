"""Hooks of one tensor get the same object one after another, and what one writes to the gradient in place goes on, as in PyTorch."""

import pytest
import torch

import tinygrad_fr as tg


def chained(library, create_graph):
    x = library.tensor([1.0, 2.0], requires_grad=True)
    h, seen = x * x, []

    def first(g):
        g.left = g.tolist()

    def second(g):
        seen.append(getattr(g, "left", None))
        made = g * 10
        made.left = "made"
        return made

    def third(g):
        seen.append(getattr(g, "left", None))

    for hook in (first, second, third):
        h.register_hook(hook)
    (h * h).sum().backward(create_graph=create_graph)
    return seen, x.grad.tolist()


def written(library, leaf):
    x = library.tensor([1.0, 2.0], requires_grad=True)
    h, seen = x * 3, []

    def write(g):
        g.mul_(2)

    on = x if leaf else h
    on.register_hook(write)
    on.register_hook(lambda g: seen.append(g.tolist()))
    (h * h).sum().backward()
    return seen, x.grad.tolist()


@pytest.mark.filterwarnings("ignore:Using backward")
@pytest.mark.parametrize("create_graph", [False, True])
def test_the_next_hook_sees_what_was_left(create_graph):
    assert chained(tg, create_graph) == chained(torch, create_graph)


@pytest.mark.parametrize("leaf", [False, True])
def test_a_gradient_that_a_hook_wrote_to_goes_on(leaf):
    assert written(tg, leaf) == written(torch, leaf)


@pytest.mark.parametrize("library", [torch, tg])
def test_a_module_shows_its_backward_hooks_and_gives_them_up(library):
    layer = library.nn.Linear(2, 1)
    assert len(layer._backward_hooks) == len(layer._backward_pre_hooks) == 0
    calls = []
    handle = layer.register_full_backward_hook(lambda *_given: calls.append("after"))
    layer.register_full_backward_pre_hook(lambda *_given: calls.append("before"))
    assert len(layer._backward_hooks) == len(layer._backward_pre_hooks) == 1
    layer._backward_pre_hooks.clear()
    layer(library.ones(1, 2, requires_grad=True)).sum().backward()
    handle.remove()
    assert (calls, len(layer._backward_hooks)) == (["after"], 0)
