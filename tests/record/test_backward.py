"""Backward: accumulation, observation, hooks, higher orders, anomalies, and changes in place."""

import numpy as np
import pytest

from tests.leaks import left
from tinygrad_fr import (
    Scalar,
    Value,
    autograd,
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    no_grad,
    observe,
    tensor,
)
from tinygrad_fr.errors import GradientError, ShapeError
from tinygrad_fr.gradients import grad


def leaf(*values):
    return tensor(list(values), requires_grad=True)


def test_leaves_accumulate_and_others_keep_no_gradient():
    a = leaf(1.0, 2.0)
    b = a * 2
    b.sum().backward()
    (a * a).sum().backward()
    assert a.grad.tolist() == [4.0, 6.0]
    with pytest.warns(UserWarning, match="no leaf"):
        assert b.grad is None


def test_retain_grad_keeps_the_gradient_of_an_intermediate_node():
    a = leaf(1.0, 2.0)
    b = a * 2
    b.retain_grad()
    (b * b).sum().backward()
    assert b.grad.tolist() == [4.0, 8.0]


def test_observing_keeps_every_gradient_and_every_contribution():
    a = leaf(3.0)
    with observe() as seen:
        b = a * 2
        c = a + b
        d = c * a
        d.sum().backward()
    assert {a.id, b.id, c.id, d.id} <= set(seen.gradients)
    into_a = [seen.contributions[node.id, i] for node, i in ((d, 1), (c, 0), (b, 0))]
    assert sum(float(part[0]) for part in into_a) == float(a.grad[0].item()) == 18.0


@pytest.mark.parametrize("seed", range(5))
def test_contributions_into_a_node_add_up_to_its_gradient(seed):
    generator = np.random.default_rng(seed)
    a, b = (tensor(generator.normal(size=(3, 3)), requires_grad=True) for _ in range(2))
    with observe() as seen:
        pool = [a, b]
        for _ in range(12):
            x, y = (pool[i] for i in generator.integers(len(pool), size=2))
            pool.append([x + y, x * y, (x @ y).tanh(), x - 2 * y][generator.integers(4)])
        total = pool[-1].sum()
        for node in pool[2:-1]:
            total = total + node.mean()
        total.backward()
    received = {}
    nodes = {}
    stack = [total]
    while stack:
        node = stack.pop()
        if node.id in nodes:
            continue
        nodes[node.id] = node
        for i, source in enumerate(node.inputs):
            if hasattr(source, "id"):
                stack.append(source)
                if (node.id, i) in seen.contributions:
                    received[source.id] = received.get(source.id, 0) + seen.contributions[node.id, i]
    for i, total_received in received.items():
        assert np.allclose(total_received, seen.gradients[i], rtol=1e-12)


def test_a_hook_sees_and_replaces_the_gradient():
    a = leaf(1.0, 2.0)
    b = a * 3
    seen = []
    handle = b.register_hook(lambda g: seen.append(g.tolist()) or g * 10)
    b.sum().backward()
    assert seen == [[1.0, 1.0]]
    assert a.grad.tolist() == [30.0, 30.0]
    handle.remove()
    a.grad = None
    b.sum().backward()
    assert a.grad.tolist() == [3.0, 3.0]


def test_no_grad_and_detach_cut_the_record():
    a = leaf(2.0)
    with no_grad():
        assert not (a * 2).requires_grad
    assert not (a * 2).detach().requires_grad
    with pytest.raises(GradientError, match="requires none"):
        (a.detach() * 2).sum().backward()


def test_third_order_and_a_recorded_backward_pass():
    x = tensor(2.0, requires_grad=True)
    (first,) = grad(x**3, x, create_graph=True)
    (second,) = grad(first, x, create_graph=True)
    (third,) = grad(second, x)
    assert [float(g.item()) for g in (first, second, third)] == [12.0, 12.0, 6.0]
    assert first.inputs  # the backward pass is a record too


def test_backward_with_create_graph_can_be_differentiated_again():
    x = tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    penalty = (x.grad * x.grad).sum()
    x.grad = None
    penalty.backward()
    assert np.allclose(x.grad.detach().numpy(), 36 * np.array([1.0, 8.0]))


def test_scalars_have_second_derivatives():
    x = Scalar(3.0)
    (first,) = grad(x**3, x, create_graph=True)
    (second,) = grad(first, x)
    assert float(first.data) == 27.0
    assert second == 18.0


def test_grad_leaves_the_leaves_alone_and_names_an_unused_input():
    a, unused = leaf(1.0), tensor([1.0], requires_grad=True, name="unused")
    (g,) = grad((a * 2).sum(), a)
    assert g.tolist() == [2.0]
    assert a.grad is None
    with pytest.raises(GradientError, match="“unused”"):
        grad((a * 2).sum(), unused)
    assert grad((a * 2).sum(), unused, allow_unused=True) == (None,)


