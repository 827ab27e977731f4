"""Optimizers and schedules in random sequences of what people do with them: the parameters and rates are torch's."""

import random
import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr import optim

OPTIMIZERS = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}, {"momentum": 0.5, "dampening": 0.3}, {"maximize": True}],
    "Adam": [{}, {"amsgrad": True}, {"weight_decay": 0.1, "betas": (0.5, 0.7)}, {"maximize": True}, {"eps": 1e-3}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "AdamW": [{}, {"amsgrad": True, "weight_decay": 0.3}, {"maximize": True}],
    "Adagrad": [{}, {"lr_decay": 0.2, "weight_decay": 0.1}, {"initial_accumulator_value": 0.5}, {"maximize": True}],
    "Adadelta": [{}, {"rho": 0.5, "weight_decay": 0.1}, {"maximize": True}],
    "Adamax": [{}, {"betas": (0.5, 0.7), "weight_decay": 0.1}, {"maximize": True}],
    "RAdam": [{}, {"betas": (0.5, 0.7), "weight_decay": 0.1}, {"decoupled_weight_decay": True}, {"maximize": True}],
    "Adafactor": [{}, {"weight_decay": 0.1, "d": 2.0}, {"eps": (1e-3, 0.1), "beta2_decay": -0.5}, {"maximize": True}],
    "RMSprop": [{}, {"momentum": 0.9}, {"centered": True}, {"weight_decay": 0.1, "alpha": 0.5}, {"maximize": True}],
}  # fmt: skip
SCHEDULES = [
    ("StepLR", (2, 0.5)), ("StepLR", (1, 0.5)), ("MultiStepLR", ([1, 3, 3, 6], 0.3)), ("ExponentialLR", (0.9,)),
    ("LinearLR", (0.25, 1.0, 4)), ("LinearLR", ()), ("LinearLR", (1.0, 0.1, 3)), ("CosineAnnealingLR", (3,)), ("CosineAnnealingLR", (5, 0.01)),
    ("ConstantLR", (0.25, 3)), ("PolynomialLR", (4, 2.0)), ("MultiplicativeLR", (lambda epoch: 0.9,)), ("CosineAnnealingWarmRestarts", (2, 2, 0.01)),
    ("CyclicLR", (0.1, 0.4, 2, 3, "triangular", 1.0, None, "cycle", False)), ("CyclicLR", (0.2, 0.5, 2, None, "triangular2", 1.0, None, "cycle", False)),
    ("CyclicLR", (0.01, 0.1, 1, 2, "exp_range", 0.9, None, "cycle", False)), ("LambdaLR", (lambda epoch: 1 / (1 + epoch),)), ("ReduceLROnPlateau", ("min", 0.5, 1)), ("ReduceLROnPlateau", ("max", 0.1, 0, 0.1, "abs", 1, 0.01)),
]  # fmt: skip


class Twin:
    """One program in one library."""

    def __init__(self, library, optimizers, name, settings, seed):
        generator = np.random.default_rng(seed)
        self.library, self.optimizers = library, optimizers
        self.leaves = [library.tensor(generator.normal(size=3), requires_grad=True) for _each in range(4)]
        groups = [{"params": self.leaves[:1]}, {"params": [self.leaves[1]], "lr": 0.3, "weight_decay": 0.05}]
        self.optimizer = getattr(optimizers, name)(groups, lr=0.1, **settings)
        self.schedules = []

    def loss(self):
        total = sum(((x - 1.5) ** 2 * (i + 1)).sum() for i, x in enumerate(self.leaves))
        return total + (self.leaves[0] * self.leaves[1]).sum()

    def do(self, action, *args):
        getattr(self, action)(*args)
        return [x.detach().numpy().copy() for x in self.leaves], [g["lr"] for g in self.optimizer.param_groups]

    def step(self):
        self.loss().backward()
        self.optimizer.step()

    def closure(self):
        def closure():
            self.optimizer.zero_grad()
            loss = self.loss()
            loss.backward()
            return loss

        self.optimizer.step(closure)

    def zero(self, to_none):
        self.optimizer.zero_grad(set_to_none=to_none)

    def only(self):
        self.optimizer.step()

    def one(self):
        self.loss().backward(inputs=self.leaves[0])

    def schedule(self, name, args):
        self.schedules.append(getattr(self.optimizers.lr_scheduler, name)(self.optimizer, *args))

    def epoch(self, metric):
        for schedule in self.schedules:
            if type(schedule).__name__ == "ReduceLROnPlateau":
                schedule.step(metric)
            else:
                schedule.step()

    def by_hand(self, group, rate):
        self.optimizer.param_groups[group]["lr"] = rate

    def setting(self, group, decay):
        if "weight_decay" in self.optimizer.param_groups[group]:
            self.optimizer.param_groups[group]["weight_decay"] = decay

    def group(self, place):
        if place < 4 and not self.schedules:
            self.optimizer.add_param_group({"params": self.leaves[place], "lr": 0.05})

    def again(self):
        """Out of the optimizer's and the schedules' state into new ones."""
        self.optimizer.load_state_dict(self.optimizer.state_dict())
        for schedule in self.schedules:
            schedule.load_state_dict(schedule.state_dict())

    def last(self):
        return [schedule.get_last_lr() for schedule in self.schedules]


