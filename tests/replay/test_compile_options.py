"""What ``compile`` is told: how many recordings it keeps, calls to verify, a full graph, options that change no number."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, optim, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.replay.guards.purity import HOUSES

X = tensor([1.0, 2.0])


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
    with pytest.raises(tg.errors.ReplayError, match=r"in result 1, made by exp, .*test_compile_options\.py") as error:
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
    told = tg.compile(lambda x: (print(x), x * 3)[1], fullgraph=True)  # which is known before anything is recorded
    with pytest.raises(RuntimeError, match="print"):
        told(tensor([1.0]))
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


def trained(model, moves, loss, **options):
    """A compiled step of training."""

    def step(x):
        moves.zero_grad()
        value = loss(model(x))
        value.backward()
        moves.step()
        return value

    return tg.compile(step, **options)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.NAdam, optim.RMSprop, optim.Rprop])
def test_a_verified_call_may_turn_what_rounding_left_either_way(kind):
    """A bias before a normalization has no gradient but rounding, which these optimizers divide by its own size."""
    tg.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3))
    run = trained(model, kind(model.parameters(), 0.05), lambda y: (y**2).mean(), verify=1)
    for i in range(8):
        tg.manual_seed(i)
        run(tg.randn(5, 4))
    assert run.replays == 7


@pytest.mark.parametrize("row", [0, 1])
def test_a_verified_call_sees_a_wrong_update_where_there_is_a_gradient_and_where_there_is_none(row):
    tg.manual_seed(0)
    model = nn.Embedding(2, 3)
    run = trained(model, optim.Adam(model.parameters(), 0.05), lambda y: (y**2).mean(), verify=1)
    for _each in range(3):
        run(tensor([1]))
    ((program,),) = run.programs.values()
    do = program.run

    def wrong(given, again):
        result = do(given, again)
        model.weight.data[row] += 0.01
        return result

    program.run = wrong
    with pytest.raises(tg.errors.ReplayError, match="in the value of"):
        run(tensor([1]))
