"""How tensors lie in memory, what shares it, what an optimizer remembers, and calls that fail half-way: as in the eager step."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.replay.execution.assembly import Assembly

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")


def plainly(step):
    return step


def both(play):
    """What a play gives, of a step that runs as it is, and the same compiled."""
    expected = play(plainly)
    np.testing.assert_equal(play(tg.compile), expected)
    return expected


@pytest.mark.parametrize(
    "step",
    [
        lambda x: x * 2 if x.is_contiguous() else x * 3,
        lambda x: x * x.stride(0),
        lambda x: x * (1 + x.storage_offset()),
        lambda x: x.reshape(-1) + 1,
    ],
    ids=["contiguous", "stride", "offset", "reshape"],
)
def test_how_an_argument_lies_in_memory(step):
    def play(compiled):
        run, x = compiled(step), tg.arange(8.0).reshape(4, 2)
        return [run(each).tolist() for each in (x[:2], x[:2].t(), x[2:], x[2:].t(), x[:2])]

    both(play)


def test_a_view_that_cannot_be_one_is_refused_at_a_later_call_too():
    run, x = tg.compile(lambda x: x.view(-1) * 2), tg.arange(4.0).reshape(2, 2)
    run(x)
    with pytest.raises(RuntimeError):
        run(x.t())
    assert run(x).tolist() == [0, 2, 4, 6]


@pytest.mark.parametrize("second", [slice(None), slice(1, 3)], ids=["whole", "part"])
def test_arguments_that_share_an_array_of_numpy(second):
    def play(compiled):
        def step(p, q):
            p.add_(1)
            return p[:2] * q[:2]

        run, found = compiled(step), []
        for shared in (False, True, False, True):
            array = np.arange(4.0)
            other = array[second] if shared else np.arange(4.0)[second]
            found += [run(tg.from_numpy(array), tg.from_numpy(other)).tolist(), array.tolist()]
        return found

    assert both(play)[0] != both(play)[2]


def test_an_argument_that_shares_its_array_with_a_captured_tensor():
    def play(compiled):
        array = np.arange(4.0)
        w = tg.from_numpy(array)

        def step(p):
            p.mul_(2)
            return p + w

        run = compiled(step)
        return [
            run(p).tolist() + array.tolist() for p in (tg.ones(4, dtype=tg.float64), tg.from_numpy(array), w.clone())
        ]

    both(play)


def test_an_argument_that_is_a_gradient_sees_the_sum():
    def play(compiled):
        w = tg.ones(2, requires_grad=True)

        def step(x, slope):
            (w * x).sum().backward()
            return slope.sum()

        run = compiled(step)
        w.grad = tg.ones(2)
        return [run(tg.ones(2), w.grad if i % 2 else tg.zeros(2)).item() for i in range(6)]

    assert both(play) == [0, 6, 0, 10, 0, 14]


FAILS = {
    "an index": (lambda w, i: w[i], [0, 1], [0, 9]),
    "gather": (lambda w, i: w.gather(0, i), [0, 1], [0, 9]),
    "a label": (lambda w, i: nn.functional.cross_entropy(w[None].expand(2, 3), i), [0, 1], [0, 9]),
    "one_hot": (lambda w, i: w * nn.functional.one_hot(i, 3).sum(0), [0, 1], [0, 9]),
    "a division": (lambda w, i: w[:2] * (7 // i), [1, 2], [1, 0]),
    "an inverse": (lambda w, i: w[:2] @ tg.linalg.inv(i.to(tg.float32).diag()), [1, 2], [1, 0]),
}


@pytest.mark.parametrize("late", [False, True], ids=["before the step", "after the step"])
@pytest.mark.parametrize("name", FAILS)
def test_a_call_that_fails_goes_as_far_as_the_eager_one(name, late):
    what, good, bad = FAILS[name]

    def play(compiled):
        w, count = tg.tensor([1.0, -2.0, 0.5], requires_grad=True), tg.zeros(1)
        optimizer = optim.SGD([w], 0.1, momentum=0.9)

        def step(i):
            count.add_(1)
            optimizer.zero_grad()
            loss = (w * w).sum() + (0 if late else what(w, i).sum())
            loss.backward()
            optimizer.step()
            return loss.detach() + (what(w.detach(), i).sum() if late else 0)

        run, found = compiled(step), []
        for given in (good, good, good, bad, good, bad, good):
            try:
                found.append(run(tg.tensor(given)).item())
            except RuntimeError as error:
                found.append(type(error).__name__)
            found += [w.tolist(), None if w.grad is None else w.grad.tolist(), count.item()]
        return found

    assert sum(isinstance(each, str) for each in both(play)) == 2


def reversed_groups(optimizer, _w):
    optimizer.param_groups.reverse()


def forgotten(optimizer, w):
    optimizer.state.pop(w, None)


def halved_before(optimizer, w):
    def hook(*_given):
        w.grad.mul_(0.5)

    optimizer.register_step_pre_hook(hook)


def halved_after(optimizer, w):
    def hook(*_given):
        w.data.mul_(0.5)

    optimizer.register_step_post_hook(hook)


@pytest.mark.parametrize("make", [lambda g: optim.SGD(g, 0.05, momentum=0.9), lambda g: optim.Adam(g, 0.05)])
@pytest.mark.parametrize("change", [reversed_groups, forgotten, halved_before, halved_after])
def test_what_an_optimizer_remembers_is_changed_by_hand(change, make):
    def play(compiled):
        w, v = tg.tensor([1.0, -2.0], requires_grad=True), tg.tensor([0.5, 0.25], requires_grad=True)
        optimizer = make([{"params": [w], "lr": 0.01}, {"params": [v]}])

        def step(x):
            optimizer.zero_grad()
            loss = ((w * x - v) ** 2).sum()
            loss.backward()
            optimizer.step()
            return loss.detach()

        run, found = compiled(step), []
        for i in range(7):
            if i in (2, 4):
                change(optimizer, w)
            found += [run(tg.tensor([1.0, 2.0]) * (1 + i % 2)).item(), w.tolist(), v.tolist()]
        return found

    both(play)


def test_states_stay_with_their_parameters():
    """The buffers of two parameters in groups that change places; PyTorch's numbers."""
    w, v = tg.tensor([1.0], requires_grad=True), tg.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([{"params": [w]}, {"params": [v]}], 0.1, momentum=0.5)
    for turned in (False, True, False):
        if turned:
            optimizer.param_groups.reverse()
        optimizer.zero_grad()
        (w + 10 * v).sum().backward()
        optimizer.step()
    assert w.item() == pytest.approx(1 - 0.1 * (1 + 1.5 + 1.75))
    assert v.item() == pytest.approx(1 - (1 + 1.5 + 1.75))
    taken = optimizer.param_groups.pop(0)
    optimizer.zero_grad()
    (w + 10 * v).sum().backward()
    optimizer.step()
    optimizer.param_groups.append(taken)
    assert w.item() == pytest.approx(1 - 0.1 * (1 + 1.5 + 1.75 + 1.875))
    optimizer.step()
    assert v.item() == pytest.approx(1 - (1 + 1.5 + 1.75 + 0.875 + 2))  # its gradient grew while it was away


