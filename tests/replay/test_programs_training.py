"""Programs as strangers write them, compiled: training."""

import functools

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.programs import Net, W, X, entering, leaf, same, xs
from tinygrad_fr import nn, optim, tensor

PROGRAMS = {}
program = entering(PROGRAMS)


def steps(run, change, make=None, calls=8):
    """A whole training step, between whose calls something is changed."""
    tg.manual_seed(0)
    net = Net()
    moves = make(net) if make is not None else optim.Adam(net.parameters(), 0.05)

    @run
    def step(x, y):
        moves.zero_grad()
        loss = ((net(x) - y) ** 2).mean()
        loss.backward()
        moves.step()
        return loss

    for k in range(calls):
        change(net, moves, k)
        yield step(tensor(X * (1 + k % 2)), tensor(X[::-1].copy()))
        yield from net.parameters()


def _rate(net, moves, k):
    moves.param_groups[0]["lr"] *= 0.7


def _settings(net, moves, k):
    if k == 3:
        moves.param_groups[0]["weight_decay"] = 0.1
    if k == 5:
        moves.param_groups[0]["betas"] = (0.5, 0.9)


def _groups(net, moves, k):
    if k == 3:
        net.more = nn.Linear(2, 2)
        moves.add_param_group({"params": list(net.more.parameters()), "lr": 1.0})
    if k == 5:
        moves.param_groups[0]["params"].pop()


def _states(net, moves, k):
    if k == 4:
        moves.load_state_dict(moves.state_dict())
    if k == 6:
        moves.state.clear()


def _gradients(net, moves, k):
    if k == 3:
        net.a.weight.grad = tensor(np.ones((3, 2)))
    if k == 5:
        net.zero_grad(set_to_none=False)


TRAININGS = {
    "rates": (_rate, None),
    "settings": (_settings, None),
    "groups": (_groups, None),
    "states": (_states, None),
    "gradients": (_gradients, None),
    "momentum": (_settings, lambda net: optim.SGD(net.parameters(), 0.1, momentum=0.9, nesterov=True)),
    "two_rates": (
        _rate,
        lambda net: optim.SGD([{"params": net.a.parameters(), "lr": 0.2}, {"params": net.b.parameters()}], 0.1),
    ),
    "averages": (_rate, lambda net: optim.RMSprop(net.parameters(), 0.01)),
}
for _name, (_what, _make) in TRAININGS.items():
    PROGRAMS[f"a_training_{_name}"] = functools.partial(steps, change=_what, make=_make)


@program
def gradients_accumulated(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def step(x):
        loss = (x @ w).tanh().sum() / 3
        loss.backward()
        return loss

    for k, x in enumerate(xs(9)):
        yield step(x)
        if k % 3 == 2:
            nn.utils.clip_grad_norm_([w], 0.5)
            moves.step()
            moves.zero_grad(set_to_none=k != 5)
        yield from (w, w.grad)


@program
def gradients_set_to_zero_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)
    w.grad = tensor(W)

    @run
    def step(x):
        moves.zero_grad(set_to_none=False)
        (x @ w).exp().sum().backward()

    for x in xs(4):
        step(x)
        yield w.grad


@program
def gradients_given_inside(run):
    w, start = leaf(), tensor(W)

    @run
    def step(x):
        w.grad = start
        (x @ w).tanh().sum().backward()

    for k, x in enumerate(xs(4)):
        start = tensor(W * k)
        step(x)
        yield w.grad


@program
def a_gradient_that_somebody_holds(run):
    w = leaf()
    f = run(lambda x: (x @ w).tanh().sum().backward())
    f(tensor(X))
    held = w.grad
    for x in xs(4):
        f(x)
        yield from (held, w.grad)


@program
def memory_shared_with_numpy(run):
    for side in (3, 5000):
        array = np.ones((side, 2))
        x, w = tg.from_numpy(array), leaf()
        f, g = run(lambda x: x.clone()), run(lambda x, w=w: (x @ w).exp())
        for k in range(3):
            kept, y = f(x), g(x)
            array[0] = k + 2
            yield kept
            seen = w.detach().numpy()
            y.mean().backward()
            with tg.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
            yield from (w, tensor(seen), f(x))


@program
def gradients_clipped_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def step(x):
        moves.zero_grad(set_to_none=False)
        (x @ w).exp().sum().backward()
        norm = nn.utils.clip_grad_norm_([w], 1.0)
        moves.step()
        return norm

    for x in xs(4):
        yield from (step(x), w)


@program
def a_schedule_inside(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)
    rates = optim.lr_scheduler.ExponentialLR(moves, 0.5)

    @run
    def step(x):
        moves.zero_grad()
        (x @ w).tanh().sum().backward()
        moves.step()
        rates.step()

    for x in xs(4):
        step(x)
        yield w


@program
def a_closure_of_an_optimizer(run):
    w = leaf()
    moves = optim.SGD([w], 0.1)

    @run
    def loss(x):
        moves.zero_grad()
        found = ((x @ w) ** 2).mean()
        found.backward()
        return found

    for x in xs(3):
        yield moves.step(lambda x=x: loss(x))
        yield w


@program
def two_networks_against_each_other(run):
    tg.manual_seed(0)
    made, judged = nn.Linear(2, 2), nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    g, d = run(made), run(judged)
    a, b = optim.Adam(made.parameters(), 0.01), optim.Adam(judged.parameters(), 0.01)
    for x in xs(4):
        b.zero_grad()
        (d(g(x).detach()).mean() - d(x).mean()).backward()
        b.step()
        a.zero_grad()
        (-d(g(x)).mean()).backward()
        a.step()
        yield from (*made.parameters(), *judged.parameters())


@program
def an_average_of_weights(run):
    w, shadow = leaf(), tensor(W)

    @run
    def step(x):
        w.grad = None
        (x @ w).tanh().sum().backward()
        with tg.no_grad():
            w.sub_(0.1 * w.grad)
            shadow.mul_(0.9).add_(w, alpha=0.1)

    for x in xs(4):
        step(x)
        yield from (w, shadow)


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    same(PROGRAMS[name])
