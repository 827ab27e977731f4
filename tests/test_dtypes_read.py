"""However a dtype or a list of numbers is given, what is read of it is what reading it step by step gives."""

import itertools

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.errors import TinygradError
from tinygrad_fr.promotion.dtype import as_dtype, converted

NAMES = (
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "uint16",
    "uint32",
    "uint64",
)


@pytest.mark.parametrize("name", NAMES)
def test_one_dtype_has_many_names(name):
    kind = np.dtype(name)
    for given in (
        name,
        kind,
        kind.type,
        kind.newbyteorder(),
        np.dtype(name, metadata={"a": 1}),
        getattr(tg, name, kind),
    ):
        assert as_dtype(given) is kind
    method = {"int64": "long", "float64": "double", "float32": "float", "bool": "bool", "int32": "int"}.get(name)
    if method:
        x = tg.tensor([0.0, 2.5])
        assert getattr(x, method)().numpy().tobytes() == x.to(kind).numpy().tobytes() == x.to(name).numpy().tobytes()
        assert getattr(x.to(kind), method)().dtype == kind


@pytest.mark.parametrize("given", [complex, "words", None.__class__, [1], object(), np.dtype("M8[s]"), np.str_])
def test_what_is_no_dtype_of_numbers_is_refused(given):
    with pytest.raises(TinygradError):
        as_dtype(given)


@pytest.mark.parametrize("deep", [1, 2, 3])
def test_numbers_in_lists_have_the_dtype_of_the_widest(deep):
    parts = [
        (True, "bool"),
        (2, "int64"),
        (2.5, "float32"),
        (np.int8(3), "int8"),
        (np.float64(1), "float64"),
        (np.bool_(0), "bool"),
    ]
    order = ["bool", "int8", "int64", "float32", "float64"]
    for (one, first), (other, second) in itertools.product(parts, repeat=2):
        data = [one, other]
        for _each in range(deep - 1):
            data = [data, data]
        found = tg.tensor(data)
        assert found.dtype == np.dtype(max(first, second, key=order.index)), (one, other)
        assert found.reshape(-1).tolist()[:2] == [one, other]
        assert tg.tensor([[tg.tensor(0.5), one, other]]).tolist() == [[0.5, one, other]]


def test_a_number_becomes_an_element_as_numpy_rounds_it():
    numbers = (
        0,
        1,
        127,
        128,
        -1,
        255,
        65504,
        1e-8,
        0.1,
        -2.7,
        65503.9,
        65504.0,
        -65504.0,
        65505.0,
        1e30,
        float("inf"),
        True,
    )
    for kind, number in itertools.product(map(np.dtype, NAMES[:9]), numbers):
        if kind.kind == "f" and np.isfinite(number) and abs(number) > float(np.finfo(kind).max):
            continue  # which is refused
        if kind.kind in "iu" and not 0 <= number <= np.iinfo(kind).max:
            continue  # which wraps, or is refused
        found = converted(number, kind)
        assert found.dtype == kind
        assert found.tobytes() == np.array(number).astype(kind).tobytes(), (number, kind)