def test_data_of_another_dtype():
    w = tg.ones(2, requires_grad=True)
    w.data = tg.full((2,), 3.0, dtype=tg.float64)
    assert (w.dtype, (w * 1).dtype) == (tg.float64, tg.float64)
    with pytest.raises(RuntimeError, match="may require a gradient"):
        w.data = tg.ones(2, dtype=tg.int64)
    assert w.tolist() == [3, 3]


def _scaled(w):
    w.grad.mul_(0.5)


def _divided(w):
    w.grad /= w.grad.norm()


def _clamped(w):
    w.grad.data.clamp_(-1, 1)


def _assigned(w):
    w.grad = w.grad * 0.3 + 1


@pytest.mark.parametrize("make", [lambda g: optim.SGD(g, 0.1), lambda g: optim.SGD(g, 0.1, momentum=0.9), optim.Adam])
@pytest.mark.parametrize("change", [_scaled, _divided, _clamped, _assigned])
def test_a_gradient_that_is_changed_in_place_is_what_the_optimizer_sees(change, make):
    def play(compiled):
        w = tg.tensor([1.0, -2.0], requires_grad=True)
        optimizer = make([w])

        def step(x):
            optimizer.zero_grad()
            loss = (w * w * x).sum()
            loss.backward()
            change(w)
            optimizer.step()
            return loss.detach()

        run = compiled(step)
        return [(run(tg.tensor([1.0, 2.0]) * (1 + i % 2)).item(), w.tolist(), w.grad.tolist()) for i in range(5)]

    both(play)


