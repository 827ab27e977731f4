"""What benchmarks compare computes the same numbers in torch."""

import pytest

from benchmarks.check import disagreeing, figures
from benchmarks.contender import EAGER
from benchmarks.workloads import WORKLOADS


@pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning")  # torch says that it does without
@pytest.mark.parametrize("key", [key for key, workload in WORKLOADS.items() if "torch" in workload.makers])
def test_torch_agrees(key):
    makers = WORKLOADS[key].makers
    assert disagreeing({name: figures(makers[name]()) for name in (EAGER, "torch, 1 thread")}) == []
