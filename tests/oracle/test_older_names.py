"""PyTorch's names that older programs use: shapes changed in place, Variable, hooks, distances, random slopes."""

import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

ENGINES = (tg, torch)


def array(x):
    return None if x is None else np.asarray(x.detach().numpy()).tolist()


def both(program):
    """What a program gives in each engine: values, or that it was refused."""
    found = []
    for m in ENGINES:
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                found.append((program(m), sorted({w.category.__name__ for w in told})))
            except (RuntimeError, IndexError):
                found.append("refused")
    return found


def base(m, recorded=False):
    x = m.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]], dtype=m.float64, requires_grad=recorded)
    return x


TURNS = {
    "t_": lambda x: x[:, 0].clone().t_(),
    "transpose_": lambda x: x.clone().transpose_(0, 2),
    "swapaxes_": lambda x: x.clone().swapaxes_(0, -1),
    "swapdims_": lambda x: x.clone().swapdims_(1, 2),
    "squeeze_": lambda x: x.clone().squeeze_(),
    "squeeze_ of one": lambda x: x.clone().squeeze_(1),
    "squeeze_ of none": lambda x: x.clone().squeeze_(0),
    "unsqueeze_": lambda x: x.clone().unsqueeze_(-1),
    "one after the other": lambda x: x.clone().unsqueeze_(0).transpose_(0, 3).squeeze_(),
    "of a view": lambda x: (lambda y: y[0].transpose_(0, 1))(x.clone()),
    "out of range": lambda x: x.clone().transpose_(0, 5),
}


@pytest.mark.parametrize("name", TURNS)
@pytest.mark.parametrize("recorded", [False, True])
def test_shapes_in_place(name, recorded):
    def program(m):
        x = base(m, recorded)
        y = TURNS[name](x * 2)
        told = [array(y), tuple(y.shape)]
        if recorded:
            (g,) = m.autograd.grad((y * y).sum(), x, create_graph=True)
            (h,) = m.autograd.grad((g * g).sum(), x)
            told += [array(g), array(h)]
        return told

    mine, theirs = both(program)
    assert mine == theirs


def through_a_view(m):
    x = m.zeros(2, 3)
    y = x[:, 1:]
    y.t_()
    y[0] = 7.0
    x[1, 2] = 9.0
    return array(x), array(y)


def chained(m):
    x = m.zeros(2, 3)
    y = x[0]
    y.unsqueeze_(0)
    z = y[0]
    z += 1
    y.squeeze_()
    return array(x), array(y), array(z)


def a_leaf(m):
    w = base(m, True)
    w.squeeze_()
    return array(w)


def a_leaf_unrecorded(m):
    w = base(m, True)
    with m.no_grad():
        w.squeeze_()
    (w * w).sum().backward()
    return array(w), array(w.grad), w.is_leaf, w.requires_grad


def a_view_of_a_leaf(m):
    w = base(m, True)
    v = w[0]
    v.t_()
    return array(v)


def written_after(m):
    x = base(m, True)
    y = (x * 3).squeeze(1).clone()
    y.t_()
    y[0] = 0.0
    y *= 2
    (g,) = m.autograd.grad((y * y).sum(), x)
    return array(y), array(g)


def one_of_several(m):
    x = base(m, True) * 1
    a, _b = x.unbind(0)
    a.t_()
    return array(a)


@pytest.mark.parametrize(
    "program", [through_a_view, chained, a_leaf, a_leaf_unrecorded, a_view_of_a_leaf, written_after, one_of_several]
)
def test_what_is_turned_in_place(program):
    mine, theirs = both(program)
    assert mine == theirs


def test_a_base_of_views_is_not_turned():
    x = tg.zeros(2, 3)
    y = x[0]
    with pytest.raises(tg.errors.DataError, match="shares its elements"):
        x.t_()
    shared = np.zeros((2, 2))
    with pytest.raises(tg.errors.DataError, match="shares its elements"):
        tg.from_numpy(shared).t_()
    assert x.shape == (2, 3)
    assert y.shape == (3,)


