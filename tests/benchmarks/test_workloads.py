"""Steps recorded and compiled compute the same numbers; torch's are compared in tests/oracle."""

import pytest

from benchmarks.check import disagreeing, figures
from benchmarks.contender import COMPILED, EAGER, OURS
from benchmarks.workloads import WORKLOADS


@pytest.mark.long
@pytest.mark.parametrize("key", WORKLOADS)
def test_ours_agree(key):
    makers = WORKLOADS[key].makers
    computed = {name: figures(makers[name]()) for name in OURS}
    assert disagreeing(computed) == []
    losses, gradient = computed[EAGER]
    assert losses.shape == (3,)
    assert gradient.any()
    assert set(WORKLOADS[key].targets) <= {EAGER, COMPILED}