def actions(draw):
    """A random program."""
    added = 2
    for _each in range(draw.randint(8, 25)):
        kind = draw.choice(
            ["step"] * 5
            + [
                "closure",
                "zero",
                "zero",
                "only",
                "one",
                "schedule",
                "epoch",
                "epoch",
                "epoch",
                "by_hand",
                "setting",
                "group",
                "again",
            ]
        )
        if kind == "zero":
            yield kind, draw.random() < 0.5
        elif kind == "schedule":
            yield (kind, *draw.choice(SCHEDULES))
        elif kind == "epoch":
            yield kind, draw.random()
        elif kind == "by_hand":
            yield kind, draw.randrange(2), draw.choice([0.02, 0.2])
        elif kind == "setting":
            yield kind, draw.randrange(2), draw.choice([0.0, 0.1])
        elif kind == "group":
            yield kind, added
            added += 1
        else:
            yield (kind,)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("seed", range(40))
def test_random_programs(name, seed):
    draw = random.Random(f"{name} {seed}")
    settings = OPTIMIZERS[name][seed % len(OPTIMIZERS[name])]
    ours = Twin(tg, optim, name, settings, seed)
    theirs = Twin(torch, torch.optim, name, settings, seed)
    done = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for action in actions(draw):
            done.append(action[:2])
            found, expected = ours.do(*action), theirs.do(*action)
            np.testing.assert_allclose(found[1], [float(rate) for rate in expected[1]], rtol=1e-12, err_msg=str(done))
            for a, b in zip(found[0], expected[0], strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-10, err_msg=str(done))
            for a, b in zip(ours.leaves, theirs.leaves, strict=True):
                assert (a.grad is None) == (b.grad is None), done
                if b.grad is not None:
                    np.testing.assert_allclose(
                        a.grad.detach().numpy(), b.grad.detach().numpy(), rtol=1e-9, atol=1e-10, err_msg=str(done)
                    )
            for a, b in zip(ours.last(), theirs.last(), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12)


