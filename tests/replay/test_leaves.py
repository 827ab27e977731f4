"""Leaves that a compiled step reads and writes by functions written out: whatever happens to them between two calls, it is the eager step."""

from __future__ import annotations

import pytest

from tinygrad_fr import Value, compile, no_grad, optim, tensor
from tinygrad_fr.replay.leaves import MOST, Standing


def _numbers(run):
    """Twelve steps of two numbers, with things done to them in between."""
    a, b = Value(0.5), Value(-0.25)
    seen, optimizer = [], optim.SGD([a, b], 0.1)

    def step():
        loss = (a * b + a).tanh()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    step = run(step)
    for i in range(12):
        if i == 4:
            a.data = 0.75
        if i == 6:
            b.data += 1.0
        if i == 8:
            a.requires_grad = False
        if i == 10:
            a.requires_grad = True
        seen += [step().data, a.data, b.data, float(a.grad), float(b.grad)]
    return seen


def test_numbers_are_the_eager_ones_whatever_is_done_to_them_between_calls():
    assert _numbers(compile) == pytest.approx(_numbers(lambda step: step), rel=1e-12)


def _hooked(w):
    w.register_hook(lambda gradient: 2 * gradient)


def _written(w):
    with no_grad():
        w.mul_(0.5)


def _through_a_view(w):
    with no_grad():
        w[0] = 3.0


def _through_detach(w):
    w.detach()[1] = -1.0


def _given_memory(w):
    w.data = tensor([4.0, 5.0])


def _shown(w):
    w.detach().numpy()[0] = 7.0


@pytest.mark.parametrize("act", [_hooked, _written, _through_a_view, _through_detach, _given_memory, _shown])
def test_tensors_are_the_eager_ones_after(act):
    """A hook, a write, a view, another tensor's elements, numpy: each comes after calls that were replayed."""

    def trained(run):
        w = tensor([1.0, 2.0], requires_grad=True)
        optimizer = optim.SGD([w], 0.125)

        def step(x):
            optimizer.zero_grad()
            loss = (w * w * x).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        step, seen = run(step), []
        for i in range(9):
            if i == 4:
                act(w)
            seen.append((step(tensor([1.0, 0.5])).item(), w.tolist(), w.grad.tolist()))
        return seen

    assert trained(compile) == trained(lambda step: step)


def test_more_leaves_than_one_function_takes_are_read_one_by_one():
    leaves = [Value(float(i)) for i in range(MOST + 1)]
    standing = Standing(leaves)
    for leaf in leaves:
        leaf.data = leaf.data + 1
    assert standing.values() == standing.values() == [leaf.data for leaf in leaves]
    assert not standing.write([0.0] * len(leaves), 10**9)


def held(way, x):
    """Somebody who has the elements of a tensor."""
    if way == "array":
        return x.numpy()
    if way == "given":
        other = tensor([0.0, 0.0])
        other.data = x
        return other
    return {"view": lambda: x[:1], "detached": x.detach, "nobody": lambda: None}[way]()


@pytest.mark.parametrize("captured", [False, True])
@pytest.mark.parametrize("change", ["data", "set_"])
@pytest.mark.parametrize("way", ["view", "detached", "array", "given", "nobody"])
def test_who_has_the_elements_of_a_tensor_keeps_them_when_a_step_gives_it_others(captured, change, way):
    def seen(compiled):
        own = tensor([1.0, 2.0])

        def step(x):
            x = own if captured else x
            if change == "data":
                x.data = x * 2
            else:
                x.set_(x * 2)
            return x + 1

        step, found = compiled(step), []
        for i in range(6):
            x = own if captured else tensor([1.0, 2.0])
            holder = held(way, x) if i % 3 == 2 else None
            result = step(x)
            found.append((result.tolist(), x.tolist(), None if holder is None else holder.tolist()))
        return found

    assert seen(compile) == seen(lambda step: step)


def test_a_step_that_gives_a_tensor_others_is_replayed_where_nobody_has_them():
    w = tensor([1.0, 2.0])

    @compile
    def step(x):
        w.data = w + x
        return w * 2

    assert [step(tensor([1.0, 1.0])).tolist() for _i in range(4)][-1] == [10.0, 12.0]
    assert step.replays == 3
