"""What a compiled step is held to: each script gives the numbers of the eager one, and is run as it should be."""

import copy
import random
import time
import warnings

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.nn import functional as F
from tinygrad_fr.replay.purity import HOUSES

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


# Kinds of arguments


def test_which_arguments_are_one_tensor():
    step = lambda a, b: a * 10 + b  # noqa: E731
    replayed = tg.compile(step)
    x, y = tensor([1.0]), tensor([2.0])
    for pair in [(x, x), (x, y), (y, y), (y, x)]:
        assert replayed(*pair).tolist() == step(*pair).tolist()
    captured = tg.compile(lambda b: x * 10 + b)
    assert [captured(each).item() for each in (y, x, y, x)] == [12, 11, 12, 11]


def test_gradients_where_arguments_are_one_tensor():
    def step(a, b):
        (a * a * b).sum().backward()

    replayed = tg.compile(step)
    x, y = (tensor([k], requires_grad=True) for k in (2.0, 3.0))
    for pair in [(x, x), (x, y), (y, x)] * 2:
        for leaf in (x, y):
            leaf.grad = None
        step(*pair)
        expected = [None if leaf.grad is None else leaf.grad.item() for leaf in (x, y)]
        for leaf in (x, y):
            leaf.grad = None
        replayed(*pair)
        assert [None if leaf.grad is None else leaf.grad.item() for leaf in (x, y)] == expected


def test_numbers_of_other_types_and_signs():
    step = lambda x, k: x * k  # noqa: E731
    replayed = tg.compile(step)
    x = tensor([3, -4])
    for k in (1, True, 1.0, 0.0, -0.0, 2.5, 1):
        found, expected = replayed(x, k), step(x, k)
        assert (found.tolist(), found.dtype) == (expected.tolist(), expected.dtype)
        assert np.signbit(found.detach().numpy()).tolist() == np.signbit(expected.detach().numpy()).tolist()


def test_results_carry_their_gradient():
    w = tensor([2.0], requires_grad=True)
    replayed = tg.compile(lambda x: w * x)
    for _each in range(3):
        w.grad = None
        (replayed(tensor([4.0])).sum() + (w * w).sum()).backward()
        assert w.grad.tolist() == [8.0]


def test_a_compiled_module_trains():
    tg.manual_seed(0)
    model = nn.Linear(2, 1)
    twin = model.copy()
    replayed = tg.compile(model)
    for each in (model, twin):
        moves, run = optim.SGD(each.parameters(), 0.1), replayed if each is model else each
        for _step in range(3):
            moves.zero_grad()
            (run(ONES) ** 2).sum().backward()
            moves.step()
    assert model.weight.tolist() == twin.weight.tolist()
    assert list(replayed.state_dict()) == ["weight", "bias"]
    assert len(list(replayed.parameters())) == 2
    assert replayed.eval() is not None
    assert model.training is False


def test_a_compiled_module_is_a_module():
    """In another module, under a name or in a list, it has its parameters, its mode and its names."""
    tg.manual_seed(0)
    layer = tg.compile(nn.Linear(2, 2))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.rest = layer, nn.Sequential(nn.Tanh(), tg.compile(nn.Linear(2, 1)))

        def forward(self, x):
            return self.rest(self.layer(x))

    model = Model()
    assert [name for name, _p in model.named_parameters()] == [
        "layer.weight",
        "layer.bias",
        "rest.1.weight",
        "rest.1.bias",
    ]
    model.eval()
    assert (layer.training, layer.step.training, isinstance(layer, nn.Linear)) == (False, False, True)
    layer.weight = nn.Parameter(tensor([[1.0, 2.0], [3.0, 4.0]]))
    twin = copy.deepcopy(model)
    moves = optim.SGD(model.parameters(), 0.1)
    for _step in range(3):
        moves.zero_grad()
        model(ONES).sum().backward()
        moves.step()
    assert layer.replays == 2
    assert layer.step.weight is layer.weight
    assert layer.weight.tolist() != [[1.0, 2.0], [3.0, 4.0]]
    assert twin.layer.weight.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert repr(twin.layer) == "<compiled Linear: 0 recorded, 0 replayed, 0 eager>"
    assert not hasattr(layer, "replayed")


def test_the_spent_record_of_a_replayed_step_is_refused():
    w = tensor([2.0], requires_grad=True)

    @tg.compile
    def step(x):
        w.grad = None
        loss = (w * x).sum()
        loss.backward()
        return loss

    for _each in range(2):
        loss = step(tensor([3.0]))
    assert loss.requires_grad
    with pytest.raises(tg.errors.GradientError, match="went backward itself"):
        (loss + w.sum()).backward()


# Indices and masks are inputs like any other

