"""A parameter that changes between a forward and a backward pass is refused only where PyTorch refuses it, and never gives another number."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

# module, shape of its input
MODULES = {
    "Linear, a vector": (lambda nn: nn.Linear(4, 3), (4,)),
    "Linear": (lambda nn: nn.Linear(4, 3), (2, 4)),
    "Linear, more dimensions": (lambda nn: nn.Linear(4, 3), (5, 2, 4)),
    "Linear without bias": (lambda nn: nn.Linear(4, 3, bias=False), (2, 4)),
    "two layers": (lambda nn: nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), (2, 4)),
    "two layers of rows": (lambda nn: nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)), (5, 2, 4)),
    "Conv1d": (lambda nn: nn.Conv1d(2, 3, 2), (2, 2, 5)),
    "Conv2d": (lambda nn: nn.Conv2d(2, 3, 2), (2, 2, 5, 4)),
    "ConvTranspose2d": (lambda nn: nn.ConvTranspose2d(2, 3, 2), (2, 2, 5, 4)),
    "BatchNorm1d": (lambda nn: nn.BatchNorm1d(4), (3, 4)),
    "BatchNorm2d": (lambda nn: nn.BatchNorm2d(4), (3, 4, 2, 2)),
    "BatchNorm2d, evaluated": (lambda nn: nn.BatchNorm2d(4).eval(), (3, 4, 2, 2)),
    "GroupNorm": (lambda nn: nn.GroupNorm(2, 4), (3, 4, 2, 2)),
    "InstanceNorm2d": (lambda nn: nn.InstanceNorm2d(4, affine=True), (3, 4, 2, 2)),
    "LayerNorm": (lambda nn: nn.LayerNorm(4), (3, 4)),
    "RMSNorm": (lambda nn: nn.RMSNorm(4), (3, 4)),
    "PReLU": (lambda nn: nn.PReLU(), (3, 4)),
    "RNNCell": (lambda nn: nn.RNNCell(4, 3), (2, 4)),
    "LSTMCell": (lambda nn: nn.LSTMCell(4, 3), (2, 4)),
    "GRUCell": (lambda nn: nn.GRUCell(4, 3), (2, 4)),
}
# PyTorch repeats this weight for each example first, and saves that copy.
COPIED = {("InstanceNorm2d", "weight", True)}
NAMES = {name: [key for key, _p in make(torch.nn).named_parameters()] for name, (make, _shape) in MODULES.items()}


def ran(root, name, changed, needs):
    """The gradients of all parameters and of the input, or None where the backward pass is refused."""
    make, shape = MODULES[name]
    module = make(root.nn)
    rng = np.random.default_rng(0)
    with root.no_grad():
        for parameter in module.parameters():
            parameter.copy_(root.tensor(rng.uniform(-1, 1, tuple(parameter.shape)).astype(np.float32)))
    x = root.tensor(rng.uniform(-1, 1, shape).astype(np.float32), requires_grad=needs)
    y = module(x)
    loss = ((y[0] if isinstance(y, tuple) else y) * 0.7).sum()
    with root.no_grad():
        dict(module.named_parameters())[changed].mul_(2.0)
    try:
        loss.backward()
    except RuntimeError:
        return None
    return [None if leaf.grad is None else leaf.grad.numpy() for leaf in (*module.parameters(), x)]


@pytest.mark.parametrize("needs", [False, True], ids=["input without gradient", "input with gradient"])
@pytest.mark.parametrize(("name", "changed"), [(name, key) for name, keys in NAMES.items() for key in keys])
def test_refused_only_where_pytorch_refuses(name, changed, needs):
    wanted, found = ran(torch, name, changed, needs), ran(tg, name, changed, needs)
    if wanted is None:
        return  # PyTorch refuses what it saved; ours may know that it does not read it
    if found is None:
        assert (name, changed, needs) in COPIED
        return
    for a, b in zip(found, wanted, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_loading_changes_elements_in_place():
    for root in (torch, tg):
        module = root.nn.Linear(2, 2)
        shown = [module.weight.detach(), module.weight.data, module.weight.detach().numpy(), module.weight[0]]
        state = {"weight": root.tensor([[1.0, 2.0], [3.0, 4.0]]), "bias": root.tensor([5.0, 6.0])}
        loss = module(root.ones(2)).sum()
        module.load_state_dict(state)
        assert [each.tolist() for each in shown] == [[[1.0, 2.0], [3.0, 4.0]]] * 3 + [[1.0, 2.0]]
        loss.backward()
        assert module.weight.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
        state["weight"].add_(1)
        assert module.weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]
        module.load_state_dict(state, assign=True)
        state["weight"].add_(1)
        assert module.weight.tolist() == [[3.0, 4.0], [5.0, 6.0]]
        assert isinstance(module.weight, root.nn.Parameter)
