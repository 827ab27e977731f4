"""``out=`` of the functions that make tensors, and tensors on the elements of what is given, are PyTorch's."""

import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

MADE = {
    "arange": lambda t, o: t.arange(2, out=o),
    "arange of floats": lambda t, o: t.arange(0.0, 1.0, 0.5, out=o),
    "zeros": lambda t, o: t.zeros(2, out=o),
    "ones": lambda t, o: t.ones((2,), out=o),
    "full": lambda t, o: t.full((2,), 3.0, out=o),
    "eye": lambda t, o: t.eye(2, out=o),
    "linspace": lambda t, o: t.linspace(0, 1, 2, out=o),
    "logspace": lambda t, o: t.logspace(0, 1, 2, out=o),
    "rand": lambda t, o: t.rand(2, out=o),
    "randn": lambda t, o: t.randn(20, out=o),
    "randint": lambda t, o: t.randint(5, (2,), out=o),
    "randperm": lambda t, o: t.randperm(2, out=o),
    "normal": lambda t, o: t.normal(0.0, 1.0, (2,), out=o),
    "bernoulli": lambda t, o: t.bernoulli(t.full((2,), 0.5), out=o),
    "multinomial": lambda t, o: t.multinomial(t.ones(3), 2, out=o),
    "sum": lambda t, o: t.sum(t.ones(2, 2) * 1.7, 0, out=o),
    "prod": lambda t, o: t.prod(t.ones(2, 2) * 1.7, 0, out=o),
    "cumsum": lambda t, o: t.cumsum(t.ones(2) * 1.7, 0, out=o),
    "mean": lambda t, o: t.mean(t.arange(4.0).reshape(2, 2), 0, out=o),
    "std": lambda t, o: t.std(t.arange(4.0).reshape(2, 2), 0, out=o),
    "ones that require a gradient": lambda t, o: t.ones(2, out=o.requires_grad_()),
}


@pytest.mark.parametrize("name", MADE)
def test_what_is_made_is_written_into_out(name):
    for dtype in ("float64", "float32", "float16", "int64"):
        for size in ((2,), (0,), (20,)):
            found = []
            for package in (torch, tg):
                package.manual_seed(0)
                out = package.zeros(size, dtype=getattr(package, dtype))
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    try:
                        result = MADE[name](package, out)
                    except (RuntimeError, TypeError, ValueError) as error:
                        found.append(error)
                        continue
                assert result is out
                found.append((str(out.dtype), tuple(out.shape), out.detach().numpy()))
            theirs, ours = found
            if isinstance(ours, Exception):
                assert isinstance(theirs, Exception) or (name, dtype) in {
                    ("bernoulli", d) for d in ("float64", "float16", "int64")
                }, (dtype, size, found)
            else:
                assert not isinstance(theirs, Exception), (dtype, size, found)
                assert theirs[:2] == ours[:2], (dtype, size, found)
                assert np.allclose(theirs[2], ours[2], 1e-3 if dtype == "float16" else 1e-6), (dtype, size, found)


GIVEN = {
    "array": lambda _t: np.ones(4, np.float32),
    "array of doubles": lambda _t: np.ones(4),
    "part of an array": lambda _t: np.arange(8.0, dtype=np.float32)[::2],
    "buffer": lambda _t: bytearray(16),
    "tensor": lambda t: t.ones(4),
    "leaf": lambda t: t.ones(4, requires_grad=True),
    "result": lambda t: t.ones(4, requires_grad=True) * 2,
    "list": lambda _t: [1.0, 2.0],
    "number": lambda _t: 3,
}
ASKED = [
    {},
    {"dtype": "float32"},
    {"dtype": "float64"},
    {"copy": True},
    {"copy": False},
    {"copy": False, "dtype": "float64"},
    {"requires_grad": True},
    {"requires_grad": False},
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", GIVEN)
def test_asarray_shares_where_pytorchs_does(kind):
    for asked in ASKED:
        found = []
        for package in (torch, tg):
            given = GIVEN[kind](package)
            options = {key: getattr(package, value) if key == "dtype" else value for key, value in asked.items()}
            try:
                x = package.asarray(given, **options)
            except (RuntimeError, ValueError) as error:
                found.append(("refused", isinstance(error, ValueError)))
                continue
            facts = [x is given, x.requires_grad, x.grad_fn is None, str(x.dtype), tuple(x.shape)]
            with package.no_grad():
                x.fill_(7)
            back = given.tolist() if hasattr(given, "tolist") else list(given) if kind == "buffer" else given
            found.append((*facts, x.tolist(), back))
        assert found[0] == found[1], (asked, found)


def test_bytes_are_read_as_numbers():
    for kind in ("uint8", "int16", "int32", "float32", "float64", "bool"):
        for options in (
            {},
            {"count": 1},
            {"offset": 8},
            {"count": 1, "offset": 8},
            {"count": 99},
            {"offset": 99},
            {"offset": 3},
        ):
            found = []
            for package in (torch, tg):
                data = bytearray(range(16))
                try:
                    x = package.frombuffer(data, dtype=getattr(package, kind), **options)
                except ValueError:
                    found.append("refused")
                    continue
                x[0] = 1
                found.append((str(x.dtype), repr(x.tolist()), bytes(data)))
            assert found[0] == found[1], (kind, options, found)
