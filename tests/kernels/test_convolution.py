"""The fast convolutions and poolings of images equal the plain ones, whatever the sizes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinygrad_fr import tensor
from tinygrad_fr.kernels.images import convolution as fast
from tinygrad_fr.nn import functional as F
from tinygrad_fr.ops.definition import registry
from tinygrad_fr.ops.spatial import conv
from tinygrad_fr.ops.spatial import convolution as plain
from tinygrad_fr.ops.spatial.sides import output_sides

two = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def problems(draw):
    kernel, stride, dilation = draw(two), draw(two), draw(two)
    padding = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    sides = tuple(d * (k - 1) + 1 + draw(st.integers(0, 9)) for k, d in zip(kernel, dilation, strict=True))
    n, c, o = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    x, w = (chance.integers(-8, 9, shape).astype(dtype) for shape in ((n, c, *sides), (o, c, *kernel)))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation}


@st.composite
def straight_problems(draw):
    """Filters that the direct way serves, whatever the padding and the number of channels."""
    n, c, o = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(1, 18))
    kernel, stride = draw(st.tuples(st.integers(1, 5), st.integers(1, 5))), draw(st.just((1, 1)) | two)
    dilation = draw(two) if stride == (1, 1) else (1, 1)
    reach = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    padding = tuple(draw(st.integers(0, r)) for r in reach)
    sides = tuple(8 * s + r + draw(st.integers(0, 6)) for r, s in zip(reach, stride, strict=True))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    chance = np.random.default_rng(draw(st.integers(0, 99)))
    x, w = (chance.integers(-8, 9, shape).astype(dtype) for shape in ((n, c, *sides), (o, c, *kernel)))
    return x, w, {"stride": stride, "padding": padding, "dilation": dilation}


@pytest.mark.long
@pytest.mark.parametrize("least", [1, fast.LEAST])
@settings(max_examples=300, deadline=None)
@given(problem=problems() | straight_problems())
def test_the_three_convolutions_equal_the_plain_ones(least, problem):
    """Small integers, so that sums are exact in any order and nothing but equality will do."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fast, "LEAST", least)
        compare(*problem)


def compare(x, w, how):
    kernel, sides = w.shape[2:], x.shape[2:]
    out = output_sides(sides, kernel, *how.values())
    columns = plain._columns(x, kernel, out, *how.values(), 1)
    y = (w.reshape(1, len(w), -1) @ columns).reshape(len(x), len(w), *out)
    assert np.array_equal(fast.convolve(x, w, out, **how, bias=None), y)
    # Its transposes, by what defines them: ⟨conv(x, w), g⟩ = ⟨x, to_input(g, w)⟩ = ⟨w, to_weight(x, g)⟩.
    g = np.random.default_rng(0).integers(-8, 9, y.shape).astype(x.dtype)
    product = np.sum(y * g)
    assert np.sum(x * fast.to_input(g, w, sides, **how)) == product
    assert np.sum(w * fast.to_weight(x, g, kernel, **how)) == product
    assert fast.to_input(g, w, sides, **how).shape == x.shape


@settings(max_examples=300, deadline=None)
@given(problems(), st.booleans())
def test_a_layer_equals_its_equations_forward_and_backward(problem, biased):
    x, w, how = problem
    bias = np.arange(len(w), dtype=x.dtype) if biased else None
    leaves = [tensor(a, requires_grad=True) for a in (x, w, bias) if a is not None]
    y = F.conv2d(*leaves, **how)
    g = np.random.default_rng(1).integers(-3, 4, y.shape).astype(x.dtype)
    (y * tensor(g)).sum().backward()
    again = [tensor(a, requires_grad=True) for a in (x, w, bias) if a is not None]
    z = conv._convolve(2, again[0], again[1], again[2] if biased else None, *how.values(), 1)
    (z * tensor(g)).sum().backward()
    assert np.array_equal(y.detach().numpy(), z.detach().numpy())
    for a, b in zip(leaves, again, strict=True):
        assert np.array_equal(np.asarray(a.grad), np.asarray(b.grad))


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(
    problems(),
    st.booleans(),
    st.booleans(),
    st.sampled_from([np.float16, np.float32, np.float64]),
    st.sampled_from([1, 2]),
)
def test_poolings_equal_their_equations(problem, ceil, holes, dtype, n):
    x, w, how = problem
    how = {key: value[-n:] for key, value in how.items()}
    kernel, stride = w.shape[-n:], how["stride"]
    padding = tuple(min(p, k // 2) for p, k in zip(how["padding"], kernel, strict=True))
    x = x.astype(dtype) if n == 2 else x[:, 0].astype(dtype)
    if holes:
        x[(0,) * x.ndim] = np.nan
    for name, more in (
        (f"max_pool{n}d_with_indices", {"dilation": how["dilation"]}),
        (f"avg_pool{n}d", {"count_include_pad": holes, "divisor_override": None}),
    ):
        attrs = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil, **more}
        leaf = tensor(x, requires_grad=True)
        found = registry[name](leaf, **attrs)
        again = tensor(x, requires_grad=True)
        expected = registry[name].equations(again, **attrs)
        values, others = (found[0], expected[0]) if isinstance(found, tuple) else (found, expected)
        tolerance = 1e-3 if dtype == np.float16 else 1e-6
        np.testing.assert_allclose(values.detach().numpy(), others.detach().numpy(), rtol=tolerance)
        if isinstance(found, tuple):
            assert np.array_equal(np.asarray(found[1]), np.asarray(expected[1]))
        g = tensor(np.random.default_rng(2).integers(-3, 4, values.shape).astype(dtype))
        (values * g).sum().backward()
        (others * g).sum().backward()
        np.testing.assert_allclose(np.asarray(leaf.grad), np.asarray(again.grad), rtol=tolerance, atol=1e-3)


@pytest.mark.parametrize("shape", [(0, 1, 4, 4), (2, 0, 4, 4), (0, 1, 4), (2, 0, 4)])
def test_no_images_or_no_channels(shape):
    y = (F.max_pool2d if len(shape) == 4 else F.max_pool1d)(tensor(np.zeros(shape, np.float32)), 2)
    assert y.shape == (*shape[:2], *(2,) * (len(shape) - 2))


@pytest.mark.parametrize("stride", [4, 40, 10**9, 10**15])
@pytest.mark.parametrize("kernel", [1, 3])
def test_windows_further_apart_than_the_image_is_long(kernel, stride):
    """One window alone is read, in no time that grows with the stride; nothing is sent to the rest of the image."""
    x = tensor(np.random.default_rng(0).normal(size=(2, 2, 12, 12)), requires_grad=True)
    w = tensor(np.random.default_rng(1).normal(size=(3, 2, kernel, kernel)), requires_grad=True)
    first = F.conv2d(x, w, stride=stride)[:, :, 0, 0]
    first.sum().backward()
    window = x.detach().numpy()[:, :, :kernel, :kernel]
    sent = np.zeros(x.shape)
    sent[:, :, :kernel, :kernel] = w.detach().numpy().sum(0)
    np.testing.assert_allclose(first.detach().numpy(), np.einsum("ncij,ocij->no", window, w.detach().numpy()))
    np.testing.assert_allclose(x.grad.numpy(), sent)
    np.testing.assert_allclose(w.grad.numpy(), np.broadcast_to(window.sum(0), w.shape))
