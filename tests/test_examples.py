"""The examples in docstrings of public names, those of operations included, which doctest's own search does not see."""

import doctest
import inspect
from importlib import import_module

import pytest

from docs.interface import PUBLIC


def public():
    """Every public name that says something, once, and the module that it was found in."""
    seen = set()
    for module in PUBLIC:
        held = import_module(module)
        names = getattr(held, "__all__", None) or {*vars(held), *dir(held)}  # dir: those not loaded yet, too
        for name in sorted(each for each in names if not each.startswith("_")):
            item = getattr(held, name)
            ours = str(getattr(item, "__module__", "tinygrad_fr")).startswith("tinygrad_fr")
            if callable(item) and ours and id(item) not in seen:
                seen.add(id(item))
                yield f"{module}.{name}", item


NAMES = dict(public())


def test_every_public_name_says_what_it_is():
    assert [name for name, item in NAMES.items() if not inspect.getdoc(item)] == []


def test_every_public_name_has_an_example():
    assert [name for name, item in NAMES.items() if ">>>" not in (inspect.getdoc(item) or "")] == []


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs(name):
    item = NAMES[name]
    known = vars(import_module(getattr(item, "__module__", None) or "tinygrad_fr"))
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(item), dict(known), name, None, None)
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example).failed == 0