REFUSED = {
    "two groups": lambda m, o, w: o.SGD([{"params": [w]}, {"params": [w]}], lr=0.1),
    "no leaf": lambda m, o, w: o.SGD([w * 2], lr=0.1),
    "one tensor": lambda m, o, w: o.SGD(w, lr=0.1),
    "a number": lambda m, o, w: o.SGD([3.0], lr=0.1),
    "none": lambda m, o, w: o.SGD([], lr=0.1),
    "negative rate": lambda m, o, w: o.Adam([w], lr=-0.1),
    "text": lambda m, o, w: o.SGD([w], lr="fast"),
    "negative decay": lambda m, o, w: o.SGD([w], lr=0.1, weight_decay=-1),
    "betas": lambda m, o, w: o.Adam([w], betas=(1.0, 0.9)),
    "nesterov": lambda m, o, w: o.SGD([w], lr=0.1, nesterov=True),
    "a set": lambda m, o, w: o.SGD([{"params": {w}}], lr=0.1),
    "factor": lambda m, o, w: o.lr_scheduler.ReduceLROnPlateau(o.SGD([w], lr=0.1), factor=1.0),
    "mode": lambda m, o, w: o.lr_scheduler.ReduceLROnPlateau(o.SGD([w], lr=0.1), mode="both"),
    "start": lambda m, o, w: o.lr_scheduler.LinearLR(o.SGD([w], lr=0.1), 0.0),
    "functions": lambda m, o, w: o.lr_scheduler.LambdaLR(o.SGD([w], lr=0.1), [lambda e: 1, lambda e: 2]),
    "empty inputs": lambda m, o, w: (w * 2).sum().backward(inputs=[]),
    "state": lambda m, o, w: o.SGD([w], lr=0.1).load_state_dict({"state": {}, "param_groups": []}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_torch_refuses(name):
    call = REFUSED[name]
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whatever torch raises
        call(torch, torch.optim, torch.ones(2, requires_grad=True))
    with pytest.raises(theirs.type):
        call(tg, optim, tg.ones(2, requires_grad=True))


@pytest.mark.parametrize(
    "options",
    [{"total_steps": 10}, {"epochs": 2, "steps_per_epoch": 4, "anneal_strategy": "linear"}, {"total_steps": 12, "three_phase": True},
     {"total_steps": 9, "pct_start": 0.5, "div_factor": 5.0}],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("momentum", ["none", "momentum", "betas"])
def test_one_cycle(options, momentum):
    found = []
    for library in (tg, torch):
        p = library.tensor([1.0], requires_grad=True)
        optimizer = (
            library.optim.Adam([p], lr=1.0)
            if momentum == "betas"
            else library.optim.SGD([p], lr=1.0, momentum=0.9 * (momentum == "momentum"))
        )
        p.grad = library.tensor([0.0])
        scheduler = library.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.5, cycle_momentum=momentum != "none", **options
        )
        rates = []
        for _step in range(7):
            group = optimizer.param_groups[0]
            rates += [group["lr"], group.get("momentum", 0) or group.get("betas", (0,))[0]]
            optimizer.step()
            scheduler.step()
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_schedules_one_after_the_other():
    found = []
    for library in (tg, torch):
        p = library.tensor([1.0], requires_grad=True)
        optimizer = library.optim.SGD([p], lr=1.0)
        p.grad = library.tensor([0.0])
        s = library.optim.lr_scheduler
        warm, flat, down = (
            s.LinearLR(optimizer, 0.1, total_iters=3),
            s.ConstantLR(optimizer, 0.5, 2),
            s.ExponentialLR(optimizer, 0.9),
        )
        scheduler, rates = s.SequentialLR(optimizer, [warm, flat, down], milestones=[3, 6]), []
        for _epoch in range(10):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        found.append(rates)
    np.testing.assert_allclose(*found, rtol=1e-9)


@pytest.mark.parametrize("settings", [{}, {"lr": 0.5, "max_iter": 5}, {"history_size": 2, "lr": 0.3}], ids=str)
def test_quasi_newton(settings):
    found = []
    for library in (tg, torch):
        w = library.tensor([3.0, -2.0, 0.5], requires_grad=True, dtype=library.float64)
        scale = library.tensor([1.0, 10.0, 0.3], dtype=library.float64)
        optimizer, losses = library.optim.LBFGS([w], **settings), []

        def closure(w=w, scale=scale, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (scale * (w - 1) ** 2).sum() + (w[0] * w[1]) ** 2
            loss.backward()
            return loss

        for _call in range(3):
            losses.append(optimizer.step(closure).item())
        found.append([*losses, *w.tolist()])
    np.testing.assert_allclose(*found, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "settings", [{}, {"weight_decay": 0.1, "decoupled_weight_decay": True}, {"maximize": True}], ids=str
)
def test_nadam(settings):
    """To the digits of float32, in which PyTorch keeps one of its factors."""
    found = []
    for library in (tg, torch):
        w = library.tensor([3.0, -2.0, 0.5], requires_grad=True, dtype=library.float64)
        optimizer = library.optim.NAdam([w], lr=0.1, **settings)
        for _step in range(8):
            optimizer.zero_grad()
            ((w - 1) ** 2).sum().backward()
            optimizer.step()
        found.append(w.tolist())
    np.testing.assert_allclose(*found, rtol=1e-6)


@pytest.mark.parametrize("kind", ["LambdaLR", "MultiplicativeLR"])
@pytest.mark.parametrize("given", ["one", "each", "too few"])
def test_schedules_take_one_function_for_all_groups_or_one_each(kind, given):
    functions = [lambda epoch: 0.5 + 0.1 * epoch, lambda epoch: 1 / (2 + epoch)]
    found = []
    for package in (torch, tg):
        groups = [{"params": [package.ones(1, requires_grad=True)], "lr": rate} for rate in (1.0, 3.0)]
        optimizer = package.optim.SGD(groups)
        make = getattr(package.optim.lr_scheduler, kind)
        if given == "too few":
            with pytest.raises(ValueError, match=r"."):
                make(optimizer, functions[:1])
            continue
        scheduler, rates = make(optimizer, functions[0] if given == "one" else functions), []
        for _step in range(4):
            optimizer.step()
            scheduler.step()
            rates += scheduler.get_last_lr()
        found.append(rates)
    assert not found or found[1] == pytest.approx(found[0])


def test_every_schedule_is_a_scheduler():
    for package in (torch, tg):
        ways = package.optim.lr_scheduler
        optimizer = package.optim.SGD([package.ones(1, requires_grad=True)], lr=1.0)
        made = [ways.StepLR(optimizer, 1), ways.ReduceLROnPlateau(optimizer), ways.ExponentialLR(optimizer, 0.5)]
        made += [ways.ChainedScheduler(made[:1]), ways.SequentialLR(optimizer, [made[0], made[2]], [2])]
        assert all(isinstance(each, ways.LRScheduler) for each in made)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_gradient_of_zeros_moves_nothing(search):
    for package in (torch, tg):
        x = package.ones(2, requires_grad=True)
        optimizer = package.optim.LBFGS([x], tolerance_grad=-1, line_search_fn=search)

        def closure(x=x, optimizer=optimizer):
            optimizer.zero_grad()
            loss = (x * 0).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        assert x.tolist() == [1, 1]


@pytest.mark.parametrize("index", [0, [0], [0, 0], []])
def test_a_gradient_reaches_a_single_number_that_was_gathered(index):
    found = []
    for package in (torch, tg):
        x = package.tensor(2.0, requires_grad=True)
        (x.gather(0, package.tensor(index, dtype=package.int64)) * 3).sum().backward()
        found.append(x.grad.item())
    assert found[1] == found[0]
