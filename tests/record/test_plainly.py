"""Every operation gives by its fast path what the core alone gives, values and gradients."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.plainly import everything
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition.composite import Composite

# Structured operations that a kernel computes, which adds in another order.
KERNELS = ("convolution", "convolution_input", "convolution_weight")


@pytest.fixture(scope="module")
def found():
    return everything()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    file = tmp_path_factory.mktemp("plain") / "plain.npz"
    given = {**os.environ, "TINYGRAD_FR_PLAIN": "1"}
    subprocess.run([sys.executable, "-W", "ignore", "-m", "tests.plainly", str(file)], env=given, check=True)
    with np.load(file) as read:
        return dict(read)


@pytest.mark.long
def test_the_same_is_computed_and_refused(found, plain):
    assert found.keys() == plain.keys()
    assert len({key.partition("/")[0] for key in found}) > 200


@pytest.mark.long
def test_numbers_are_the_same(found, plain):
    """Bit for bit, but where fused kernels may stand for equations: there to rounding."""
    for key, array in found.items():
        op, _seed, dtype, _place = key.split("/")
        other = plain[key]
        assert array.dtype == other.dtype, key
        assert array.shape == other.shape, key
        if (isinstance(registry[op], Composite) or op in KERNELS) and array.dtype.kind == "f":
            tolerance = 1e-9 if dtype == "float64" else 2e-4
            np.testing.assert_allclose(array, other, rtol=tolerance, atol=tolerance, err_msg=key)
        else:
            np.testing.assert_array_equal(array, other, err_msg=key)
