"""What a contract says of arrays: the check that is written out finds the faults that are found slowly, and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinygrad_fr.errors import DtypeError, RangeError, ShapeError, TinygradError
from tinygrad_fr.kernels.runtime.contract import Contract, contract

TEXT = "w: _ I; h: *N H; w: 2*H I; b?: 2*H; x: *N I; int index[H]: n; any mask: n _; ~saved.1: n H"
NAMES = ("x", "h", "w", "b", "index", "mask", "saved")


def right(lead=(3,), hidden=2, features=4, n=5, dtype=np.float32):
    return {
        "x": np.zeros((*lead, features), dtype),
        "h": np.zeros((*lead, hidden), dtype),
        "w": np.zeros((2 * hidden, features), dtype),
        "b": np.zeros(2 * hidden, dtype),
        "index": np.arange(n) % max(hidden, 1) if hidden else np.zeros(n, int)[:0],
        "mask": np.zeros((n, 3), bool),
        "saved": (None, np.zeros((n, 2 * hidden), dtype)[:, ::2]),
    }


def test_what_fits_is_accepted():
    check = Contract(TEXT, NAMES, "thing")
    for lead in ((), (3,), (2, 3), (0,)):
        check(*right(lead).values())
    check(*{**right(), "b": None}.values())
    check(*right(dtype=np.float64).values())


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"w": np.zeros((5, 4), np.float32)}, ShapeError, "expected shape (4, 4) for w, got (5, 4)"),
        ({"x": np.zeros((4, 4), np.float32)}, ShapeError, "thing: expected shape (3, 4) for x, got (4, 4)"),
        ({"b": np.zeros((4, 1), np.float32)}, ShapeError, "expected shape (4,) for b, got (4, 1)"),
        ({"b": [0.0] * 4}, ShapeError, "expected an array for b, got list"),
        ({"x": None}, ShapeError, "expected an array for x, got NoneType"),
        ({"saved": None}, ShapeError, "expected an array for saved[1], got NoneType"),
        ({"saved": (1,)}, ShapeError, "expected an array for saved[1], got tuple"),
        ({"h": np.zeros((3, 2))}, DtypeError, "expected float32 for h, got float64"),
        ({"w": np.zeros((4, 4), np.float16)}, DtypeError, "expected float32, float64 for w, got float16"),
        ({"w": np.zeros((4, 4), ">f4")}, DtypeError, "for w, got >f4"),
        ({"index": np.zeros(5, bool)}, DtypeError, "expected int for index, got bool"),
        ({"index": np.array([0, 1, 2, 0, 0])}, RangeError, "expected numbers from 0 to 1 for index, got 2"),
        ({"index": np.array([0, 1, -1, 0, 0], np.int32)}, RangeError, "expected numbers from 0 to 1 for index, got -1"),
        ({"x": np.zeros((4, 3), np.float32).T}, ShapeError, "expected numbers without gaps between them for x"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(changed, error, said):
    check = Contract(TEXT, NAMES, "thing")
    with pytest.raises(error) as caught:
        check(*{**right(), **changed}.values())
    assert said in str(caught.value)
    assert caught.value.__cause__ is None


side = st.integers(0, 3)
dtypes = st.sampled_from([np.float32, np.float32, np.float32, np.float64, np.int64, bool, np.float16])


@st.composite
def arrays(draw):
    """Arrays that fit in most of their sides."""
    hidden, features, n, lead = draw(side), draw(side), draw(side), draw(st.lists(side, max_size=2))

    def made(*shape):
        shape = [draw(side) if draw(st.integers(0, 9)) == 0 else own for own in shape]
        if draw(st.integers(0, 19)) == 0:
            shape = draw(st.permutations(shape)) + [1] * draw(st.integers(0, 1))
        array = np.ones(shape, np.float32)
        changed = draw(st.integers(0, 19))
        if changed == 0:
            array = array.astype(draw(dtypes))
        return array[..., ::-1] if changed == 1 and shape else array

    index = draw(st.lists(st.integers(0, hidden - 1), min_size=n, max_size=n)) if hidden else []
    if draw(st.integers(0, 9)) == 0:
        index = [*index, draw(st.integers(-2, 4))]
    return {
        "x": made(*lead, features),
        "h": made(*lead, hidden),
        "w": made(2 * hidden, features),
        "b": None if draw(st.booleans()) else made(2 * hidden),
        "index": np.array(index, np.int64),
        "mask": np.ones((len(index), 2)),
        "saved": (None, made(len(index), hidden)),
    }


@given(arrays())
def test_the_written_check_and_the_slow_one_agree(drawn):
    check = Contract(TEXT, NAMES, "thing")
    fault = check.fault(drawn)
    if fault is None:
        check(*drawn.values())
        return
    with pytest.raises(TinygradError) as caught:
        check(*drawn.values())
    assert type(fault) is type(caught.value)
    assert str(fault) == str(caught.value)
    assert "expected" in str(fault)


def test_a_contracted_function_is_called_with_what_it_was_given():
    calls = []

    @contract("x: n; y?: n")
    def both(x, y, scale):
        """Docs."""
        calls.append(scale)
        return scale

    assert both(np.ones(2), None, 3) == 3
    assert both.__doc__ == "Docs."
    assert both.__name__ == "both"
    with pytest.raises(ShapeError, match=r"both: expected shape \(2,\) for y, got \(3,\)"):
        both(np.ones(2), np.ones(3), 4)
    assert calls == [3]


def test_a_contract_that_means_nothing_is_refused_where_it_is_said():
    for text, names in (
        ("x: n; y: n", ("x",)),
        ("x: n; y?: m", ("x", "y")),
        ("x: y; y: n", ("x", "y")),
        ("x: 2*n", ("x",)),
        ("x y: n", ("x", "y")),
    ):
        with pytest.raises(ValueError, match=r"no argument|cannot say|is an array|nothing says"):
            Contract(text, names, "thing")
    with pytest.raises(ValueError, match="no default"):

        @contract("x: n")
        def _defaulted(x, y=1):
            return x


def _frozen(numbers):
    array = np.array(numbers)
    array.flags.writeable = False
    return array


def test_tables_are_looked_at_again_wherever_their_numbers_or_the_shapes_may_be_others():
    @contract("x: n; int table[n]: k", tables=("table",))
    def picked(x, table):
        return x[table]

    whole = np.array([0, 1, 2])
    part = whole[:2]  # a view that may not be written to itself
    part.flags.writeable = False
    kept = _frozen([0, 5])
    for _time in range(2):
        assert picked(np.ones(2), part).shape == (2,)
        assert picked(np.ones(6), kept).shape == (2,)
        for x in (np.ones(5), np.ones((6, 1)), np.ones(6, np.float16), np.ones(12)[::2], None):
            with pytest.raises(TinygradError):
                picked(x, kept)
    whole[0] = 7
    with pytest.raises(RangeError):
        picked(np.ones(2), part)
    for last in range(1, 400):  # tables that take the places of others in memory
        assert picked(np.ones(last), _frozen([last - 1])).shape == (1,)
        with pytest.raises(RangeError):
            picked(np.ones(last), _frozen([last]))
