"""Who has the elements of a tensor that was given others, again and again, and arrays of numpy's that show them, against PyTorch."""

import numpy as np
import pytest

from tests.oracle.lines import alike

GIVEN = {
    "data": lambda t, w, i: setattr(w, "data", t.full((2, 3), float(i))),
    "its own double": lambda _t, w, _i: setattr(w, "data", w.data * 2),
    "detached": lambda _t, w, _i: setattr(w, "data", w.detach().clone()),
    "a vector": lambda t, w, i: t.nn.utils.vector_to_parameters(t.arange(6.0) + i, [w]),
    "set_": lambda t, w, i: w.detach().set_(t.full((2, 3), float(i))) if i % 2 else w.data.set_(w.data + 1),
    "loaded": lambda t, w, i: t.nn.Module.load_state_dict(held(t, w), {"w": t.full((2, 3), float(i))}),
    "loaded by assignment": lambda t, w, i: held(t, w).load_state_dict({"w": t.full((2, 3), float(i))}, assign=True),
}
KEPT = {
    "a state": lambda _t, m: m.state_dict()["w"],
    "data": lambda _t, m: m.w.data,
    "a view": lambda _t, m: m.w.detach()[0],
    "an array": lambda t, m: t.from_numpy(m.w.detach().numpy()),
    "a view of data": lambda _t, m: m.w.data.t().reshape(-1)[1:],
}


def held(t, w):
    module = t.nn.Module()
    module.w = w
    return module


def given_often(t, _compiled, give):
    """What was kept before each of several changes, written to and read after all of them."""
    module = held(t, t.nn.Parameter(t.arange(6.0).reshape(2, 3)))
    kept, found = [], []
    for i in range(4):
        kept += [keep(t, module) for keep in KEPT.values()]
        GIVEN[give](t, module.w, i)
        with t.no_grad():
            module.w.add_(1)
        if i % 2:
            kept[0].mul_(2)
        found += [x.clone() for x in kept] + [module.w.detach().clone()]
    (module.w * 2).sum().backward()
    return found, [x.clone() for x in kept], module.w.grad


def written_by_numpy(t, _compiled):
    """An array of an expanded tensor that repeats nothing may be written to."""
    found = []
    for shape in ((2, 3), (-1, -1), (2, -1)):
        x = t.arange(6.0).reshape(2, 3)
        array = x.expand(*shape).numpy()
        array[0, 1] = 9
        y = x.expand_as(x)
        y.detach().numpy()[1] = -1
        y.clamp_(min=0.5)
        found += [x, y, array]
    return [each if hasattr(each, "dtype") and hasattr(each, "clone") else each.tolist() for each in found]


@pytest.mark.parametrize("give", GIVEN)
def test_elements_that_were_kept_stay(give):
    alike(given_often, give)


def test_an_expanded_tensor_is_written_by_numpy():
    alike(written_by_numpy)


def viewed(t, _compiled):
    """What does not lie row after row has no view of another shape, whoever made it; a diagonal may be written to by numpy."""
    made = {
        "array": lambda: t.from_numpy(np.arange(6.0).reshape(2, 3).T),
        "result": lambda: t.arange(6.0).reshape(2, 3).t() * 2,
        "copy": lambda: t.arange(6.0).reshape(2, 3).t().clone(),
        "like": lambda: t.zeros_like(t.ones(2, 3).t()),
        "turned": lambda: t.arange(6.0).reshape(2, 3).clone().transpose_(0, 1),
        "contiguous": lambda: t.arange(6.0).reshape(2, 3).t().contiguous(),
        "part": lambda: t.arange(12.0).reshape(2, 6)[:, ::2].t(),
        "parameter": lambda: t.nn.Parameter(t.arange(6.0).reshape(2, 3).t()),
    }
    found = []
    for make in made.values():
        for shape in ((-1,), (3, 2, 1), (1, 3, 2), (6, 1), (2, 3)):
            x = make()
            try:
                found += [x.view(*shape).detach(), x.view_as(t.zeros(x.view(*shape).shape)).detach()]
            except RuntimeError:
                found.append("refused")
    x = t.arange(9.0).reshape(3, 3)
    x.diagonal().numpy()[0] = 7
    x.diagonal(1).detach().numpy()[:] = -1
    return found, x


def test_views_of_what_lies_otherwise():
    alike(viewed)
