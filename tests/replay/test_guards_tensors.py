"""Tensors, views and gradients of a compiled step: each script gives the numbers of the eager one."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tests.replay.guarded import hold, scripts
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import CompileWarning

X = tensor([1.0, 2.0])
ONES = tensor(np.ones((2, 2), np.float32))
SCRIPTS, script = scripts()


@script(4, recorded=1)
def an_argument_changed_in_place():
    def step(x):
        x += 1
        return x * X

    def act(run, i):
        given = tensor([1.0 * i, 2.0])
        return run(given) + given

    return step, act


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


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name):
    hold(*SCRIPTS[name])
