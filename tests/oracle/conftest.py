"""torch keeps to one thread: pytest's workers share the cores, and its sums are then the same in each. It seeds the processor alone:
for each kind of device that is not there it would write down where the seed was asked for, which takes longer than most comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import pytest

torch.set_num_threads(1)
for device in (torch.cuda, torch.mtia, torch.xpu):
    device.manual_seed_all = lambda _seed: None


def pytest_configure(config: pytest.Config) -> None:
    """Let torch say once in a process what it says of itself: which test comes first depends on what runs."""
    for warning in ("ignore:`torch.jit:DeprecationWarning", "ignore:index_reduce:UserWarning"):
        config.addinivalue_line("filterwarnings", warning)
