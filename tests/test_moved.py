"""An old import path of a public name works for one version, and says where the name is now."""

import subprocess
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec

import pytest

import tinygrad_fr as tg
from tinygrad_fr import moved


def told_by(action):
    """What an action gives, and the deprecations that it says."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = action()
    return found, [str(each.message) for each in told if each.category is DeprecationWarning], told


@pytest.mark.parametrize("old", sorted(moved.MODULES))
def test_an_old_module_is_the_new_one_and_says_so(old, monkeypatch):
    path, new = f"tinygrad_fr.{old}", f"tinygrad_fr.{moved.MODULES[old]}"
    expected = import_module(new)
    monkeypatch.delitem(sys.modules, path, raising=False)
    found, messages, _told = told_by(lambda: import_module(path))
    monkeypatch.delitem(sys.modules, path, raising=False)
    assert found is expected
    assert messages == [f"{path} moved to {new}; the old path is removed in 0.2"]
    assert expected.__spec__.name == new  # the new module still knows its own name


@pytest.mark.parametrize("old", sorted(moved.NAMES))
def test_an_old_name_is_the_new_one_and_says_so(old):
    module, _dot, name = moved.NAMES[old].rpartition(".")
    vars(tg).pop(old, None)
    found, messages, told = told_by(lambda: getattr(tg, old))
    vars(tg).pop(old, None)
    assert found is getattr(import_module(f"tinygrad_fr.{module}"), name)
    assert messages == [f"tinygrad_fr.{old} moved to tinygrad_fr.{moved.NAMES[old]}; the old path is removed in 0.2"]
    assert told[0].filename == __file__


def test_no_old_path_hides_a_module_that_is_there():
    for old in moved.MODULES:
        path = f"tinygrad_fr.{old}"
        sys.modules.pop(path, None)
        assert isinstance(find_spec(path).loader, moved.MovedModules), old
    assert not [name for name in moved.NAMES if name in tg.__dir__()]


def test_no_old_module_hides_a_name_of_its_package():
    for old in moved.MODULES:
        package, _dot, name = f"tinygrad_fr.{old}".rpartition(".")
        vars(import_module(package)).pop(name, None)  # what another test imported
        assert not hasattr(import_module(package), name), old


def test_a_module_that_never_was_is_missing_as_everywhere():
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'tinygrad_fr\.draw\.nothing'"):
        import_module("tinygrad_fr.draw.nothing")
    with pytest.raises(AttributeError, match="has no attribute 'linalg_nothing'"):
        _ = tg.linalg_nothing


def test_the_line_that_is_blamed_is_the_users():
    script = "import warnings\nwarnings.simplefilter('always')\nfrom tinygrad_fr.draw.flow import flow_diagram\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.startswith("<string>:3: DeprecationWarning: tinygrad_fr.draw.flow")
