"""Who shares the elements of a tensor goes on sharing them when that tensor is gone, as in PyTorch."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tinygrad_fr.errors import CompileWarning

MANY = 80


def given(t, y):
    other = t.zeros(1)
    other.data = y
    return other


def written(t, x, rng):
    x.detach()[0] = float(rng.integers(9))


MADE = {
    "detached": lambda t, x: x.detach(),
    "part": lambda t, x: x[:1],
    "turned": lambda t, x: x.detach().T,
    "parameter": lambda t, x: t.nn.Parameter(x),
    "given": given,
    "array": lambda t, x: t.from_numpy(x.detach().numpy()),
}


def program(t, seed, recorded):
    """Tensors made of one another, written to and let go, in an order of the seed's; all that they showed."""
    rng = np.random.default_rng(seed)
    base = t.arange(6.0).reshape(2, 3).requires_grad_(recorded)
    live, shown = {"y": base * 1}, []
    with t.no_grad():
        for step in range(14):
            name = list(live)[rng.integers(len(live))]
            act = rng.choice([*MADE, "add", "write", "forget"])
            if act in MADE:
                live[f"{act}{step}"] = MADE[act](t, live[name])
            elif act == "add":
                live[name].add_(1)
            elif act == "write":
                written(t, live[name], rng)
            elif len(live) > 1:
                del live[name]
            if rng.random() < 0.4 or step == 13:
                shown.append([(name, x.tolist()) for name, x in live.items()])
    return shown


@pytest.mark.parametrize("recorded", [False, True])
def test_programs_show_what_pytorch_shows(recorded):
    for seed in range(MANY):
        assert program(tg, seed, recorded) == program(torch, seed, recorded), seed


def changed(t, way):
    y = way * 1
    y.mul_(2)
    kept = y.detach()
    y.add_(1)
    return kept, y.detach()


TWO = {
    "detached": lambda t, w: [(w * 1).detach()] * 2,
    "twice": lambda t, w: (lambda y: (y.detach(), y.data))(w * 1),
    "parameters": lambda t, w: (lambda y: (t.nn.Parameter(y), t.nn.Parameter(y)))(w * 1),
    "parts": lambda t, w: (lambda y: (y[:1].detach(), y.view(2, 1).detach()))(w * 1),
    "given": lambda t, w: (lambda y: (given(t, y), given(t, y)))(w * 1),
    "given parts": lambda t, w: (lambda y: (given(t, y[:1]), y.detach()))(w * 1),
    "of one of its own": lambda t, w: (lambda y: (y[:1].detach(), y))(w.detach() * 1),
    "changed before": changed,
}


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("made", TWO)
def test_two_that_a_function_gives_share_what_it_let_go(made, recorded, compiled):
    shown = []
    for t in (torch, tg):

        def step(w, t=t):
            return TWO[made](t, w)

        run, found = tg.compile(step) if compiled and t is tg else step, []
        for _i in range(3):
            a, b = run(t.ones(2, requires_grad=recorded))
            with t.no_grad():
                a.add_(1)
                found.append((a.tolist(), b.tolist()))
                b.mul_(3)
                found.append((a.tolist(), b.tolist()))
        shown.append(found)
    assert shown[0] == shown[1]


@pytest.mark.parametrize("what", [lambda y: y, lambda y: y[:1], lambda y: y.detach(), lambda y: y.view(2, 1)[0]])
def test_a_compiled_step_does_not_return_what_it_gives_a_tensor(what):
    def step(x):
        y = x * 2
        x.data = y
        return what(y)

    def shown(run):
        found = []
        for _i in range(3):
            x = tg.ones(2)
            run(x).add_(1)
            found.append(x.tolist())
        return found

    with pytest.warns(CompileWarning, match="views of one another, or of what it gives"):
        assert shown(tg.compile(step)) == shown(step)


def test_a_detached_tensor_keeps_no_record_and_no_second_array():
    w = tg.ones(2, requires_grad=True)
    y = w * 3
    kept = y.detach()
    del y
    assert kept.rare.storage.value is None