TABLE23 = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
ROWS = [tensor(x) for x in ([0, 1], [1, 0], [1, 1])]
COLUMNS = [tensor(x) for x in ([[0], [1]], [[2], [0]], [[1], [1]])]
MASKS = [k < TABLE23 for k in (2, 3, 5)]


def _written(x, index):
    y = x * 1
    y[index] = 5.0
    return y


INDEXED = {
    "rows": (lambda i: TABLE23[i], ROWS),
    "columns": (lambda i: TABLE23[:, i], ROWS),
    "one": (lambda i: TABLE23[i] * 2, [tensor(0), tensor(1), tensor(-1)]),
    "gather": (lambda i: tg.gather(TABLE23, 1, i), COLUMNS),
    "take": (lambda i: tg.take(TABLE23, i), ROWS),
    "take_along_dim": (lambda i: tg.take_along_dim(TABLE23, i, 1), COLUMNS),
    "index_select": (lambda i: TABLE23.index_select(1, i), ROWS),
    "scatter": (lambda i: tg.scatter(TABLE23, 1, i, 1.0), COLUMNS),
    "scatter_add": (lambda i: tg.scatter_add(TABLE23, 1, i, tensor([[1.0], [2.0]])), COLUMNS),
    "index_add": (lambda i: tg.index_add(TABLE23, 0, i, TABLE23), ROWS),
    "index_copy": (lambda i: tg.index_copy(TABLE23, 0, i, TABLE23), ROWS[:2]),
    "index_fill": (lambda i: tg.index_fill(TABLE23, 0, i, 7.0), ROWS),
    "index_put": (lambda i: tg.index_put(TABLE23, (i,), tensor([9.0, 9.0, 9.0])), ROWS),
    "index_put added": (lambda i: tg.index_put(TABLE23, (i,), tensor([9.0, 9.0, 9.0]), True), ROWS),
    "written": (lambda i: _written(TABLE23, i), ROWS),
    "written by a mask": (lambda m: _written(TABLE23, m), MASKS),
    "masked_fill": (lambda m: TABLE23.masked_fill(m, 0.0), MASKS),
    "one_hot": (lambda i: F.one_hot(i, 3), ROWS),
    "embedding": (lambda i: F.embedding(i, TABLE23, padding_idx=0), ROWS),
    "nll_loss": (lambda y: F.nll_loss(TABLE23, y), ROWS),
    "argsort": (lambda x: x.argsort(), [TABLE23, TABLE23 * -1, TABLE23 * 0]),
    "topk": (lambda x: tuple(x.topk(2)), [TABLE23, TABLE23 * -1]),
}
SIZED = {
    "masked_select": (lambda m: tg.masked_select(TABLE23, m), MASKS),
    "by a mask": (lambda x: x[x > 2], [TABLE23, TABLE23 * 2]),
    "one_hot": (lambda i: F.one_hot(i), ROWS),
    "nonzero": (lambda m: m.nonzero(), MASKS),
    "bincount": (lambda i: tg.bincount(i), ROWS),
    "unique": (lambda i: tg.unique(i), ROWS),
    "repeat_interleave": (lambda i: tg.repeat_interleave(tensor([5, 6]), i), ROWS),
}


def _raw(found):
    return [y.tolist() for y in (found if isinstance(found, tuple) else (found,))]


@pytest.mark.parametrize("name", INDEXED)
def test_indices_are_inputs(name):
    step, given = INDEXED[name]
    replayed = tg.compile(step)
    assert [_raw(replayed(x)) for x in given] == [_raw(step(x)) for x in given]
    assert (replayed.recordings, replayed.replays) == (1, len(given) - 1)


@pytest.mark.parametrize("name", SIZED)
def test_sizes_that_depend_on_data_run_eagerly(name):
    step, given = SIZED[name]
    replayed = tg.compile(step)
    with pytest.warns(CompileWarning, match="it reads a value into Python"):
        found = [_raw(replayed(x)) for x in given]
    assert found == [_raw(step(x)) for x in given]


def test_labels_that_are_ignored_now_and_then():
    step = lambda y: F.cross_entropy(TABLE23, y)  # noqa: E731
    replayed = tg.compile(step)
    for y in ([0, 1], [-100, 1], [1, 0], [-100, 2]):
        assert replayed(tensor(y)).item() == pytest.approx(step(tensor(y)).item(), rel=1e-6)
    assert (replayed.recordings, replayed.replays) == (2, 2)


def test_recordings_are_bounded():
    numbers = [1]
    replayed = tg.compile(lambda x: x.sum() + tg.zeros(numbers[0]))
    with pytest.warns(CompileWarning, match="recorded 8 times in a row"):
        found = [replayed(X).tolist() for numbers[0] in range(1, 13)]
    assert found == [[3.0] * k for k in range(1, 13)]
    assert (replayed.recordings, replayed.eager) == (8, 4)
    assert repr(replayed) == "<compiled <lambda>: 8 recorded, 0 replayed, 4 eager>"


