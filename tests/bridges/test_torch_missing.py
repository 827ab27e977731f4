"""Where PyTorch is missing, one sentence says so."""

import sys

import pytest

from tinygrad_fr.bridges.torch import record
from tinygrad_fr.errors import UsageError


def test_without_pytorch_one_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(UsageError, match="PyTorch is not installed here"):
        record(object())
