"""What a compiled step is held to: each script gives the numbers of the eager one, and is run as it should be."""

import random
import time
import warnings

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import CompileWarning

X = tensor([1.0, 2.0])
ONES = tensor(np.ones((2, 2), np.float32))
SCRIPTS = {}


def script(calls, *, said=None, recorded=None):
    """Enter a script: a function that gives a step and how to call it; what is said where it runs eagerly."""

    def enter(build):
        SCRIPTS[build.__name__] = build, calls, said, recorded
        return build

    return enter


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


@script(4, recorded=1)
def an_argument_changed_in_place():
    def step(x):
        x += 1
        return x * X

    def act(run, i):
        given = tensor([1.0 * i, 2.0])
        return run(given) + given

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
def updates_by_hand():
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        loss = (w * x).sum()
        loss.backward()
        with tg.no_grad():
            w.sub_(0.1 * w.grad)
        w.grad.zero_()
        return loss

    return step, lambda run, i: run(X)


@script(5, recorded=1)
def data_assigned():
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        loss = (w * x).sum()
        loss.backward()
        w.data -= 0.1 * w.grad.data
        w.grad = None
        return loss

    return step, lambda run, i: run(X)


@script(4)
def gradients_that_add_up_and_are_forgotten():
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        (w * x).sum().backward()
        return w.grad

    def act(run, i):
        if i == 2:
            w.grad = None
        found = run(X)
        w.grad.mul_(2)  # the very gradient that was returned
        return found * 1

    return step, act


@script(3, said="it differentiates a backward pass")
def second_derivatives():
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        (g,) = tg.autograd.grad(((w * x) ** 3).sum(), w, create_graph=True)
        return tg.autograd.grad(g.sum(), w)[0]

    return step, lambda run, i: run(X * (i + 1))


FUNCTIONAL = {
    "hessian": lambda x: tg.functional.hessian(lambda y: (y**3).sum(), x),
    "jacobian": lambda x: tg.functional.jacobian(lambda y: y**3, x),
    "grad": lambda x: tg.functional.grad(lambda y: (y**3).sum())(x),
    "jvp": lambda x: tg.functional.jvp(lambda y: y**3, x, ONES[0])[1],
}


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_functional(name):
    step = FUNCTIONAL[name]
    replayed = tg.compile(step)
    with pytest.warns(CompileWarning, match="it differentiates a backward pass"):
        found = [replayed(X * k).tolist() for k in (1, 2, 3)]
    assert found == [step(X * k).tolist() for k in (1, 2, 3)]


class Square(tg.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return g * 2 * ctx.saved_tensors[0]


@script(3, said="it applies Square, an operation of one’s own")
def a_function_of_ones_own():
    w = tensor([1.0, 2.0], requires_grad=True)

    def step(x):
        w.grad = None
        Square.apply(w * x).sum().backward()
        return w.grad

    return step, lambda run, i: run(X * (i + 1))


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


@script(4, recorded=1)
def a_detached_value_read_before_and_after_an_update():
    w = tensor([1.0, 2.0, 3.0], requires_grad=True)
    moves = optim.SGD([w], 0.1)

    def step(x):
        other = w.detach()
        before = other * 2
        moves.zero_grad()
        (w * w * x).sum().backward()
        moves.step()
        return other * 3 + before

    return step, lambda run, i: run(tensor(float(i)))


@script(4, recorded=1)
def a_new_tensor_that_changes():
    def step(x):
        buffer = tg.zeros(2)
        before = buffer + x
        buffer.add_(1)
        return before + buffer * x

    return step, lambda run, i: run(X * i)


TABLE = np.arange(12, dtype=np.float32).reshape(6, 2)


@script(4, recorded=1)
def slices_as_arguments():
    table = tensor(TABLE)
    return (lambda x: (x * 2).sum(0)), lambda run, i: run(table[i : i + 2])


@script(4, said="it changes a tensor through a view")
def slices_that_are_written_to():
    table = tensor(TABLE)

    def step(x):
        x.add_(1)
        return x * 1

    def act(run, i):
        run(table[i : i + 2])
        return table * 1

    return step, act


@script(4, said="it returns a view of a tensor from outside")
def a_view_returned():
    table = tensor(TABLE)

    def act(run, i):
        run(table).add_(1)
        return table * 1

    return (lambda x: x[1:]), act


@script(4, recorded=1)
def a_captured_view():
    table = tensor(TABLE)
    part = table[2:4]

    def act(run, i):
        table.add_(1)
        return run(tensor(2.0))

    return (lambda x: part * x), act


@script(4, recorded=1)
def writes_through_views_of_what_is_captured():
    table = tensor(TABLE)

    def step(x):
        table[1:3].add_(x)
        table.T[0] = 5.0
        return table * 1

    return step, lambda run, i: run(tensor(1.0 + i))


@script(6)
def module_hooks():
    model, w = nn.Linear(2, 2), tensor(np.ones((2, 2), np.float32), requires_grad=True)

    def step(x):
        model.zero_grad()
        model(x * w).sum().backward()
        return w.grad

    def act(run, i):
        w.grad = None
        if i == 2:
            model.register_full_backward_hook(lambda module, given, sent: (given[0] * 2,))
        if i == 4:
            model.register_forward_hook(lambda module, given, found: found * 3)
        return run(ONES) * 1

    return step, act


@script(4, said="it reads a value into Python")
def a_branch_on_a_value():
    return (lambda x: x * 2 if x.sum() > -100 else x), lambda run, i: run(X - 100 * (i % 2))


@script(3, said="it returns one tensor twice")
def one_tensor_twice():
    def step(x):
        y = x * 2
        return y, y

    def act(run, i):
        first, second = run(X)
        first.add_(1)
        return second

    return step, act


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


@script(4, recorded=1)
def what_is_captured_is_returned():
    w = tensor([1.0, 2.0])

    def step(x):
        w.copy_(x)
        return w

    def act(run, i):
        found = run(X * i)
        w.add_(1)
        return found * 1

    return step, act


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


@script(4, recorded=1)
def a_gradient_that_is_read():
    w = tensor([1.0, 2.0], requires_grad=True)

    def act(run, i):
        w.grad = tensor([float(i), 1.0])
        return run(X)

    return (lambda x: w.grad * x), act


@script(6, recorded=1)
def an_embedding():
    table = nn.Embedding(5, 2)
    moves = optim.SGD(table.parameters(), 0.1)

    def step(index):
        moves.zero_grad()
        loss = (table(index) ** 2).sum()
        loss.backward()
        moves.step()
        return loss

    return step, lambda run, i: run(tensor([i % 5, (i * 2) % 5]))


def played(build, calls, *, compiled):
    tg.manual_seed(0)
    step, act = build()
    run = tg.compile(step) if compiled else step
    return [np.array(act(run, i).detach().numpy()) for i in range(calls)], run


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name):
    build, calls, said, recorded = SCRIPTS[name]
    expected, _step = played(build, calls, compiled=False)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found, run = played(build, calls, compiled=True)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-6)
    assert said is None or [said in str(each.message) for each in heard] == [True]
    if said is not None:
        assert run.replays == 0
        assert all(each.category is CompileWarning for each in heard)
    if recorded is not None:
        assert (run.recordings, run.replays) == (recorded, calls - recorded)
