"""Results of a compiled step carry their gradient, which goes back as the eager one does."""

import warnings

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import autograd, nn, optim, tensor
from tinygrad_fr.errors import CompileWarning, GradientError


class Block(nn.Module):
    """A transformer's block, with an embedding before it and tied weights after it."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(7, 8)
        self.block = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.1, batch_first=True)
        self.head = nn.Linear(8, 7, bias=False)
        self.head.weight = self.table.weight

    def forward(self, x):
        return self.head(self.block(self.table(x)))


class Recurrent(nn.Module):
    """A recurrent layer of which one result of two is used, or both."""

    def __init__(self, kind, both):
        super().__init__()
        self.layer, self.head, self.both = getattr(nn, kind)(5, 4, batch_first=True), nn.Linear(4, 3), both

    def forward(self, x):
        found, state = self.layer(x)
        state = state[0] if isinstance(state, tuple) else state
        return (self.head(found), state) if self.both else self.head(found[:, -1])


def _images(source, n):
    return tensor(source.normal(size=(n, 2, 6, 6)))


def _vectors(source, n):
    return tensor(source.normal(size=(n, 5)))


def _sequences(source, n):
    return tensor(source.normal(size=(n, 3, 5)))


def _tokens(source, n):
    return tensor(source.integers(0, 7, (n, 4)))


MODULES = {
    "linear": (lambda: nn.Linear(5, 3), _vectors),
    "mlp": (lambda: nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.LayerNorm(6), nn.Linear(6, 3)), _vectors),
    "dropout": (lambda: nn.Sequential(nn.Linear(5, 6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 3)), _vectors),
    "wide": (lambda: nn.Sequential(nn.Linear(5, 3000), nn.Tanh(), nn.Linear(3000, 3)), _vectors),
    "convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 3)
        ),
        _images,
    ),
    "lstm": (lambda: Recurrent("LSTM", both=False), _sequences),
    "gru": (lambda: Recurrent("GRU", both=True), _sequences),
    "rnn": (lambda: Recurrent("RNN", both=True), _sequences),
    "transformer": (Block, _tokens),
}
OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, 0.05, momentum=0.9),
    "adam": lambda p: optim.Adam(p, 0.01, eps=1e-3),
    "adamw": lambda p: optim.AdamW(p, 0.01, eps=1e-3),
    "plain": lambda p: optim.SGD(p, 0.05),
}


@pytest.fixture(autouse=True)
def _doubles():
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(before)


def _raw(x):
    return None if x is None else np.array(x.detach().numpy())


def _trained(name, optimizer, calls, *, compiled):
    """Losses, parameters, buffers and gradients of a training whose backward passes come after some calls."""
    make, inputs = MODULES[name]
    tg.manual_seed(1)
    source = np.random.default_rng(0)
    model = make()
    run = tg.compile(model) if compiled else model
    moves = OPTIMIZERS[optimizer](list(model.parameters()))
    found = []
    for step in range(4):
        total, parts = 0.0, []
        for call in range(calls):
            y = run(inputs(source, 4))
            y = y[0] + y[1].sum() if isinstance(y, tuple) and call % 2 else y[0] if isinstance(y, tuple) else y
            parts.append((y**2).mean() if call % 2 else y.logsumexp(-1).mean())
        if step % 2:  # each by itself
            for part in reversed(parts):
                part.backward()
        else:
            total = sum(parts)
            total.backward()
        found += [_raw(part) for part in parts] + [_raw(p.grad) for p in model.parameters()]
        moves.step()
        moves.zero_grad(set_to_none=step != 1)
        found += [_raw(x) for x in (*model.parameters(), *model.buffers())]
    found.append(tg.rand(2).detach().numpy())
    return found, run


@pytest.mark.parametrize("calls", [1, 2, 3])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("name", MODULES)
def test_training(name, optimizer, calls):
    expected, _model = _trained(name, optimizer, calls, compiled=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CompileWarning)
        found, run = _trained(name, optimizer, calls, compiled=True)
    assert (run.recordings, run.replays) == (1, 4 * calls - 1)
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


# Programs that are played eagerly and compiled; the numbers of each call are compared.

PROGRAMS = {}


def program(build):
    """Enter a program: it takes ``run``, which compiles or not, and yields numbers."""
    PROGRAMS[build.__name__] = build
    return build


W, V = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([1.0, -2.0])
X = np.array([[1.0, 2.0], [0.5, -1.5], [3.0, 0.1]])


def _leaf(x):
    return tensor(x, requires_grad=True)


@program
def an_input_that_requires_a_gradient(run):
    w = _leaf(W)
    f = run(lambda x: (x @ w).tanh())
    for k in (1.0, 2.0, 3.0):
        x = _leaf(X * k)
        f(x).sum().backward()
        yield from (x.grad, w.grad)


@program
def an_input_with_a_record(run):
    w, f = _leaf(W), run(lambda x: x.exp() * x)
    for k in (1.0, 2.0, 0.5):
        x = _leaf(X * k)
        f(x @ w).sum().backward()
        yield from (x.grad, w.grad)


@program
def one_after_the_other(run):
    w, v = _leaf(W), _leaf(V)
    f, g = run(lambda x: (x @ w).sigmoid()), run(lambda x: x * v)
    for k in (1.0, 2.0, 0.5):
        g(f(f(tensor(X * k)))).sum().backward()
        yield from (w.grad, v.grad)


@program
def twice_through_one_call(run):
    w = _leaf(W)
    f = run(lambda x: (x @ w).exp())
    for _each in range(3):
        y = f(tensor(X)).sum()
        y.backward(retain_graph=True)
        y.backward()
        yield w.grad


@program
def some_results_unused(run):
    w, v = _leaf(W), _leaf(V)
    f = run(lambda x: {"a": x @ w, "b": x * v, "c": (x @ w * v).exp(), "d": (x * 2).sum()})
    for k, names in enumerate(["ab", "a", "b", "c", "abc", "b"]):
        w.grad = v.grad = None
        found = f(tensor(X * (k + 1)))
        sum(found[name].sum() for name in names).backward()
        yield from (w.grad, v.grad, found["d"])


@program
def a_result_whose_gradient_would_be_no_number(run):
    w, v = _leaf(W), _leaf(np.array([0.0, 1.0]))
    f = run(lambda x: (x @ w * v, (v - v).sqrt()))
    for _each in range(3):
        w.grad = v.grad = None
        f(tensor(X))[0].sum().backward()
        yield from (w.grad, v.grad)


@program
def a_result_and_what_it_was_made_of(run):
    w = _leaf(W)

    @run
    def f(x):
        h = (x @ w).tanh()
        return h, h.detach() * 1, (h * h).sum(), h * 3 + x

    for k in range(3):
        h, still, loss, last = f(tensor(X * (k + 1)))
        yield from (tensor(float(still.requires_grad)), still)
        ((h * still).sum() + loss * 2 + last.mean()).backward()
        yield w.grad


@program
def hooks(run):
    w = _leaf(W)
    w.register_hook(lambda g: g * 2)
    f = run(lambda x: (x @ w).tanh())
    more = lambda g: g + 1  # noqa: E731
    for k in range(4):
        x = _leaf(X)
        x.register_hook(more)
        y = f(x)
        y.register_hook(lambda g: g * 0.5)
        if k == 2:
            w.register_hook(lambda g: g - 1)
        y.sum().backward()
        yield from (w.grad, x.grad)


@program
def a_gradient_that_is_retained(run):
    w, f = _leaf(W), None
    f = run(lambda x: (x @ w).tanh())
    for _each in range(3):
        y = f(tensor(X))
        y.retain_grad()
        (y * y).sum().backward()
        yield from (y.grad, w.grad)


@program
def gradients_asked_for(run):
    w, v = _leaf(W), _leaf(V)
    f = run(lambda x: (x @ w).tanh() * v)
    for _each in range(3):
        x = _leaf(X)
        yield from autograd.grad(f(x).sum(), [x, v])
        f(x).sum().backward(inputs=[w])
        yield w.grad
        yield from autograd.grad([f(x)], [w], [tensor(X)])


@program
def a_parameter_that_stops_and_starts(run):
    w, v = _leaf(W), _leaf(V)
    f = run(lambda x: x @ w + v)
    for flag in (True, False, True, False):
        v.requires_grad_(flag)
        (f(tensor(X)) ** 2).sum().backward()
        yield from (w.grad, v.grad)


@program
def without_gradients_now_and_then(run):
    w = _leaf(W)
    f = run(lambda x: (x @ w).tanh())
    for k in range(4):
        if k % 2:
            with tg.no_grad():
                yield f(tensor(X))
        else:
            f(tensor(X)).sum().backward()
            yield w.grad


@program
def gradients_inside_where_there_are_none_outside(run):
    w = _leaf(W)

    @run
    @tg.enable_grad()
    def f(x):
        return (x @ w).tanh()

    for _each in range(3):
        with tg.no_grad():
            y = f(tensor(X))
        y.sum().backward()
        yield w.grad


@program
def one_tensor_twice(run):
    f, w = run(lambda a, b: a * b.exp()), _leaf(W)
    for _each in range(3):
        f(w, w).sum().backward()
        yield w.grad
        f(w, tensor(W)).sum().backward()
        yield w.grad


@program
def the_loss_of_a_penalty(run):
    w = _leaf(W)
    f = run(lambda x: (x @ w).tanh().sum())
    for k in (1.0, 2.0, 0.5):
        (f(tensor(X * k)) + 0.1 * (w * w).sum()).backward()
        yield w.grad
        with tg.no_grad():
            w -= 0.1 * w.grad
        w.grad = None


@program
def clipped_and_scheduled(run):
    tg.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    f, moves = run(model), optim.Adam(model.parameters(), 0.1)
    rates = optim.lr_scheduler.StepLR(moves, 2, 0.5)
    for k in range(5):
        moves.zero_grad()
        (f(tensor(X * (k + 1))) ** 2).mean().backward()
        yield nn.utils.clip_grad_norm_(model.parameters(), 0.1)
        moves.step()
        rates.step()
        yield from model.parameters()


@program
def a_step_that_empties_gradients(run):
    w = _leaf(W)
    moves = optim.SGD([w], 0.1)

    @run
    def f(x):
        moves.zero_grad()
        return ((x @ w).tanh() ** 2).sum()

    for _each in range(4):
        f(tensor(X)).backward()
        moves.step()
        yield from (w, w.grad)


@program
def a_step_that_goes_back_from_another_result(run):
    w, v = _leaf(W), _leaf(V)

    @run
    def f(x):
        (x * v).sum().backward()
        return (x @ w).exp().sum()

    for _each in range(3):
        f(tensor(X)).backward()
        yield from (w.grad, v.grad)


@program
def a_step_that_moves_first(run):
    w = _leaf(W)
    moves = optim.SGD([w], 0.1)

    @run
    def f(x):
        moves.step()
        moves.zero_grad()
        return ((x @ w).tanh() ** 2).sum()

    for _each in range(4):
        f(tensor(X)).backward()
        yield from (w, w.grad)


@program
def a_buffer_that_the_step_changes(run):
    w, seen = _leaf(W), tensor(V)

    @run
    def f(x):
        with tg.no_grad():
            seen.mul_(0.9)
            seen.add_(x.mean(0))
        return (x @ w) * seen

    for k in range(4):
        f(tensor(X * (k + 1))).sum().backward()
        yield from (w.grad, seen)


@program
def micrograd(run):
    a, b = tg.Scalar(2.0), tg.Scalar(-3.0)
    f = run(lambda x: (a * x + b).tanh() * x)
    for k in (0.5, 1.5, 2.5):
        x = tg.Scalar(k)
        y = f(x)
        (y * y).backward()
        yield from (tensor(float(each.grad)) for each in (a, b, x))


@program
def named_results(run):
    w = _leaf(W)
    f = run(lambda x: (x @ w).max(1))
    for k in (1.0, -1.0, 2.0):
        found = f(tensor(X * k))
        found.values.sum().backward()
        yield from (w.grad, found.indices)


@program
def a_view_of_an_argument_goes_in(run):
    w, f = _leaf(W), None
    f = run(lambda x: (x @ w).tanh())
    base = tensor(np.concatenate([X, X * 2]))
    for k in range(3):
        f(base[k : k + 2]).sum().backward()
        yield w.grad


@program
def an_argument_is_changed_by_the_step(run):
    w = _leaf(W)

    @run
    def f(x):
        x += 1
        return (x @ w).tanh()

    for k in range(3):
        x = tensor(X * k)
        f(x).sum().backward()
        yield from (x, w.grad)


@program
def an_argument_with_a_record_is_changed_by_the_step(run):
    w = _leaf(W)

    @run
    def f(x):
        x *= 2
        return x.tanh()

    for k in range(3):
        x = tensor(X * k) @ w
        f(x).sum().backward()
        yield from (x, w.grad)


@program
def gradients_of_gradients(run):
    w, v = _leaf(W), _leaf(V)
    w.register_hook(lambda g: g * 1.5)
    f = run(lambda x: {"y": (x @ w).tanh() * v, "z": x.logsumexp(1)})
    for k in (1.0, 2.0, 0.5):
        x = _leaf(X * k)
        found = f(x)
        (slope,) = autograd.grad((found["y"] ** 2).sum(), x, create_graph=True)
        ((slope**2).sum() + found["z"].sum()).backward()
        yield from (slope, x.grad, w.grad, v.grad)
    yield from tg.functional.hessian(lambda x: f(x)["y"].sum(), tensor(X)).reshape(6, 6)


@program
def the_step_goes_back_through_its_argument(run):
    w = _leaf(W)

    @run
    def f(x):
        (x * x).sum().backward()
        return x.detach() * 2

    for k in range(3):
        yield f(tensor(X * k) @ w)
        yield w.grad


def _played(build, run):
    tg.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CompileWarning)
        return [_raw(x) for x in build(run)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name):
    expected = _played(PROGRAMS[name], lambda f: f)
    made = []
    found = _played(PROGRAMS[name], lambda f: made.append(tg.compile(f)) or made[-1])
    assert len(found) == len(expected)
    for i, (a, b) in enumerate(zip(found, expected, strict=True)):
        assert (a is None) == (b is None), i
        if b is not None:
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=str(i))
    if "step_goes_back_through" not in name and "with_a_record_is_changed" not in name:
        assert all(each.replays for each in made)


# What may not change between forward and back


def test_a_parameter_changed_before_its_gradient():
    w, v = _leaf(W), _leaf(V)
    f = tg.compile(lambda x: (x @ w).tanh() + v)
    x = _leaf(X)
    for _each in range(3):
        y = f(x)
        with tg.no_grad():
            v.add_(1)  # which no derivative reads
        y.sum().backward()
        y = f(x)
        with tg.no_grad():
            w.add_(1)
        with pytest.raises(GradientError, match="was changed after"):
            y.sum().backward()
    assert f.replays > 3


def test_a_result_changed_before_its_gradient():
    w = _leaf(W)
    f, g = tg.compile(lambda x: (x @ w).tanh()), tg.compile(lambda x: x @ w + 1)
    for _each in range(3):
        y = f(tensor(X))
        y.mul_(2)
        with pytest.raises(GradientError, match="was changed after"):
            y.sum().backward()
        w.grad = None
        y = g(tensor(X))
        y.mul_(2)
        y.sum().backward()
        np.testing.assert_allclose(w.grad.detach().numpy(), 2 * X.sum(0)[:, None].repeat(2, 1))


def test_an_argument_changed_before_the_gradient():
    w = _leaf(W)
    f = tg.compile(lambda x: (x.reshape(-1, 2) @ w).sum())
    x = tensor(X)
    for _each in range(3):
        y = f(x)
        x.add_(1)
        with pytest.raises(GradientError, match="was changed after"):
            y.backward()


def test_the_gradient_of_a_gradient_where_nobody_can_tell_it():
    w = _leaf(W)
    f = tg.compile(lambda x: (x @ w).tanh() * tg.rand(2))
    x = _leaf(X)
    f(x)
    with pytest.raises(GradientError, match="draws random numbers, changes tensors, or depends on what has changed"):
        autograd.grad(f(x).sum(), x, create_graph=True)


def test_each_call_keeps_its_own():
    w = _leaf(W)
    f = tg.compile(lambda x: (x @ w).exp())
    losses = [f(tensor(X * k)).sum() for k in (1.0, 2.0, 0.5, -1.0)]
    for k, loss in zip((1.0, 2.0, 0.5, -1.0), losses, strict=True):
        w.grad = None
        loss.backward()
        np.testing.assert_allclose(w.grad.detach().numpy(), X.T * k @ np.exp(X * k @ W), rtol=1e-12)


def test_the_record_shows_a_call_by_its_name():
    w = _leaf(W)
    f = tg.compile(lambda x: (x @ w).tanh())
    f(tensor(X))
    loss = f(tensor(X)).sum()
    names = [node.op.name for node in tg.Graph.of(loss).nodes if node.op is not None]
    assert names == ["compiled <lambda>", "sum"]
