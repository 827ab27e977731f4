"""Dimensions exchanged, dropped and put in place, and numbers written where a view shows an element several times, against PyTorch."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

TURNS = {
    "transpose_": lambda x: x.transpose_(0, 2),
    "swapaxes_": lambda x: x.swapaxes_(0, 1),
    "swapdims_": lambda x: x.swapdims_(1, -1),
    "unsqueeze_": lambda x: x.unsqueeze_(1),
    "squeeze_": lambda x: x.squeeze_(),
    "twice": lambda x: x.transpose_(0, 1).transpose_(1, 2),
}
MADE = {
    "a result": lambda _t, w: w * 1,
    "a leaf": lambda _t, w: w.detach().clone(),
    "a view": lambda _t, w: (w * 1)[1:],
    "a view of a view": lambda _t, w: (w * 1).transpose(1, 2)[..., 0:2],
}
USES = {
    "a copy": lambda t, x: x.reshape(-1).mul_(2),
    "a view": lambda t, x: x.flatten(0, 0).add_(1),
    "as a product's": lambda t, x: (x * 2).reshape(-1).stride(),
    "drawn": lambda t, x: t.nn.functional.dropout(x, 0.5, inplace=True),
    "contiguous": lambda t, x: x.contiguous().sub_(1),
    "squared": lambda t, x: x.pow_(2),
}


def seen(package, result, w):
    """A tensor's elements and strides, and its first and second derivative."""
    found = [result.detach().numpy().copy(), [s for s, n in zip(result.stride(), result.shape, strict=True) if n > 1]]
    found.append(result.requires_grad)
    if result.requires_grad:
        (first,) = package.autograd.grad((result**3).sum(), w, create_graph=True)
        found += [first.detach().numpy(), package.autograd.grad((first**2).sum(), w)[0].numpy()]
    return found


def same(theirs, ours):
    return len(theirs) == len(ours) and all(
        np.allclose(a, b, 1e-9, 1e-12) if isinstance(a, np.ndarray) else a == b
        for a, b in zip(theirs, ours, strict=True)
    )


@pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning")
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("compiled", [False, True])
def test_the_elements_stay_where_they_lie(made, use, compiled):
    for name, turn in TURNS.items():
        for recorded in (
            True,
            made == "a result",
        ):  # where PyTorch takes the gradient of a base for that of what was turned
            found = []
            for package in (torch, tg):
                package.manual_seed(0)
                w = (package.arange(24.0, dtype=package.float64).reshape(3, 4, 2) / 7 - 1).requires_grad_()

                def step(w, package=package, turn=turn, recorded=recorded):
                    x = MADE[made](package, w)
                    with package.set_grad_enabled(recorded or x.dim() < 3):
                        turn(x)
                    USES[use](package, x)
                    return x

                run = tg.compile(step) if compiled and package is tg else step
                found.append(seen(package, run(w), w))
            assert same(*found), (name, recorded, found)


def test_a_view_that_is_turned_unrecorded_keeps_its_gradient():
    for name, turn in TURNS.items():
        found = []
        for package in (torch, tg):
            w = (package.arange(24.0, dtype=package.float64).reshape(3, 4, 2) / 7 - 1).requires_grad_()
            x = (w * 2)[:, 1:3]
            with package.no_grad():
                turn(x)
            found.append(seen(package, x, w))
        assert same(*found), (name, found)


VIEWS = {
    "squeeze": lambda x: x.squeeze(),
    "squeeze 1": lambda x: x.squeeze(1),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "flatten": lambda x: x.flatten(),
    "flatten 1": lambda x: x.flatten(1),
    "view": lambda x: x.view(-1),
    "reshape": lambda x: x.reshape(-1, 1),
    "unflatten": lambda x: x.unflatten(0, (1, -1)),
    "narrow": lambda x: x.narrow(0, 0, 1),
    "select": lambda x: x.select(1, 0),
    "transpose": lambda x: x.transpose(0, 1),
    "movedim": lambda x: x.movedim(0, -1),
    "mT": lambda x: x.mT,
    "chunk": lambda x: x.chunk(2)[0],
    "unbind": lambda x: x.unbind(1)[0],
    "split": lambda x: x.split(1)[0],
    "diagonal": lambda x: x.diagonal(),
    "index": lambda x: x[0],
    "expand": lambda x: x.expand(2, -1, -1, -1),
}


