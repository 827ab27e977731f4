"""Views: what is written through one reaches its base, what is read through it is the base's newest value."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.leaks import left
from tinygrad_fr import nn, optim
from tinygrad_fr.errors import GradientError
from tinygrad_fr.nn import init


def leaf(*values):
    return tg.tensor(list(values), requires_grad=True)


# Written through a view


def test_a_chain_of_indices_writes():
    x = tg.zeros(2, 2)
    x[0][1] = 1
    assert x.tolist() == [[0, 1], [0, 0]]


def test_a_transpose_writes():
    w = tg.zeros(3, 3)
    w.T[2, 1] = 9
    assert w.tolist() == [[0, 0, 0], [0, 0, 9], [0, 0, 0]]


def test_rows_of_a_loop_write():
    x = tg.zeros(2, 2)
    for row in x:
        row += 1
    assert x.tolist() == [[1, 1], [1, 1]]


def test_the_recipe_of_the_forget_gate():
    lstm = nn.LSTM(2, 3)
    h = 3
    for name, p in lstm.named_parameters():
        if "bias" in name:
            p.data[h : 2 * h].fill_(1.0)
            assert p[h : 2 * h].tolist() == [1.0] * h
            assert p.requires_grad
            assert p.is_leaf


def test_a_part_of_a_parameter_is_filled():
    w = tg.zeros(2, 2, requires_grad=True)
    init.constant_(w[0], 5)
    with tg.no_grad():
        w[1] = 7
        w[1][0].add_(1)
    assert w.tolist() == [[5, 5], [8, 7]]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (lambda x: x.view(4), [[9, 9], [9, 9]]),
        (lambda x: x.reshape(4, 1)[1:2], [[0, 9], [0, 0]]),
        (lambda x: x.diagonal(), [[9, 0], [0, 9]]),
        (lambda x: x.diagonal(1), [[0, 9], [0, 0]]),
        (lambda x: x.narrow(1, 1, 1), [[0, 9], [0, 9]]),
        (lambda x: x.select(0, 1), [[0, 0], [9, 9]]),
        (lambda x: x.unfold(0, 1, 1)[0], [[9, 9], [0, 0]]),
        (lambda x: x.chunk(2)[1], [[0, 0], [9, 9]]),
        (lambda x: x.unbind(1)[0], [[9, 0], [9, 0]]),
        (lambda x: x.tensor_split(2, 1)[1], [[0, 9], [0, 9]]),
        (lambda x: x.mT[0], [[9, 0], [9, 0]]),
        (lambda x: x.permute(1, 0)[1, :1], [[0, 9], [0, 0]]),
        (lambda x: x[None].squeeze(0)[..., -1], [[0, 9], [0, 9]]),
        (lambda x: x.detach()[0], [[9, 9], [0, 0]]),
        (lambda x: x.T.reshape(-1)[:1], [[0, 0], [0, 0]]),  # a copy
        (lambda x: x[[0]], [[0, 0], [0, 0]]),
        (lambda x: x.clone(), [[0, 0], [0, 0]]),
    ],
)
def test_what_a_view_shows_is_written(view, expected):
    x = tg.zeros(2, 2)
    view(x).fill_(9)
    assert x.tolist() == expected


# Read through a view


def test_every_view_shows_the_newest_value():
    x = tg.tensor([1.0, 2.0, 3.0])
    first, second, alone = x[:2], x.view(3, 1), x.detach()
    x[1] = 9
    assert (first.tolist(), second.tolist(), alone.tolist()) == ([1, 9], [[1], [9], [3]], [1, 9, 3])
    alone.mul_(2)
    assert (x.tolist(), first.tolist()) == ([2, 18, 6], [2, 18])
    first[0] = 0
    assert (second.flatten().tolist(), alone.tolist()) == ([0, 18, 6], [0, 18, 6])


def test_an_optimizer_moves_what_views_show():
    w = leaf(1.0, 2.0)
    part = w.data[1:]
    (w * w).sum().backward()
    optim.SGD([w], lr=0.25).step()
    assert part.tolist() == [1.0]


# Gradients


def test_gradients_of_a_base_that_was_written_through_a_view():
    x, w = leaf(1.0, 2.0, 3.0), leaf(10.0)
    y = x * 2
    part = y[1:]
    part.mul_(w)  # y = 2x₀, 20x₁, 20x₂
    (y * y).sum().backward()
    assert x.grad.tolist() == [8.0, 1600.0, 2400.0]
    assert w.grad.tolist() == [2 * 10 * (16 + 36)]


def test_gradients_of_a_view_whose_base_was_written():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 2
    part = y[1:]
    y.mul_(3)
    part.sum().backward()
    assert x.grad.tolist() == [0.0, 6.0, 6.0]


def test_a_view_gets_a_gradient_with_its_base():
    x, w = tg.zeros(2, 2), leaf(1.0, 2.0)
    row = x[1]
    x.add_(w)
    assert row.requires_grad
    row.sum().backward()
    assert w.grad.tolist() == [1.0, 1.0]


def test_writes_of_a_second_order():
    x = leaf(1.0, 2.0)
    y = x * 1
    y[:1].pow_(3)
    (g,) = tg.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [3.0, 1.0]
    assert tg.autograd.grad(g.sum(), x)[0].tolist() == [6.0, 0.0]


# Refused, as PyTorch refuses; nothing has changed then


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda w: w[0].add_(1), "view of a leaf"),
        (lambda w: w.__setitem__(0, 1.0), "leaf"),
        (lambda w: w.T.zero_(), "view of a leaf"),
        (lambda w: (w * 1).unbind()[0].add_(1), "one of several views"),
        (lambda w: next(iter(w * 1)).mul_(2), "one of several views"),
        (lambda w: (w * 1).chunk(2)[0].add_(1), "one of several views"),
        (lambda w: unrecorded(w * 1).add_(1), "no_grad"),
        (lambda w: w.detach()[:1].expand(2, 2).add_(1), "more than once"),
        (lambda w: (w * 1).expand(2, 2, 2).add_(1), "more than once"),
        (lambda w: shifted(w.detach()), "share some elements"),
    ],
)
def test_refused_writes(write, said):
    w = tg.tensor([[1.0, 2.0], [1.0, 2.0]], requires_grad=True)
    with pytest.raises(RuntimeError, match=said):
        write(w)
    assert w.tolist() == [[1.0, 2.0], [1.0, 2.0]]


def unrecorded(x):
    with tg.no_grad():
        return x[0]


def shifted(x):
    flat = x.view(4)
    flat[1:] = flat[:-1]


def test_a_view_of_several_is_lost_when_its_base_changes():
    y = tg.tensor([[1.0, 2.0]], requires_grad=True) * 1
    (row,) = y
    y.mul_(2)
    with tg.no_grad():
        assert row.tolist() == [2.0, 4.0]
    with pytest.raises(GradientError, match="one of several views"):
        row * 2


def test_a_value_that_was_saved_may_not_change_through_a_view():
    y = leaf(1.0, 2.0) * 1
    z = (y[:1] * y[:1]).sum()
    y[1] = 5  # another element of the same storage: PyTorch counts changes of the whole
    with pytest.raises(GradientError, match="changed after"):
        z.backward()


def test_a_view_needs_the_order_in_memory():
    x = tg.zeros(2, 3)
    with pytest.raises(RuntimeError, match="reshape"):
        x.T.view(6)
    assert x.T.reshape(6).shape == x.T.contiguous().view(6).shape == (6,)
    assert (x.T.is_contiguous(), x.T.stride(), x[:, ::2].stride()) == (False, (1, 3), (3, 2))
    assert x.contiguous() is x


def test_a_detached_tensor_keeps_no_record_alive():
    kept = []

    def step():
        x = leaf(1.0, 2.0)
        kept.append((x * 2).exp().detach())

    step()
    assert kept[0].tolist() == pytest.approx(np.exp([2.0, 4.0]).tolist())
    assert kept[0].rare.origin() is None


def test_views_leave_no_reference_cycle():
    w = leaf(1.0, 2.0)

    def step():
        y = w * 2
        y[0].add_(1)
        y.view(2, 1).mul_(2)
        y.detach().add_(1)
        y.sum()

    step()
    assert left(lambda: [step() for _ in range(5)]) == []


@pytest.mark.parametrize(
    ("view", "signs"),
    [
        (lambda q: q, [-1, -1, -1]),
        (lambda q: q[:], [-1, -1, -1]),
        (lambda q: q.unfold(0, 1, 1), [-1, -1, -1]),
        (lambda q: q[1:].unfold(0, 2, 1), [1, -1, -1]),
        (lambda q: q[None].diagonal(), [-1, 1, 1]),
        (lambda q: q.view(3, 1).mT, [-1, -1, -1]),
    ],
)
def test_a_recorded_backward_takes_a_result_as_the_operation_gave_it(view, signs):
    x = tg.tensor([0.5, -1.0, 2.0], dtype=tg.float64, requires_grad=True)
    q = 1 / (x * x + 1)  # whose derivative is written with its result
    view(q).neg_()
    (first,) = tg.autograd.grad(q.sum(), [x], create_graph=True)
    (second,) = tg.autograd.grad((first * first).sum(), [x])
    assert first.tolist() == pytest.approx((np.array(signs) * [-0.64, 0.5, -0.16]).tolist())
    assert second.tolist() == pytest.approx([0.32768, 0.5, -0.05632])
