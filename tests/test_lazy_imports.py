"""Packages whose names are imported when first asked for: all of them are there, and are what they are called."""

from types import ModuleType

import pytest

from tinygrad_fr import draw, explain
from tinygrad_fr.lazy_imports import later


@pytest.mark.parametrize("package", [draw, explain])
def test_every_name_is_found_and_is_no_module(package):
    for name in package.__all__:
        assert not isinstance(getattr(package, name), ModuleType)


@pytest.mark.parametrize("package", [draw, explain])
def test_another_name_is_refused_as_by_any_module(package):
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'nothing'"):
        package.nothing  # noqa: B018


def test_a_name_is_looked_for_once(monkeypatch):
    monkeypatch.delitem(vars(explain), "answer", raising=False)
    found = later("tinygrad_fr.explain", {"lenses.answer": ("answer",)})("answer")
    assert vars(explain)["answer"] is found
