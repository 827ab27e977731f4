"""A compiled step gives the same numbers as the step itself: for every operation, for random programs, for training."""

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings

import tinygrad_fr as tg
from tinygrad_fr import Value, compile, manual_seed, nn, optim, rand, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.kernels.runtime import cores
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops import registry
from tinygrad_fr.testing.inputs import strategies
from tinygrad_fr.testing.inputs.draws import seeded
from tinygrad_fr.testing.inputs.programs import LISTS
from tinygrad_fr.testing.proving.subject import Called, raw, weights

DIFFERENTIABLE = sorted(name for name, op in registry.items() if op.differentiable and op.name != "select")


def went_back(step, leaves):
    """Outputs and gradients of one call of a step, on fresh leaves."""
    given = [tensor(x, requires_grad=True) for x in leaves]
    outputs = step(*given)
    return [raw(y) for y in outputs], [None if x.grad is None else raw(x.grad) for x in given]


def agree(a, b):
    for one, other in zip(a, b, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.shape == other.shape
            assert one.dtype == other.dtype
            scale = 1 + np.abs(np.nan_to_num(one, posinf=0, neginf=0)).max(initial=0)
            np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-11 * scale)


def backward_of(function):
    """A step that goes back from every float output, each element weighted differently."""

    def step(*leaves):
        found = function(*leaves)
        outputs = [
            y for y in (found if isinstance(found, tuple) else (found,)) if isinstance(y, Value) or y.dtype.kind == "f"
        ]
        total = sum(
            (y * w).sum() for y, w in zip(outputs, map(tensor, weights([y.shape for y in outputs])), strict=True)
        )
        if total.requires_grad:
            total.backward()
        return tuple(y * 1.0 for y in outputs)  # no views of the arguments

    return step


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_every_operation(name):
    op = registry[name]
    for seed in range(3):
        subject = Called(op, op.sample(seeded(seed)))
        if not subject.arrays:
            continue
        step = backward_of(subject.function)
        replayed = compile(step)
        other = [x * 0.9 for x in subject.arrays]
        went_back(replayed, subject.arrays)
        for point in (other, subject.arrays):
            for a, b in zip(went_back(step, point), went_back(replayed, point), strict=True):
                agree(a, b)


def run(program):
    calls = {step.name: getattr(tg, step.name) for step in program.steps}

    def function(*inputs):
        def computed(step, operands):
            call = calls[step.name]
            return call(operands, **step.attrs) if step.name in LISTS else call(*operands, **step.attrs)

        values = program.run(inputs, computed)
        return tuple(values[i] for i in program.ends)

    return function


@given(strategies.programs(15))
@settings(max_examples=60)
def test_random_programs(program):
    step = backward_of(run(program))
    replayed = compile(step)
    went_back(replayed, program.inputs)
    for point in (program.inputs, [x * 0.999 for x in program.inputs]):
        for a, b in zip(went_back(step, point), went_back(replayed, point), strict=True):
            agree(a, b)


@pytest.mark.long
@pytest.mark.parametrize("shape", [(3, 700), (700, 3), (2, 5, 300), (1500,), (40, 40), (2, 30, 40)])
def test_on_three_cores(monkeypatch, shape):
    """Blocks and products are cut where that pays: here, everywhere."""
    monkeypatch.setattr(cores, "ENOUGH", 1)
    monkeypatch.setattr(cores, "count", lambda: 3)
    together = []

    def parallel_for(*given, plain=cores.parallel_for):
        together.append(plain(*given))
        return together[-1]

    monkeypatch.setattr(cores, "parallel_for", parallel_for)
    chance = np.random.default_rng(0)
    x, w = chance.normal(size=shape), chance.normal(size=(shape[-1], 6))

    def forward(x, w, scale):
        y = (x * scale).tanh() * 0.5 + x.exp() / (1 + x * x)
        z = y @ w
        return z.sigmoid() * z, (z.mT @ z if z.ndim > 1 else z).tanh()

    points = [[x, w, chance.normal(size=shape[-1:])] for _point in range(2)]
    step = backward_of(forward)
    replayed = compile(step)
    went_back(replayed, points[0])
    together.clear()
    for point in points:
        found = went_back(replayed, point)
        assert 3 in together
        for a, b in zip(went_back(step, point), found, strict=True):
            agree(a, b)


