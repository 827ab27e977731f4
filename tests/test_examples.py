"""Every example of a docstring runs, once: those of modules, of public names, and of operations, which doctest does not find."""

import doctest
import inspect
import pkgutil
from importlib import import_module

import pytest

import tinygrad_fr
from docs.interface import PUBLIC
from tinygrad_fr.ops import registry


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


def examples():
    """Every docstring with an example, once, under the first name that it is found by."""
    parser, known = doctest.DocTestParser(), {}
    for name, item in [*NAMES.items(), *((f"operation {op.name}", op) for op in registry.values())]:
        text = inspect.getdoc(item) or ""
        if ">>>" in text:
            space = vars(import_module(getattr(item, "__module__", None) or "tinygrad_fr"))
            known.setdefault(text, parser.get_doctest(text, dict(space), name, None, None))
    for found in pkgutil.walk_packages(tinygrad_fr.__path__, "tinygrad_fr."):
        if found.name.endswith("__main__"):
            continue
        for test in doctest.DocTestFinder(exclude_empty=True).find(import_module(found.name)):
            if test.examples:
                known.setdefault(inspect.cleandoc(test.docstring), test)
    return {test.name: test for test in known.values()}


NAMES = dict(public())
EXAMPLES = examples()

REPLAYED = pytest.mark.fast("steps that are recorded and replayed")
MARKED = {"tinygrad_fr.errors.CompileWarning": REPLAYED, "tinygrad_fr.replay.Replay": REPLAYED}


def test_every_public_name_says_what_it_is():
    assert [name for name, item in NAMES.items() if not inspect.getdoc(item)] == []


def test_every_public_name_has_an_example():
    assert [name for name, item in NAMES.items() if ">>>" not in (inspect.getdoc(item) or "")] == []


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKED.get(name, ())) for name in EXAMPLES])
def test_an_example_runs(name):
    assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(EXAMPLES[name], clear_globs=False).failed == 0