def test_what_a_view_is_made_by_is_learned_of_the_shape_that_it_was_made_of():
    """A plan that is learned of a tensor that was turned is none for the shape that it had before."""
    for number, (view, read) in enumerate(VIEWS.items()):
        for count, turn in enumerate(("transpose_", "swapaxes_", "swapdims_")):
            shape = (number + 31, 1, count + 3)  # of this case alone, so that nothing is known of it
            for kind in ("result", "leaf"):
                fresh = []
                for package in (torch, tg):
                    w = package.zeros(shape, requires_grad=kind == "result")
                    x = w * 1 if kind == "result" else w
                    getattr(x, turn)(0, 2)
                    if view not in ("view", "flatten"):  # of PyTorch's, which cannot be views of it
                        read(x)
                    x.reshape(-1)
                    fresh.append(tuple(read(package.zeros(shape)).shape))
                assert fresh[0] == fresh[1], (view, turn, kind)


REPEATED = {
    "expand": lambda x: x.expand(2, 3, 4),
    "windows of rows": lambda x: x.unfold(0, 2, 1),
    "windows of columns": lambda x: x.unfold(1, 2, 1),
    "windows of windows": lambda x: x.unfold(0, 2, 1).unfold(1, 3, 1),
    "as_strided": lambda x: x.as_strided((2, 3), (1, 1)),
    "a row of windows": lambda x: x.unfold(1, 3, 1)[1],
    "windows apart": lambda x: x.unfold(1, 2, 2),
}
WRITTEN = {
    "fill_": lambda t, v: v.fill_(2.0),
    "zero_": lambda t, v: v.zero_(),
    "masked_fill_": lambda t, v: v.masked_fill_(v > 0.5, -1.0),
    "mask": lambda t, v: v.__setitem__(v > 0.3, 3.0),
}


@pytest.mark.filterwarnings("ignore:Use of")
@pytest.mark.parametrize("kind", REPEATED)
@pytest.mark.parametrize("write", WRITTEN)
def test_a_number_written_where_elements_repeat(kind, write):
    found = []
    for package in (torch, tg):
        w = ((package.arange(1.0, 13, dtype=package.float64).reshape(3, 4) * 0.37) % 2 - 0.5).requires_grad_()
        x = w * 1
        v = REPEATED[kind](x)
        WRITTEN[write](package, v)
        if package is tg:
            derivatives = first_and_second(tg, x, v, w)
        else:  # PyTorch's own second derivative counts what repeats twice
            chosen = torch.where(x != w, x.detach(), w)
            derivatives = first_and_second(torch, chosen, REPEATED[kind](chosen), w)
            if kind != "expand":  # whose gradient it refuses
                (first,) = torch.autograd.grad((v**3).sum() + (x**3).sum(), w)
                assert np.allclose(first.numpy(), derivatives[0])
        found.append([x.detach().numpy(), v.detach().numpy(), *derivatives])
    assert same(*found), found


def first_and_second(package, x, v, w):
    (first,) = package.autograd.grad((v**3).sum() + (x**3).sum(), w, create_graph=True)
    return first.detach().numpy(), package.autograd.grad((first**2).sum(), w)[0].numpy()


@pytest.mark.parametrize("turn", ["swapaxes_", "transpose_"])
def test_elements_in_memory_are_shared_after_a_dimension_of_one_element_came(turn):
    found = []
    for package in (torch, tg):
        x = package.arange(8.0).reshape(2, 2, 2).requires_grad_() * 1
        with package.no_grad():
            getattr(x, turn)(0, 1)
        x.unsqueeze_(0)
        part = package.as_strided(x, (3,), (2,))
        part.index_copy_(0, package.tensor([0]), package.tensor([9.0]))
        array = part.detach().numpy()
        array[1] = -5
        found.append([x.detach().numpy(), part.detach().numpy()])
    assert same(*found), found