# Training: the same weights, statistics and gradients, after some steps of each


class Block(nn.Module):
    """A little of everything: convolution, running statistics, dropout, attention's softmax, an embedding."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 3, 3, padding=1, bias=False), nn.BatchNorm2d(3)
        self.drop, self.layer = nn.Dropout(0.3), nn.LayerNorm(6)
        self.words, self.out = nn.Embedding(5, 6), nn.Linear(6, 4)

    def forward(self, x, ids):
        h = F.max_pool2d(self.norm(self.conv(x)).relu(), 2).flatten(1)
        h = self.layer(self.drop(h[:, :6]) + self.words(ids).mean(1))
        return self.out(F.softmax(h, -1) * h)


@pytest.fixture
def double():
    """float64 by default."""
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(before)


def trained(optimizer, compiled, *, steps=4, scheduled=False):
    manual_seed(3)
    module = Block()
    moves = optimizer(module.parameters())
    schedule = optim.lr_scheduler.StepLR(moves, 2, 0.5) if scheduled else None

    def step(x, ids, y):
        moves.zero_grad()
        loss = F.cross_entropy(module(x, ids), y)
        loss.backward()
        moves.step()
        return {"loss": loss}

    run = compile(step) if compiled else step
    source = np.random.default_rng(0)
    losses = []
    for n in [4] * steps + [2]:
        x, ids, y = source.normal(size=(n, 1, 4, 4)), source.integers(0, 5, (n, 3)), source.integers(0, 4, n)
        losses.append(run(tensor(x), tensor(ids), tensor(y))["loss"].item())
        if schedule is not None:
            schedule.step()
    state = {key: value.detach().numpy() for key, value in module.state_dict().items()}
    gradients = {key: value.grad.detach().numpy() for key, value in module.named_parameters()}
    return losses, state, gradients


OPTIMIZERS = {
    "sgd": lambda p: optim.SGD(p, 0.1, weight_decay=0.01),
    "momentum": lambda p: optim.SGD(p, 0.1, 0.9, nesterov=True),
    "adam": lambda p: optim.Adam(p, 0.01),
    "rmsprop": lambda p: optim.RMSprop(p, 0.01),
}


@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.usefixtures("double")
def test_training(name, scheduled):
    eager, replayed = (trained(OPTIMIZERS[name], compiled, scheduled=scheduled) for compiled in (False, True))
    np.testing.assert_allclose(replayed[0], eager[0], rtol=1e-9)
    for one, other in zip(eager[1:], replayed[1:], strict=True):
        agree(list(one.values()), [other[key] for key in one])


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_reads_a_large_gradient_that_the_step_hands_out(name):
    """From some size on, a gradient lies in an array of its own, which ``.grad`` keeps and the optimizer reads."""
    start = np.random.default_rng(0).normal(size=(128, 128), scale=0.05).astype(np.float32)

    def moved(compiled):
        w = tensor(start, requires_grad=True)
        optimizer = OPTIMIZERS[name]([w])

        def step(x):
            optimizer.zero_grad()
            loss = ((x @ w) * 10 - 1).square().sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run = compile(step) if compiled else step
        losses = [run(tensor(start[:8] * scale)).item() for scale in (1.0, 0.5, -0.5)]
        return losses, w.detach().numpy(), w.grad.numpy()

    for ours, eager in zip(moved(True), moved(False), strict=True):
        np.testing.assert_allclose(ours, eager, rtol=1e-4, atol=1e-5)


def test_gradients_add_up_over_calls():
    w = tensor([1.0, 2.0], requires_grad=True)

    @compile
    def step(x):
        (w * x).sum().backward()

    for k in range(1, 5):
        step(tensor([1.0, 10.0]))
        assert w.grad.tolist() == [k, 10.0 * k]


def test_two_players_and_a_detached_value():
    def play(compiled):
        a, b = tensor([0.5], requires_grad=True), tensor([0.25], requires_grad=True)
        first, second = optim.SGD([a], 0.1), optim.SGD([b], 0.1)

        def step(x):
            first.zero_grad()
            ((a * x - b.detach()) ** 2).sum().backward()
            first.step()
            second.zero_grad()
            ((a.detach() * x - b * b) ** 2).sum().backward()
            second.step()

        run = compile(step) if compiled else step
        for k in range(4):
            run(tensor([1.0 + k]))
        return a.tolist() + b.tolist()

    assert play(True) == pytest.approx(play(False), rel=1e-6)


def test_draws_are_drawn_again():
    @compile
    def step():
        return rand(4)

    manual_seed(0)
    found = [step().tolist() for _each in range(3)]
    manual_seed(0)
    assert found == [rand(4).tolist() for _each in range(3)]


def test_scalars():
    def play(compiled):
        w, b = Value(0.5), Value(-0.25)
        moves = optim.SGD([w, b], 0.1)

        def step(x):
            moves.zero_grad()
            loss = ((w * x + b).tanh() - 0.5) ** 2 + (w * w + b * b) * 0.01
            loss.backward()
            moves.step()
            return loss.detach()

        run = compile(step) if compiled else step
        losses = [run(Value(1.0 + k)).data for k in range(4)]
        return [*losses, w.data, b.data, w.grad, b.grad]

    assert play(True) == pytest.approx(play(False), rel=1e-12)


def test_other_shapes_are_recorded_by_themselves():
    step = compile(lambda x: (x * x).sum())
    assert [step(tensor([1.0] * n)).item() for n in (2, 3, 2, 5)] == [2, 3, 2, 5]
    assert len(step.programs) == 3


def test_an_in_place_change_in_a_step():
    def step(x):
        y = x * 2
        y += 1
        y[0] = 0.0
        return y * y

    replayed = compile(step)
    for x in ([1.0, 2.0], [3.0, -4.0]):
        assert replayed(tensor(x)).tolist() == step(tensor(x)).tolist()


def test_a_compiled_step_can_be_looked_at():
    """Its graph is that of the step as ever, with values and gradients, and looking changes nothing."""
    w = tensor([0.5, -1.0], requires_grad=True, name="w")
    moves = optim.SGD([w], 0.1, 0.9)

    @compile
    def step(x):
        moves.zero_grad()
        loss = ((w * x).tanh() ** 2).sum()
        loss.backward()
        moves.step()
        return loss

    for _each in range(3):
        step(tensor([1.0, 2.0]))
    before = w.tolist(), moves.state[w]["momentum_buffer"].tolist()
    graph = step.graph(tensor([1.0, 2.0]))
    assert (w.tolist(), moves.state[w]["momentum_buffer"].tolist()) == before
    (vertex,) = graph.named("w")
    assert vertex.value.tolist() == before[0]
    assert step(tensor([1.0, 2.0])).item() == pytest.approx(float(graph.by_id[graph.outputs[0]].value))
    np.testing.assert_allclose(vertex.grad, w.grad.detach().numpy(), rtol=1e-6)


def test_memory_is_planned():
    """Half of what an eager step holds, for a deep chain of activations and their backward pass."""
    layers = nn.Sequential(*(nn.Linear(64, 64) for _each in range(12)))

    def step(x):
        layers.zero_grad()
        h = x
        for layer in layers:
            h = layer(h).tanh() * 0.9 + 0.1
        (h * h).sum().backward()

    x = tensor(np.ones((64, 64), np.float32))
    replayed = compile(step)
    replayed(x)
    tracemalloc.start()
    step(x)
    eager = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ((program,),) = replayed.programs.values()
    assert program.assembly.arena.memory.nbytes <= 0.6 * eager


@pytest.mark.long
def test_a_program_holds_nothing_but_its_own_memory():
    """What calls of operations made and saved for their backward pass lives no longer than in an eager step."""
    layers = nn.Sequential(
        *(part for _each in range(4) for part in (nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()))
    )

    def step(x):
        layers.zero_grad()
        (layers(x) ** 2).sum().backward()

    def measured(run):
        """Bytes of a step's peak, and what is left of it, over what was held before."""
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        run(x)
        gc.collect()
        left, peak = tracemalloc.get_traced_memory()
        return peak - before, left - before

    x = tensor(np.random.default_rng(0).normal(size=(32, 4, 32, 32)).astype(np.float32))
    step(x)  # what is made once is made
    compile(step)(x)
    tracemalloc.start()
    try:
        peak, _left = measured(step)
        replayed = compile(step)
        _peak, held = measured(lambda x: [replayed(x) for _each in range(3)])
        again, left = measured(replayed)
    finally:
        tracemalloc.stop()
    ((program,),) = replayed.programs.values()
    planned = program.assembly.arena.memory.nbytes
    assert held < planned + 0.1 * peak
    assert left < 0.01 * peak
    assert planned <= 0.6 * peak
    assert planned + again < 1.3 * peak


