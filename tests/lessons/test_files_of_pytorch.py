"""A class that is imported from PyTorch's own file of it is the class, not a second one."""

import inspect
import sys
from collections import defaultdict
from importlib import import_module

import pytest

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import _FILES, HOMES, aliased
from tinygrad_fr.lessons.classes import PLACES

PACKAGES = {"torch.nn.modules": tg.nn, "torch.optim": tg.optim, "torch.distributions": tg.distributions}
FILES = sorted({*PLACES, *(f"{parent}.{file}" for parent, files in _FILES.items() for file in files)})


@pytest.mark.parametrize(
    ("name", "package"),
    [(file, PACKAGES[file.rpartition(".")[0]]) for file in FILES if file.rpartition(".")[0] in PACKAGES],
)
def test_a_file_gives_the_classes_of_its_package(name, package):
    with aliased():
        file = import_module(name)
        for each in dir(package):
            kept = getattr(package, each)
            if inspect.isclass(kept) and hasattr(file, each):
                assert getattr(file, each) is kept, each
        if name.startswith("torch.nn.modules"):
            assert file.MultiheadAttention is tg.nn.MultiheadAttention


def test_no_file_of_ours_is_read_twice():
    with aliased():
        for name in (*HOMES, *FILES):
            import_module(name)
        read = defaultdict(set)
        for module in list(sys.modules.values()):
            if "tinygrad_fr" in str(getattr(module, "__file__", None)):
                read[module.__file__].add(id(module))
    assert not [file for file, modules in read.items() if len(modules) > 1]


def test_bases_that_lessons_ask_for():
    with aliased():
        from torch import nn
        from torch.nn.modules.batchnorm import _BatchNorm
        from torch.nn.modules.conv import _ConvNd
        from torch.nn.modules.loss import _Loss, _WeightedLoss
        from torch.nn.modules.utils import _pair, _triple

        assert isinstance(nn.BatchNorm2d(2), nn.modules.batchnorm._BatchNorm)
        assert nn.modules.batchnorm._BatchNorm is _BatchNorm
        assert isinstance(nn.Conv1d(1, 1, 1), _ConvNd)
        assert isinstance(nn.MSELoss(), _Loss)
        assert _Loss(reduction="sum").reduction == "sum"
        assert list(_WeightedLoss(tg.ones(2)).state_dict()) == ["weight"]
        assert nn.utils is tg.nn.utils
        assert (_pair(2), _triple((1, 2, 3)), nn.modules.utils._single(4)) == ((2, 2), (1, 2, 3), (4,))