LOOKS = {
    "nobody looks": lambda w: None,
    "at the weights": lambda w: w.detach().numpy().copy(),
    "at data": lambda w: w.data.numpy().copy(),
    "at the gradient": lambda w: w.grad.numpy().copy(),
}


def _of_data(w):
    w.data -= 0.01 * w.grad.data


def _detached(w):
    w.detach().sub_(0.01 * w.grad)


def _without_gradients(w):
    with tg.no_grad():
        w.sub_(0.01 * w.grad)


def _given_anew(w):
    w.data = w.data - 0.01 * w.grad


@pytest.mark.parametrize("zeroed", ["before", "after"])
@pytest.mark.parametrize("move", [_of_data, _detached, _without_gradients, _given_anew])
@pytest.mark.parametrize("look", LOOKS)
def test_descent_by_hand_that_somebody_looks_at_between_the_calls(look, move, zeroed):
    def play(compiled):
        w = tg.ones(2, requires_grad=True)

        def step(x):
            if zeroed == "before" and w.grad is not None:
                w.grad.zero_()
            loss = ((w * x - 1) ** 2).sum()
            loss.backward()
            move(w)
            if zeroed == "after":
                w.grad.zero_()
            return loss.detach()

        run, found = compiled(step), []
        for i in range(5):
            found += [run(tg.ones(2) * (i + 2)).item(), w.tolist(), w.grad.tolist()]
            LOOKS[look](w)
        return found

    both(play)


def _seeded(generator, x):
    generator.manual_seed(3)
    return x * tg.rand(2, generator=generator)


def _put_back(generator, x):
    before = generator.get_state()
    drawn = tg.rand(2, generator=generator)
    generator.set_state(before)
    return x * drawn


def _forked(generator, x):
    with tg.random.fork_rng():
        drawn = tg.rand(2)
    return x * drawn + tg.rand(2)


@pytest.mark.parametrize("draw", [_seeded, _put_back, _forked])
def test_a_generator_that_a_step_moves_by_hand(draw):
    def play(compiled):
        tg.manual_seed(0)
        generator = tg.Generator().manual_seed(1)
        run = compiled(lambda x: draw(generator, x))
        return [run(tg.ones(2)).tolist() for _each in range(4)]

    both(play)


def test_a_replay_that_fails_where_the_step_does_not_is_said_once(monkeypatch):
    def broken(self, given):
        raise TypeError("an opcode without a function")

    run = tg.compile(lambda x: (x * 3).sum())
    assert run(tg.ones(2)).item() == 6
    monkeypatch.setattr(Assembly, "run", broken)
    with pytest.warns(CompileWarning, match=r"our fault: please report it \(an opcode without a function\)"):
        assert run(tg.ones(2)).item() == 6
    assert run(tg.ones(2)).item() == 6
    assert (run.recordings, run.replays, run.eager) == (1, 0, 2)
