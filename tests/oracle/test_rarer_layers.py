"""Layers and optimizers that fewer lessons use: arguments of attention, projected LSTM, adaptive softmax, line search, hooks."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from both import gradients, same


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_projected_lstm(layers, both):
    def compute(t):
        lstm = t.nn.LSTM(3, 5, layers, proj_size=2, bidirectional=both)
        y, (h, c) = lstm(t.linspace(-1, 1, 24).reshape(4, 2, 3))
        (y.sum() + (c * c).sum()).backward()
        return y, h, c, gradients(lstm)

    same(compute)


@pytest.mark.parametrize(
    "options",
    [
        {"kdim": 3, "vdim": 5},
        {"add_bias_kv": True},
        {"add_zero_attn": True},
        {"add_bias_kv": True, "add_zero_attn": True, "bias": False},
        {"kdim": 4, "vdim": 6, "add_bias_kv": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("average", [False, True])
def test_attention(options, masked, average):
    def compute(t):
        attention = t.nn.MultiheadAttention(4, 2, **options)
        q, k, v = (t.linspace(-1, 1, 6 * options.get(name, 4)).reshape(3, 2, -1) for name in ("", "kdim", "vdim"))
        mask = t.tensor([[False, True, True], [False, False, True], [False, False, False]]) if masked else None
        y, weights = attention(q, k, v, attn_mask=mask, average_attn_weights=average)
        again, _none = attention(q, k, v, attn_mask=mask, need_weights=False)
        (y.sum() + (again * again).sum()).backward()
        return y, weights, again, gradients(attention)

    same(compute)


@pytest.mark.filterwarnings("ignore")
def test_adaptive_softmax():
    def compute(t):
        layer = t.nn.AdaptiveLogSoftmaxWithLoss(8, 10, [3, 6], div_value=2.0, head_bias=True)
        found = layer(t.linspace(-1, 1, 24).reshape(3, 8), t.tensor([1, 4, 9]))
        found.loss.backward()
        return found.output, found.loss, layer.log_prob(t.ones(2, 8)), layer.predict(t.ones(2, 8)), gradients(layer)

    same(compute)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs(search):
    def compute(t):
        x = t.nn.Parameter(t.tensor([-1.2, 1.0], dtype=t.float64))
        optimizer = t.optim.LBFGS([x], lr=0.05 if search is None else 1, max_iter=8, line_search_fn=search)
        values = []

        def closure():
            optimizer.zero_grad()
            loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
            loss.backward()
            values.append(loss.item())
            return loss

        for _step in range(4):
            optimizer.step(closure)
        return x, t.tensor(values, dtype=t.float64)

    same(compute, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"lr": 0.3, "lambd": 0.1, "alpha": 0.5, "t0": 2, "weight_decay": 0.1}], ids=str
)
def test_asgd(options):
    def compute(t):
        w = t.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
        optimizer = t.optim.ASGD([w], **options)
        for _step in range(6):
            optimizer.zero_grad()
            (w**2).sum().backward()
            optimizer.step()
        return w, np.asarray(optimizer.state[w]["ax"])

    same(compute)


def test_an_optimizer_of_ones_own():
    def compute(t):
        class Growing(t.optim.Optimizer):
            def __init__(self, params, lr=0.1):
                super().__init__(params, {"lr": lr})

            def step(self):
                for group in self.param_groups:
                    for p in group["params"]:
                        state = self.state[p]
                        if len(state) == 0:
                            state["step"] = 0
                        state["step"] += 1
                        p.data.add_(p.grad, alpha=-group["lr"] * state["step"])

        w = t.nn.Parameter(t.ones(2))
        optimizer = Growing([w])
        (w * w).sum().backward()
        for _step in range(3):
            optimizer.step()
        return w

    same(compute)


def test_hooks():
    """Who is called when, and with what."""

    def compute(t):
        said = []
        net = t.nn.Sequential(t.nn.Linear(2, 3), t.nn.Tanh())
        first = net[0]
        first.register_forward_pre_hook(lambda m, args: said.append(1.0))
        first.register_forward_pre_hook(lambda m, args: said.append(2.0) or (args[0] * 2,), prepend=True)
        first.register_forward_hook(lambda m, args, kwargs, y: said.append(3.0) or y + 1, with_kwargs=True)
        first.register_forward_hook(lambda m, args, y: said.append(4.0), always_call=True, prepend=True)
        first.register_full_backward_pre_hook(lambda m, g: said.append(5.0) or (g[0] * 3,))
        first.register_full_backward_hook(lambda m, given, got: said.append(got[0].sum().item()))
        x = t.ones(1, 2, requires_grad=True)
        net(x).sum().backward()
        with net[1].register_forward_hook(lambda m, args, y: said.append(6.0)):
            net(x)
        net(x)
        try:
            first(t.ones(1, 5))
        except RuntimeError:
            said.append(7.0)
        return t.tensor(said), x.grad, gradients(net)

    same(compute)


def test_hooks_of_states():
    def compute(t):
        net = t.nn.Sequential(t.nn.Linear(1, 1))
        inner = net[0]
        inner.register_state_dict_pre_hook(lambda m, prefix, keep: setattr(m, "seen", prefix))
        inner.register_state_dict_post_hook(lambda m, d, prefix, meta: d.__setitem__(prefix + "more", t.ones(1)))
        state = net.state_dict()
        assert inner.seen == "0."
        inner.register_load_state_dict_pre_hook(lambda m, d, prefix, *rest: d.pop(prefix + "more"))
        net.register_load_state_dict_post_hook(lambda m, keys: keys.missing_keys.append("mine"))
        found = net.load_state_dict(state, strict=False)
        assert found.missing_keys == ["mine"]
        return t.tensor([float(len(state))])

    same(compute)


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "ELU", "Hardtanh", "SiLU", "Dropout"])
def test_in_place_modules(name):
    def compute(t):
        module = getattr(t.nn, name)(inplace=True)
        w = t.tensor([-1.0, 0.5, 2.0], requires_grad=True)
        x = w * 2
        y = module(x)
        (x * t.tensor([1.0, 2.0, 3.0]) + y).sum().backward()
        return x, y, w.grad

    same(compute)


def test_settings_may_change_later():
    def compute(t):
        drop, leaky, pool = t.nn.Dropout(0.1), t.nn.LeakyReLU(), t.nn.MaxPool1d(2)
        drop.p, leaky.negative_slope, pool.stride = 0.0, 0.5, 1
        x = t.tensor([[-1.0, 2.0, -3.0, 1.0]])
        return drop(x), leaky(x), pool(x), t.tensor([pool.kernel_size])

    same(compute)


@pytest.mark.parametrize(
    "call",
    [
        "relu(x, inplace=True)",
        "relu(x, True)",
        "relu(input=x)",
        "leaky_relu(x, 0.2, True)",
        "leaky_relu(x, negative_slope=0.2, inplace=True)",
        "elu(x, inplace=True)",
        "hardtanh(x, -0.5, 0.5, True)",
        "silu(x, True)",
        "threshold(x, 0.1, 20.0, True)",
        "relu6(x)",
        "mish(x, inplace=False)",
    ],
)
def test_in_place_functions(call):
    def compute(t):
        w = t.tensor([-1.0, 0.5, 2.0], requires_grad=True)
        x = w * 2
        y = eval(f"t.nn.functional.{call}", {"t": t, "x": x})
        (x * t.tensor([1.0, 2.0, 3.0]) + y).sum().backward()
        return x, y, w.grad

    same(compute)
