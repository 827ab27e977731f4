"""Programs as strangers write them, compiled: modules that are changed."""

import functools

import pytest

import tinygrad_fr as tg
from tests.replay.programs import Net, W, X, entering, same, xs
from tinygrad_fr import nn, optim, tensor

PROGRAMS = {}
program = entering(PROGRAMS)


def trained(run, change, calls=6):
    """Calls of a compiled module with a backward pass each, between which something is changed."""
    tg.manual_seed(0)
    net = Net()
    f = run(net)
    for k in range(calls):
        change(net, k)
        net.zero_grad()
        y = f(tensor(X))
        if y.requires_grad:
            (y**2).mean().backward()
        yield y
        for p in net.parameters():
            yield p.grad


def _switched(net, k):
    if k == 2:
        net.act = nn.ReLU()
    if k == 4:
        net.scale = 2.0


def _replaced(net, k):
    if k == 2:
        net.a = nn.Linear(2, 3)
    if k == 4:
        net.b.weight = nn.Parameter(net.b.weight.detach() * 2)


def _frozen(net, k):
    net.a.weight.requires_grad_(k % 3 == 0)
    if k == 4:
        net.requires_grad_(False)
    if k == 5:
        net.requires_grad_(True)


def _hooked(net, k):
    if k == 1:
        net.handle = net.a.register_forward_hook(lambda module, given, found: found * 2)
    if k == 3:
        net.handle.remove()
    if k == 4:
        net.a.register_forward_pre_hook(lambda module, given: (given[0] + 1,))


def _hooked_weights(net, k):
    if k == 1:
        net.handle = net.a.weight.register_hook(lambda g: g * 2)
    if k == 3:
        net.handle.remove()
    if k == 4:
        net.b.weight.register_hook(lambda g: g * 0)


def _hooked_backward(net, k):
    if k == 1:
        net.handle = net.a.register_full_backward_hook(lambda module, given, found: (given[0],))
    if k == 4:
        net.handle.remove()


def _written(net, k):
    with tg.no_grad():
        if k == 1:
            net.a.weight.mul_(2)
        if k == 2:
            net.a.weight[0] = 1.0
        if k == 3:
            net.shift.add_(1)
    if k == 4:
        net.b.bias.data = tensor([5.0, 6.0])
    if k == 5:
        net.b.bias.data.zero_()


def _loaded(net, k):
    if k == 2:
        net.load_state_dict({key: value * 0.5 for key, value in net.state_dict().items()})


def _moved(net, k):
    if k == 2:
        net.double()
    if k == 4:
        net.float().double()


def _modes(net, k):
    net.train(k % 2 == 0)
    if k == 3:
        net.b = nn.Sequential(nn.Linear(3, 2), nn.Dropout(0.5))


def _forward(net, k):
    if k == 3:
        net.forward = lambda x: net.a(x)


def _buffer(net, k):
    if k == 2:
        net.shift = tensor([1.0, 2.0])
    if k == 4:
        net.register_buffer("shift", tensor([3.0]))


def _extra(net, k):
    if k == 2:
        net.extra = nn.Linear(2, 2)
    if k == 3:
        del net.extra


CHANGES = [
    _switched, _replaced, _frozen, _hooked, _hooked_weights, _hooked_backward, _written, _loaded, _moved, _modes, _forward, _buffer,
    _extra,
]  # fmt: skip
for _change in CHANGES:
    PROGRAMS[f"a_module{_change.__name__}"] = functools.partial(trained, change=_change)


@program
def running_statistics(run):
    tg.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    f = run(net)
    for k, x in enumerate(xs(6)):
        net.train(k != 3)
        f(x).sum().backward()
        yield from net.buffers()
        yield net[0].weight.grad
    net[1].momentum = 0.5
    f(tensor(X))
    yield net[1].running_mean


@program
def a_compiled_module_inside_a_module(run):
    tg.manual_seed(0)
    inner = nn.Linear(2, 2)
    f = run(inner)

    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.head = inner, nn.Linear(2, 1)

        def forward(self, x):
            return self.head(f(x).relu())

    outer = Outer()
    moves = optim.SGD(outer.parameters(), 0.1)
    for x in xs(4):
        moves.zero_grad()
        outer(x).sum().backward()
        moves.step()
        yield from outer.parameters()


@program
def tied_weights(run):
    w = nn.Parameter(tensor(W))
    f = run(lambda x: (x @ w).tanh() @ w.T)
    for x in xs(3):
        f(x).sum().backward()
        yield w.grad


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    same(PROGRAMS[name])