# What cannot be replayed says so


w0 = tensor([0.4, 0.9], requires_grad=True)


def branches(x):
    return x * 2 if x.sum().item() > 1.8 else x * 3


def looks(x):
    return x * float(x.sum())


def outside(x):
    return x + tensor(np.random.default_rng().normal(size=2))


def by_hand(x):
    w0.data = w0.data - 0.1
    return x * w0


def a_list(x):
    return x[0] * 2


@pytest.mark.parametrize("step", [branches, looks])
def test_a_step_that_depends_on_values(step):
    """It runs eagerly, and says so once."""
    replayed, points = compile(step), [tensor(x) for x in ([1.0, 1.0], [0.0, 0.5], [2.0, 1.0])]
    with pytest.warns(
        CompileWarning, match=r"runs eagerly: it reads a value into Python, at .*test_replay\.py"
    ) as said:
        found = [replayed(x).tolist() for x in points]
    assert found == [step(x).tolist() for x in points]
    assert len(said) == 1
    assert (replayed.recordings, replayed.replays, replayed.eager) == (0, 0, 3)


def test_tensors_in_lists():
    replayed = compile(a_list)
    for k in range(3):
        assert replayed([tensor([1.0 + k]), tensor([5.0])]).tolist() == [2.0 + 2 * k]
    assert (replayed.recordings, replayed.replays) == (1, 2)


