"""Who has the elements of a tensor that was given others, again and again, and arrays of numpy's that show them, against PyTorch."""

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