def test_functions_of_changes_in_place():
    for name in ("sin_", "relu_", "exp_", "sigmoid_", "sqrt_", "neg_", "abs_", "round_", "tanh_"):
        mine, theirs = both(lambda m, name=name: array(getattr(m, name)(m.tensor([0.5, 1.5], dtype=m.float64))))
        assert np.allclose(mine[0], theirs[0])


def test_a_volatile_variable_is_a_variable():
    def program(m):
        x = m.autograd.Variable(m.ones(2), volatile=True)
        return array(x), x.requires_grad

    mine, theirs = both(program)
    assert mine == theirs
    assert mine[1] == ["UserWarning"]


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, float("inf")])
def test_pdist(p):
    def program(m):
        x = m.tensor(np.random.default_rng(0).normal(size=(5, 3)), requires_grad=True)
        y = m.pdist(x, p)
        (g,) = m.autograd.grad((y * m.arange(10, dtype=m.float64)).sum(), x)
        return [array(each) for each in (y, g, m.nn.functional.pdist(x.detach()))]

    (mine, _), (theirs, _) = both(program)
    for a, b in zip(mine, theirs, strict=True):
        assert np.allclose(a, b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (2, 0)])
def test_pdist_of_little(shape):
    mine, theirs = both(lambda m: array(m.pdist(m.zeros(*shape))))
    assert mine == theirs


@pytest.mark.parametrize("shape", [(3,), (2, 3, 3)])
def test_pdist_of_no_matrix(shape):
    assert both(lambda m: array(m.pdist(m.zeros(*shape)))) == ["refused", "refused"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (7,), (4, 9), (0,)])
def test_random_slopes(dtype, shape):
    """The same seed gives the same slopes, below 0 alone."""

    def program(m):
        m.manual_seed(3)
        x = m.tensor(np.random.default_rng(1).normal(size=shape).astype(dtype), requires_grad=True)
        y = m.nn.functional.rrelu(x, 0.1, 0.4, training=True)
        (g,) = m.autograd.grad(y.sum(), x)
        after = m.rand(2)
        return [array(each) for each in (y, g, after)]

    (mine, _), (theirs, _) = both(program)
    for a, b in zip(mine, theirs, strict=True):
        assert np.allclose(a, b, rtol=1e-6 if dtype == "float32" else 1e-15, atol=0)


def test_the_older_backward_hook():
    """Of a module of one operation it is PyTorch's; the warning tells what to use."""

    def program(m):
        seen = []
        layer = m.nn.Tanh()
        handle = layer.register_backward_hook(lambda module, sent, came: seen.append((array(sent[0]), array(came[0]))))
        x = m.tensor([0.5, -1.0], dtype=m.float64, requires_grad=True)
        layer(x).sum().backward()
        handle.remove()
        layer(x).sum().backward()
        return seen

    (mine, told), (theirs, _) = both(program)
    assert np.allclose(mine, theirs)
    assert told == ["FutureWarning"]


@pytest.mark.parametrize("wrap", [False, True])
@pytest.mark.parametrize("sides", [(5, 3), (7, 2), (2, 5), (3, 3), (4, 1), (1, 4), (0, 3), (3, 0), (6, 3), (4, 3)])
def test_a_diagonal_that_begins_anew(sides, wrap):
    ours, theirs = (m.zeros(sides).fill_diagonal_(1.0, wrap).tolist() for m in ENGINES)
    assert ours == theirs


def test_a_capsule_shares_its_elements():
    x = tg.arange(3.0)
    y = tg.from_dlpack(x.__dlpack__())
    y[0] = 9
    assert x.tolist() == [9, 1, 2]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("kind", ["torch.DoubleTensor", "DoubleTensor", "LongTensor", "Tensor", 3])
def test_a_default_type_is_one_of_floats(kind):
    """By the older type, or its name."""
    found = []
    for m in ENGINES:
        given = getattr(m, kind) if isinstance(kind, str) and "." not in kind else kind
        try:
            m.set_default_tensor_type(given)
            found.append(str(m.tensor([1.0]).dtype))
        except TypeError:
            found.append("refused")
        finally:
            m.set_default_dtype(m.float32)
    assert found[0] == found[1]
