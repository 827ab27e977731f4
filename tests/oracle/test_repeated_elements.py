"""A write to elements that a view shows several times reaches all of them, through ``detach()`` and ``data`` too, as in PyTorch."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

VIEWS = {
    "expanded": lambda t: t.arange(2.0).reshape(2, 1).expand(2, 3),
    "windows": lambda t: t.arange(5.0).unfold(0, 3, 1)[:2],
    "strided": lambda t: t.arange(5.0).as_strided((2, 3), (1, 1)),
    "twice": lambda t: t.arange(2.0).reshape(2, 1).expand(2, 3).transpose(0, 1).detach().T,
}
AS = {
    "itself": lambda x: x,
    "detached": lambda x: x.detach(),
    "data": lambda x: x.data,
    "of it": lambda x: x.detach()[:],
}


def element(t, x):
    x[1, 2] = 9.0


def column(t, x):
    x[:, 1] = t.tensor([8.0, 7.0])


def added(t, x):
    x[:, 1].add_(0.5)


def masked(t, x):
    x[t.tensor([[False, True, False], [False, False, False]])] = 9.0


def chosen(t, x):
    x[:, t.tensor([1])] = 9.0


def filled(t, x):
    x.fill_(float("nan"))
    x[0, 0] = 1.0


def negated(t, x):
    x.zero_()
    x[0, 1] = -0.0


WRITES = (element, column, added, masked, chosen, filled, negated)


@pytest.mark.filterwarnings("ignore:Use of")
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("how", AS)
@pytest.mark.parametrize("write", WRITES)
def test_every_place_shows_what_was_written(view, how, write):
    shown = []
    for t in (torch, tg):
        x = VIEWS[view](t)
        held = AS[how](x)
        write(t, held)
        shown.append([str(each.tolist()) for each in (x, held, 1 / x)])
    assert shown[1] == shown[0]


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
@pytest.mark.parametrize("how", ["detached", "data"])
@pytest.mark.parametrize("write", [lambda x: x.add_(1), lambda x: x.copy_(x + 1), lambda x: x.mul_(x)])
def test_arithmetic_on_repeated_elements_is_refused_by_a_compiled_step_too(how, write):
    def step(x):
        write(AS[how](x))
        return x * 1

    for run in (step, tg.compile(step)):
        x = tg.zeros(1).expand(3)
        for _i in range(2):
            with pytest.raises(RuntimeError, match="more than once"):
                run(x)
        assert x.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
def test_a_compiled_step_writes_one_of_repeated_elements():
    @tg.compile
    def step(x):
        x.detach()[0] = 5.0
        return x * 1

    for _i in range(3):
        assert step(tg.zeros(1).expand(3)).tolist() == [5.0, 5.0, 5.0]


OF_NUMPY = {
    "expanded": lambda t, a: t.from_numpy(a).expand(2, 6),
    "windows": lambda t, a: t.from_numpy(a).unfold(0, 3, 1),
    "apart": lambda t, a: t.from_numpy(a).unfold(0, 2, 2),
    "strided": lambda t, a: t.from_numpy(a).as_strided((2, 2), (1, 1)),
    "exchanged": lambda t, a: t.from_dlpack(t.from_numpy(a).expand(2, 6)),
}


def one(t, x):
    x[0, 1] = 7.0


def by_numpy(t, x):
    x.numpy()[1, 1] = 9.0


def zeroed(t, x):
    x.detach().fill_(0.0)


@pytest.mark.filterwarnings("ignore:Use of")
@pytest.mark.parametrize("made", OF_NUMPY)
@pytest.mark.parametrize("how", ["itself", "detached"])
@pytest.mark.parametrize("write", [one, by_numpy, zeroed, chosen])
def test_memory_of_numpy_shows_what_was_written(made, how, write):
    shown = []
    for t in (torch, tg):
        a = np.arange(6.0)
        x = OF_NUMPY[made](t, a)
        held = AS[how](x)
        write(t, held)
        shown.append((a.tolist(), x.tolist(), held.tolist()))
    assert shown[0] == shown[1]


def test_what_is_apart_is_changed_by_arithmetic_through_detach():
    a = np.arange(6.0)
    x = tg.from_numpy(a).unfold(0, 2, 2)
    x.detach().mul_(2)
    assert a.tolist() == x.flatten().tolist() == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]


def test_an_array_that_may_not_be_written_to_stays_so_in_each_view():
    a = np.arange(6.0)
    a.flags.writeable = False
    for x in (tg.from_numpy(a), tg.from_numpy(a).unfold(0, 2, 1), tg.from_numpy(a).expand(2, 6)):
        assert not x.numpy().flags.writeable