def test_verified_calls():
    """Every second replay is compared with the eager step, which leaves nothing behind."""
    tg.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Dropout(0.5), nn.Linear(3, 1))
    twin = model.copy()
    losses = []
    for each, options in ((model, {"verify": 2}), (twin, {})):
        tg.manual_seed(1)
        moves = optim.Adam(each.parameters(), 0.1)

        def step(x, each=each, moves=moves):
            moves.zero_grad()
            loss = (each(x) ** 2).sum()
            loss.backward()
            moves.step()
            return loss

        run = tg.compile(step, **options)
        losses.append([run(tensor(np.eye(2, dtype=np.float32) * (i + 1))).item() for i in range(6)])
        assert run.replays == 5
    assert losses[0] == losses[1]


def test_a_verified_call_that_differs_names_what_made_it():
    replayed = tg.compile(lambda x: (x * 3).exp(), verify=1)
    replayed(X)
    ((program,),) = replayed.programs.values()
    view = program.result.place
    taken = program.assembly.taken
    program.assembly.taken = lambda place: taken(place) * 2 if place is view else taken(place)
    with pytest.raises(tg.errors.ReplayError, match=r"in result 1, made by exp, .*test_guards\.py") as error:
        replayed(X)
    assert "\n" not in str(error.value)


def test_verify_is_a_number_of_calls():
    with pytest.raises(tg.errors.UsageError, match="at least 0, got -1"):
        tg.compile(lambda x: x, verify=-1)


def test_a_verified_call_compares_the_backward_pass():
    tg.manual_seed(0)
    model = tg.compile(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)), verify=1)
    for _each in range(3):
        model(tensor(np.ones((5, 3), np.float32))).sum().backward()
    assert model.replays == 2
    ((program,),) = model.programs.values()
    way = program.back._run
    program.back._run = lambda values, kept: [None if g is None else g * 1.01 for g in way(values, kept)]
    with pytest.raises(tg.errors.ReplayError, match="the gradient that goes back to"):
        model(tensor(np.ones((5, 3), np.float32)))


def test_options_that_change_no_number_are_taken():
    @tg.compile(dynamic=True, mode="reduce-overhead", fullgraph=True)
    def doubled(x):
        return x * 2

    assert [doubled(X).tolist() for _each in range(2)] == [(X * 2).tolist()] * 2
    assert (doubled.recordings, doubled.replays) == (1, 1)
    assert tg.compile(doubled, disable=True) is doubled
    assert tg.compile(lambda x: x + 1, backend="eager", options={"trace": True})(X).tolist() == (X + 1).tolist()
    for wrong in ({"mode": "fast"}, {"backend": "mine"}, {"mode": "default", "options": {}}):
        with pytest.raises(tg.errors.UsageError, match="compile: expected"):
            tg.compile(lambda x: x, **wrong)


def test_a_full_graph_is_refused_where_a_step_would_run_eagerly():
    w = tensor([1.0, 2.0], requires_grad=True)
    moves = optim.SGD([w], 0.1, momentum=0.9)

    def step(x):
        loss = (w * x).sum()
        loss.backward()
        moves.step()
        return loss.item()

    run = tg.compile(step, fullgraph=True)
    for _turn in range(2):
        with pytest.raises(tg.errors.UsageError, match="would run eagerly: it reads a value into Python"):
            run(tensor([1.0, 1.0]))
        assert w.tolist() == [1.0, 2.0]
        assert w.grad is None
        assert not moves.state
    whole = tg.compile(lambda x: x * 3, fullgraph=True)
    assert [whole(X).sum().item() for _each in range(2)] == [(X * 3).sum().item()] * 2


def test_a_step_knows_the_rooms_that_give_the_namespace_its_names():
    """Functions of a room that is not known are read as anybody's code, and then run eagerly or slowly."""
    assert {room.partition(".")[0] for room in tg._HOME.values()} - HOUSES == {"func", "graph", "serialization"}


def test_zeros_are_given_to_the_gradients_that_there_are_at_that_call():
    """A parameter that gets no gradient keeps None once somebody forgot its gradient: zero_grad reads which there are."""

    def played(compiled):
        w, u = tg.ones(2, requires_grad=True), tg.ones(2, requires_grad=True)
        optimizer = tg.optim.SGD([w, u], 0.1)

        def step(x):
            optimizer.zero_grad(set_to_none=False)
            loss = (w * x).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run, found = compiled(step), []
        for i in range(8):
            if i in (3, 5):
                u.grad = tg.ones(2) if i == 3 else None
            run(tg.ones(2))
            found.append((w.tolist(), u.tolist(), None if u.grad is None else u.grad.tolist()))
        return found

    assert played(tg.compile) == played(lambda step: step)