def test_anomaly_names_the_first_node_and_line_going_forward():
    a = leaf(-1.0)
    with (
        detect_anomaly(strict=True),
        pytest.raises(GradientError, match=r"NaN appeared going forward, in log, test_backward\.py:\d+"),
    ):
        a.log()


def test_anomaly_names_the_first_node_and_line_going_backward():
    a = leaf(0.0)
    with (
        detect_anomaly(strict=True),
        pytest.raises(GradientError, match=r"inf appeared going backward.*sqrt.*test_backward\.py:\d+"),
    ):
        a.sqrt().sum().backward()


def test_anomaly_stops_at_nan_going_backward_alone():
    a = leaf(0.0)
    with detect_anomaly():
        assert np.isnan((a / a).tolist()[0])
        a.sqrt().sum().backward()  # infinite
        with pytest.raises(GradientError, match=r"NaN appeared going backward.*sqrt.*test_backward\.py:\d+"):
            (a.sqrt() * 0).sum().backward()
    with detect_anomaly(check_nan=False):
        (a.sqrt() * 0).sum().backward()


def test_anomaly_mode_is_in_force_from_a_call_or_inside_a_block_alone():
    a = leaf(0.0)
    seen = []
    with autograd.set_detect_anomaly(True):
        seen.append(is_anomaly_enabled())
        with autograd.set_detect_anomaly(False):
            seen.append(is_anomaly_enabled())
            (a.sqrt() * 0).sum().backward()
        seen.append(is_anomaly_enabled())
    seen.append(is_anomaly_enabled())
    autograd.set_detect_anomaly(True, check_nan=False)
    seen.extend((is_anomaly_enabled(), is_anomaly_check_nan_enabled()))
    autograd.set_detect_anomaly(False)
    seen.append(is_anomaly_enabled())
    assert seen == [True, False, True, False, True, False, False]


def test_a_changed_value_is_refused_only_where_the_derivative_reads_it():
    a = leaf(1.0, 2.0)
    b = a * 2
    y = (b + 1).sum()  # addition reads no value
    z = (b * b).sum()
    b += 1
    y.backward()
    assert a.grad.tolist() == [2.0, 2.0]
    with pytest.raises(GradientError, match=r"“b”.*was changed after.*mul"):
        z.backward()


def test_an_optimizer_step_between_forward_and_backward_is_refused():
    w = leaf(1.0)
    loss = (w * w).sum()
    with no_grad():
        w -= 0.1
    with pytest.raises(GradientError, match="changed"):
        loss.backward()


def test_a_leaf_is_not_changed_in_place_while_recording():
    w = leaf(1.0)
    with pytest.raises(GradientError, match="no_grad"):
        w += 1


def test_in_place_keeps_history_identity_and_aliases():
    a = leaf(1.0, 2.0)
    y = a * 3
    alias = y
    identity = id(y)
    y *= a
    y[0] = 5.0
    assert id(y) == identity
    assert alias.tolist() == [5.0, 12.0]
    y.sum().backward()
    assert a.grad.tolist() == [0.0, 12.0]


def test_an_array_that_was_copied_is_not_shared():
    source = np.ones(2, np.float32)
    t = tensor(source)
    source[0] = 9
    assert t.tolist() == [1.0, 1.0]


def test_data_of_a_detached_tensor_is_shared():
    w = leaf(1.0, 2.0)
    w.data[0] = 7.0
    assert w.tolist() == [7.0, 2.0]
    w.data -= 1
    assert w.tolist() == [6.0, 1.0]


def test_backward_needs_a_number_or_a_gradient():
    y = leaf(1.0, 2.0) * 2
    with pytest.raises(GradientError, match=r"shape \(2,\)"):
        y.backward()
    with pytest.raises(ShapeError, match=r"expected a gradient of shape \(2,\), got \(3,\)"):
        y.backward(tensor([1.0, 1.0, 1.0]))


def test_forward_and_backward_leave_no_reference_cycle():
    a = leaf(1.0, 2.0)

    def step():
        a.grad = None
        y = (a * 2).tanh() * 3
        y += a
        y[0].add_(1)
        (y * y).sum().backward()

    step()  # whatever is made once is made
    assert left(lambda: [step() for _ in range(20)]) == []


def test_a_reference_cycle_would_be_seen():
    def step():
        y = leaf(1.0, 2.0) * 2
        y.register_hook(lambda _gradient: y)

    assert "Tensor" in left(step)


def test_micrograds_own_example():
    """The example of micrograd's README (a, b → g), whose figures it prints."""
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    assert f"{g.data:.4f}" == "24.7041"
    g.backward()
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"
