"""Optimizers and schedules as PyTorch's; the numbers are those of PyTorch 2.13."""

import pytest

import tinygrad_fr as tg
from tinygrad_fr import Value, nn, optim, tensor
from tinygrad_fr.errors import DtypeError, GradientError, UsageError
from tinygrad_fr.optim import lr_scheduler


def leaf(*numbers):
    return tensor([float(n) for n in numbers], requires_grad=True)


def test_a_parameter_is_moved_once():
    w, b = leaf(1), leaf(2)
    with pytest.raises(UsageError, match="it would be moved twice"):
        optim.SGD([{"params": [w]}, {"params": [b, w]}], lr=0.1)
    with pytest.raises(UsageError, match="it would be moved twice"):
        optim.SGD([w, w], lr=0.1)
    optimizer = optim.SGD([w], lr=0.1)
    with pytest.raises(ValueError, match="it would be moved twice"):
        optimizer.add_param_group({"params": [b, w]})
    assert optimizer.params == [w]


def test_leaves_are_moved():
    w = leaf(1)
    y = w * 2
    with pytest.raises(UsageError, match=r"an optimizer moves leaves, “y” .* is none"):
        optim.SGD([y], lr=0.1)
    y.retain_grad()
    optim.SGD([y], lr=0.1)
    with pytest.raises(DtypeError, match="takes a list of tensors or of groups, got one tensor"):
        optim.SGD(w, lr=0.1)
    with pytest.raises(TypeError, match="an optimizer moves tensors, got float"):
        optim.SGD([1.0], lr=0.1)


def test_schedules_on_one_optimizer_multiply():
    optimizer = optim.SGD([leaf(1)], lr=1.0)
    schedules = [lr_scheduler.StepLR(optimizer, 1, 0.5), lr_scheduler.ExponentialLR(optimizer, 0.9)]
    for _epoch in range(2):
        optimizer.step()
        for schedule in schedules:
            schedule.step()
    assert optimizer.lr == pytest.approx(0.2025)


def test_a_rate_set_by_hand_is_kept():
    optimizer = optim.SGD([leaf(1)], lr=1.0)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    optimizer.param_groups[0]["lr"] = 0.3
    schedule.step()
    assert optimizer.lr == pytest.approx(0.15)


def test_gradients_that_are_set_to_zero():
    w, b, a = leaf(1, 2), leaf(3), Value(2.0)
    optimizer = optim.SGD([w, b, a], lr=0.1, momentum=0.9)
    ((w * w).sum() + a * 3.0).backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0.0, 0.0]
    assert b.grad is None
    assert a.grad == 0.0
    optimizer.step()  # momentum goes on
    assert w.tolist() == pytest.approx([1 - 0.2 - 0.18, 2 - 0.4 - 0.36])
    optimizer.zero_grad()
    assert w.grad is None


def test_backward_to_one_tensor():
    w, b = leaf(1), leaf(2)
    (w * b).sum().backward(inputs=w)
    assert w.grad.tolist() == [2.0]
    assert b.grad is None
    with pytest.raises(GradientError, match="expected at least one tensor, got none"):
        (w * b).sum().backward(inputs=[])


def test_numbers_of_other_kinds():
    w = leaf(1)
    optimizer = optim.SGD([w], lr=tensor(0.5))
    (w * w).sum().backward()
    optimizer.step()
    assert w.tolist() == [0.0]
    with pytest.raises(TypeError, match="lr: expected a number, got str"):
        optim.SGD([w], lr="fast")
    with pytest.raises(ValueError, match=r"lr: expected a number ≥ 0\.0, got nan"):
        optim.SGD([w], lr=float("nan"))


def test_a_closure_records_whatever_the_mode():
    w = leaf(1)
    optimizer = optim.SGD([w], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with tg.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 1.0
    assert w.tolist() == [0.5]


def test_a_schedule_goes_on():
    def made(last_epoch=-1, lr=1.0):
        optimizer = optim.Adam(nn.Linear(1, 1).parameters(), lr=lr)
        return optimizer, lr_scheduler.CosineAnnealingLR(optimizer, 7) if last_epoch < 0 else None

    optimizer, schedule = made()
    other, twin = made()
    for _epoch in range(3):
        optimizer.step()
        schedule.step()
    other.load_state_dict(optimizer.state_dict())
    twin.load_state_dict(schedule.state_dict())
    schedule.step()
    twin.step()
    assert other.lr == optimizer.lr
    with pytest.raises(UsageError, match="the groups have no “initial_lr”"):
        lr_scheduler.StepLR(made(3)[0], 2, last_epoch=3)
