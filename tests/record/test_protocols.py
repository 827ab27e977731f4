"""Tensors among other libraries: recorded where the meaning is the same, never stripped of a gradient without a word."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import tensor
from tinygrad_fr.errors import DataError, GradientError
from tinygrad_fr.handles.protocols import _UFUNCS


def takes(ufunc, kind):
    return any(types.startswith(f"{np.dtype(kind).char * ufunc.nin}->") for types in ufunc.types)


# Those of numbers: others are of dates.
UFUNCS = {
    value.__name__: value
    for value in vars(np).values()
    if isinstance(value, np.ufunc)
    and value.nout == 1
    and not value.signature
    and (takes(value, "d") or takes(value, "l"))
}


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_numpys_functions_are_recorded_as_they_are_or_refused(name):
    ufunc, draw = UFUNCS[name], np.random.default_rng(0)
    low, high = (0.1, 0.9) if name in ("arccos", "arcsin", "arctanh") else (1.2, 3.0)
    arrays = [draw.uniform(low, high, (2, 3)).astype("d" if takes(ufunc, "d") else "l") for _each in range(ufunc.nin)]
    tensors = [tensor(array, requires_grad=array.dtype.kind == "f") for array in arrays]
    try:
        found = ufunc(*tensors)
    except GradientError as error:
        assert str(error).startswith(f"np.{name}: ")  # noqa: PT017 - recorded or refused, both are right
        found = ufunc(*(array.detach() for array in tensors))
        assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found if isinstance(found, np.ndarray) else found.detach(), ufunc(*arrays))


def test_every_name_of_numpys_is_one():
    assert all(isinstance(getattr(np, name), np.ufunc) for name in _UFUNCS)


def test_an_array_and_a_tensor_make_a_recorded_tensor():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = np.float32([3.0, 4.0]) * x + np.exp(x) - np.float64(2)
    assert y.dtype == np.float32
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [3 + np.e, 4 + np.e**2], rtol=1e-6)
    assert isinstance(np.ones((2, 2), np.float32) @ x, tg.Tensor)
    assert (np.float32([1.5, 1.5]) < x).tolist() == [False, True]


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda x: np.cbrt(x), r"np\.cbrt: numpy would compute it outside the record"),
        (lambda x: np.add.reduce(x), r"np\.add\.reduce: numpy would compute it outside"),
        (lambda x: np.add(x, 1, out=np.zeros(2)), r"np\.add: numpy would compute it outside"),
        (lambda x: np.add(np.zeros(2), 1, out=x.detach()), r"np\.add: numpy cannot write into a tensor"),
        (lambda x: np.from_dlpack(x), "“x” .* requires a gradient, which would be lost"),
    ],
)
def test_a_gradient_is_not_lost_without_a_word(compute, message):
    x = tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(GradientError, match=message):
        compute(x)


def test_dlpack_goes_both_ways_without_a_copy():
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    array = np.from_dlpack(x)
    assert np.array_equal(array, x.numpy())
    x[0, 0] = 7.0
    assert array[0, 0] == 7
    source = np.arange(3.0)
    y = tg.from_dlpack(source)
    source[0] = 9
    assert y.tolist() == [9.0, 1.0, 2.0]
    assert x.__dlpack_device__() == (1, 0)


def test_a_copy_is_made_where_one_is_asked_for():
    x = tensor([1.0, 2.0])
    assert np.shares_memory(np.from_dlpack(x, copy=False), x.numpy())
    assert not np.shares_memory(np.from_dlpack(x, copy=True), x.numpy())


def test_what_offers_no_dlpack_is_refused():
    with pytest.raises(DataError, match="from_dlpack: "):
        tg.from_dlpack([1, 2])


def test_matplotlib_pandas_and_scikit_learn_take_tensors():
    import matplotlib

    matplotlib.use("agg")
    import pandas
    from matplotlib import pyplot
    from sklearn.linear_model import LinearRegression

    x = tensor(np.linspace(0, 1, 20).reshape(-1, 1))
    y = (2 * x + 1)[:, 0]
    figure, axes = pyplot.subplots()
    (line,) = axes.plot(x[:, 0], y)
    axes.bar(range(20), y)
    axes.imshow(x.reshape(4, 5))
    figure.canvas.draw()
    assert np.allclose(line.get_ydata(), y.numpy())
    pyplot.close(figure)
    frame = pandas.DataFrame({"y": np.asarray(y)})
    frame["x"] = pandas.Series(x[:, 0].numpy())
    assert np.isclose(frame["x"].mean(), 0.5)
    assert np.isclose(LinearRegression().fit(x, y).coef_[0], 2)
