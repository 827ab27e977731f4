"""What a compiled step depends on outside tensors, and what it may not do: Python's values, its effects, modes, randomness."""

import random
import time

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.guarded import hold, scripts
from tinygrad_fr import nn, optim, tensor

X = tensor([1.0, 2.0])
ONES = tensor(np.ones((2, 2), np.float32))
SCRIPTS, script = scripts()


@script(6, recorded=2)
def a_captured_number():
    k = 2.0

    def step(x):
        return x * k

    def act(run, i):
        nonlocal k
        found = run(X)
        k += i < 4
        return found

    return step, act


class Namespace:
    rate = 1.0


@script(4, recorded=4)
def a_class_as_a_namespace():
    Namespace.rate = 1.0

    def act(run, i):
        found = run(X)
        Namespace.rate += 1
        return found

    return (lambda x: x * Namespace.rate), act


@script(4, said="it changes counted")
def a_list_appended_to():
    counted = []

    def step(x):
        counted.append(1)
        return x * len(counted)

    return step, lambda run, i: run(X)


@script(8, recorded=3)
def modes_and_another_parameter():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.BatchNorm1d(2))

    def step(x):
        with tg.no_grad():
            return model(x)

    def act(run, i):
        if i == 2:
            model.eval()
        if i == 4:
            model.train()
        if i == 6:
            model[0].weight = nn.Parameter(model[0].weight.detach() * 2)
        return run(ONES)

    return step, act


@script(10)
def requires_grad_hooks_rates_and_settings():
    model = nn.Linear(2, 1)
    moves = optim.SGD(model.parameters(), 0.1)

    def step(x):
        moves.zero_grad()
        loss = (model(x) ** 2).sum()
        loss.backward()
        moves.step()
        return loss

    def act(run, i):
        if i == 2:
            model.weight.requires_grad_(False)
        if i == 4:
            model.weight.requires_grad_(True)
        if i == 5:
            model.weight.register_hook(lambda g: g * 0)
        if i == 7:
            moves.param_groups[0]["lr"] = 0.01
        if i == 8:
            moves.param_groups[0]["weight_decay"] = 0.5
        return run(ONES)

    return step, act


def _draws(source):
    return (lambda x: x * source()), lambda run, i: run(X)


@script(3, said="it uses random.random")
def python_draws():
    random.seed(0)
    return (lambda x: x * random.random()), lambda run, i: run(X)


@script(3, said="it uses np.random.rand")
def numpy_draws():
    np.random.seed(0)
    return (lambda x: x * np.random.rand()), lambda run, i: run(X)


@script(3, said="it uses numbers, a list_iterator")
def an_iterator():
    numbers = iter([1.0, 2.0, 3.0])
    return (lambda x: x * next(numbers)), lambda run, i: run(X)


@script(2, said="it uses time.monotonic")
def a_clock():
    def step(x):
        time.monotonic()
        return x * 2

    return step, lambda run, i: run(X)


@script(2, said="it uses print")
def a_print():
    def step(x):
        print(end="")
        return x * 2

    return step, lambda run, i: run(X)


class Trainer:
    def __init__(self):
        self.w = tensor([1.0, 2.0], requires_grad=True)
        self.moves = optim.Adam([self.w], 0.1)
        self.count, self.scale = 0, 1.0

    def step(self, x):
        self.moves.zero_grad()
        loss = ((self.w * x * self.scale) ** 2).sum()
        loss.backward()
        self.moves.step()
        return loss

    def counted(self, x):
        self.count += 1
        return self.step(x) * self.count


@script(6, recorded=2)
def a_method():
    trainer = Trainer()

    def act(run, i):
        if i == 3:
            trainer.scale = 0.5
        trainer.unread = i  # which no line of the step names
        return run(X)

    return trainer.step, act


@script(4, said="count")
def a_method_that_counts():
    trainer = Trainer()
    return trainer.counted, lambda run, i: run(X)


@script(4, recorded=4)
def an_array_written_to():
    array = np.array([1.0, 2.0], np.float32)

    def act(run, i):
        array[0] += 1
        return run(X)

    return (lambda x: x * tensor(array)), act


@script(4, recorded=2)
def a_default():
    def helper(x, k=[1.0]):  # noqa: B006 - what people write
        return x * k[0]

    def act(run, i):
        helper.__defaults__[0][0] = float(i)
        return run(X)

    return (lambda x: helper(x)), act


@script(5)
def keyword_arguments():
    def step(x, scale=1.0, *, flag=False):
        return x * scale + (1 if flag else 0)

    return step, lambda run, i: run(X, scale=float(i), flag=i % 2 == 0)


@script(4, said="it uses a scheduler of learning rates")
def a_scheduler_inside():
    w = tensor([1.0, 2.0], requires_grad=True)
    moves = optim.SGD([w], 0.1)
    schedule = optim.lr_scheduler.StepLR(moves, 1, 0.5)

    def step(x):
        moves.zero_grad()
        loss = ((w * x) ** 2).sum()
        loss.backward()
        moves.step()
        schedule.step()
        return loss

    return step, lambda run, i: run(X)


@script(4, said="it reads a value into Python")
def a_branch_on_a_value():
    return (lambda x: x * 2 if x.sum() > -100 else x), lambda run, i: run(X - 100 * (i % 2))


@script(4, said="it changes state")
def a_state_in_a_dict():
    state = {"h": tensor([0.0, 0.0])}

    def step(x):
        state["h"] = state["h"] * 0.5 + x
        return state["h"] * 1

    return step, lambda run, i: run(X)


@script(4, said="it assigns h, a variable from outside")
def a_state_in_a_closure():
    h = tensor([0.0, 0.0])

    def step(x):
        nonlocal h
        h = h * 0.5 + x
        return h * 1

    return step, lambda run, i: run(X)


@script(4, said="it changes an argument")
def an_argument_that_is_a_dict():
    def step(d):
        d["y"] = d["x"] * 2
        return d["y"] * 1

    def act(run, i):
        given = {"x": X * i}
        return run(given) + given["y"]

    return step, act


@script(4, recorded=2)
def the_default_dtype():
    def act(run, i):
        tg.set_default_dtype(tg.float64 if i % 2 else tg.float32)
        try:
            return run(X)
        finally:
            tg.set_default_dtype(tg.float32)

    return (lambda x: x * tg.ones(2) * 0.1), act


@script(4, recorded=2)
def a_list_of_functions():
    functions = [lambda x: x * 2, lambda x: x + 1]

    def step(x):
        for each in functions:
            x = each(x)
        return x

    def act(run, i):
        if i == 2:
            functions.append(lambda x: x * 10)
        return run(X)

    return step, act


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name):
    hold(*SCRIPTS[name])
