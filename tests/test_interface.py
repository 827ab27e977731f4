"""The public interface is written down, and does not change in silence."""

import re
from pathlib import Path

import pytest

from docs.interface import digest, interface

ROOT = Path(__file__).parents[1]


@pytest.mark.fast("the arguments that generated calls show to inspect.signature")
def test_the_interface_is_the_one_written_down():
    """Where this fails: python -m tinygrad_fr.generate, then say the change in CHANGELOG.md."""
    assert (ROOT / "docs" / "api.txt").read_text(encoding="utf-8") == interface()


def test_a_change_of_the_interface_is_said_in_the_changelog():
    newest = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").split("\n## ")[1]
    held = re.findall(r"Interface `([0-9a-f]{12})`", newest)
    assert held == [digest((ROOT / "docs" / "api.txt").read_text(encoding="utf-8"))]


def test_a_name_more_or_an_argument_less_is_another_interface():
    text = interface()
    assert "class Linear(in_features, out_features, bias=, device=, dtype=)" in text
    assert "\ntinygrad-fr sweep name --grid" in text
    assert digest(text) != digest(text.replace("bias=)", ")", 1)) != digest(text + "more\n")