def test_a_step_is_done_once_when_it_is_recorded():
    w = tensor([1.0], requires_grad=True)
    moves = optim.Adam([w], 0.1)

    def step():
        moves.zero_grad()
        (w * w).sum().backward()
        moves.step()

    step()
    once, state = w.tolist(), moves.state[w]["exp_avg"].tolist()
    w.data, moves.state = tensor([1.0]), {}
    compile(step)()
    assert (w.tolist(), moves.state[w]["exp_avg"].tolist(), moves.state[w]["step"]) == (once, state, 1)


# No address of what may move or die


ONE_ELEMENT = {
    "an integer": lambda x: x[0] * 2,
    "two integers": lambda x: x.reshape(2, -1)[1, 0] * 3 + x.sum(),
    "the last": lambda x: (x * 2)[-1] + x[0],
    "an ellipsis": lambda x: x[..., 1] * x[2, ...],
    "six dimensions turned": lambda x: (x.repeat(12) * 2).reshape(2, 3, 2, 2, 1, 2).permute(5, 3, 1, 0, 2, 4).reshape(-1, 4) * 3,
    "five dimensions turned": lambda x: x.repeat(8).reshape(2, 2, 2, 2, 2).permute(4, 2, 0, 3, 1).contiguous().reshape(-1).exp(),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x.repeat(36).reshape(2, 8, 3, 3) * 2, 2) * 3,
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_ELEMENT)
def test_elements_wherever_they_lie(name):
    step = backward_of(lambda x: (ONE_ELEMENT[name](x),))
    replayed = compile(step)
    for seed in range(4):
        point = [np.random.default_rng(seed).normal(size=4)]
        for a, b in zip(went_back(step, point), went_back(replayed, point), strict=True):
            agree(a, b)


def test_single_elements_of_a_parameter_are_trained():
    def play(compiled):
        w = tensor([0.5, 0.25], requires_grad=True)
        moves = optim.SGD([w], 0.01)

        def step(x):
            moves.zero_grad()
            loss = ((w[0] * x + w[1] - 1) ** 2).sum()
            loss.backward()
            moves.step()
            return loss

        run = compile(step) if compiled else step
        return [run(tensor([1.0 + k, 2.0])).item() for k in range(5)]

    assert play(True) == pytest.approx(play(False), rel=1e-6)
