"""Every kernel that the package uses is reached through a contract; those that are not are named here, with the reason."""

import ast
import importlib
import pkgutil
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import tinygrad_fr
from tinygrad_fr import kernels
from tinygrad_fr.errors import TinygradError

ROOT = Path(tinygrad_fr.__file__).parent
PACKAGE = "tinygrad_fr.kernels."
MODULES = sorted(
    module.name.removeprefix(PACKAGE) for module in pkgutil.walk_packages(kernels.__path__, PACKAGE) if not module.ispkg
)

# What the package uses of the kernels and that has no contract: it takes no address, or looks for itself.
PLAIN = {
    ("runtime.bounds", "within"): "numba's own loop over one array",
    ("runtime.contract", "Contract"): "the mechanism",
    ("runtime.contract", "contract"): "the mechanism",
    ("images.convolution", "fits"): "compares dtypes",
    ("images.convolution", "straight"): "compares sides",
    ("images.convolution", "product"): "numpy's product",
    ("images.convolution", "from_columns"): "numpy's product",
    ("runtime.cores", "alone"): "a switch",
    ("runtime.cores", "count"): "a number",
    ("runtime.cores", "parts_of"): "a number",
    ("runtime.cores", "parallel_for"): "calls what it is given",
    ("runtime.cores", "one_thread_for_blas"): "a switch",
    ("elementwise", "kernel"): "compares shapes, dtypes and layouts at each call",
    ("runtime.generated", "cache_directory"): "a path",
    ("runtime.constant_folding", "folded"): "text",
    ("interpreter", "interpreter"): "its tables are checked where they are written: replay",
    ("interpreter", "work_of"): "a number",
    ("runtime.memory", "address"): "what a contract comes before; replay alone takes addresses outside of the kernels",
    ("runtime.memory", "aligned"): "an empty array",
    ("runtime.memory", "keep_freed"): "a switch",
    ("arrays.products", "matmul"): "numpy's product, which looks; the large one compares shapes and dtypes first",
    ("runtime.blas", "routine"): "an address",
    ("arrays.products", "multiplier"): "replay's, which says the sides once",
}


@cache
def public(module):
    """The functions of a module of kernels that are its own and bear no underscore."""
    found = importlib.import_module(f"tinygrad_fr.kernels.{module}")
    return {
        name: value
        for name, value in vars(found).items()
        if (callable(value) and not name.startswith("_") and not isinstance(value, type)) or name == "Contract"
    }


def used():
    """Names of kernels' functions that files outside of the kernels mention, with the file."""
    found = {}
    for path in ROOT.rglob("*.py"):
        if ROOT / "kernels" in path.parents:
            continue
        text = path.read_text()
        if "kernels" not in text:
            continue
        modules = set(re.findall(r"tinygrad_fr\.kernels\.(\w+\.\w+|\w+)", text))
        for folder, imported in re.findall(r"from tinygrad_fr\.kernels((?:\.\w+)?) import ([\w, ]+)", text):
            modules |= {f"{folder}.{name.split(' as ')[0].strip()}".lstrip(".") for name in imported.split(",")}
        if "kernels.layers.{name}" in text:
            modules |= {"layers.recurrent", "layers.gru_course"}
        tree = ast.parse(text)
        names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        for module in modules & set(MODULES):
            for name in names & set(public(module)):
                found.setdefault((module, name), []).append(path.relative_to(ROOT).as_posix())
    return found


def test_what_the_package_uses_of_the_kernels_has_a_contract_or_a_reason():
    found = used()
    assert {module.partition(".")[0] for module, _name in found} >= {"arrays", "images", "layers", "runtime"}
    without = {
        key: files
        for key, files in found.items()
        if not hasattr(public(key[0])[key[1]], "contract")
        and getattr(public(key[0])[key[1]], "__module__", "").startswith("tinygrad_fr")
        and key not in PLAIN
        and public(key[0])[key[1]].__module__ == f"tinygrad_fr.kernels.{key[0]}"
        and not key[0].startswith("vectormath.")  # functions of a number
        and key[0] != "runtime.cache_directory"  # paths
    }
    assert not without, without


def test_addresses_are_taken_by_kernels_and_by_compiled_steps_alone():
    takers = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.rglob("*.py")
        if re.search(
            r"kernels\.runtime\.memory import .*\baddress\b|ctypes\.data\b|__array_interface__|as_strided",
            path.read_text(),
        )
    }
    # serialization.py compares where a tensor of a file lies with its storage; ops/spatial/convolution.py counts positions first.
    # memory.py and handles lend elements to numpy and DLPack together with what keeps them alive; data_ptr() is a number.
    assert takers <= {"kernels", "replay", "ops", "serialization.py", "memory.py", "handles"}, takers
    for path in (ROOT / "ops").rglob("*.py"):
        assert "kernels.runtime.memory" not in path.read_text(), path


CONTRACTED = {
    f"{module.rpartition('.')[2]}.{name}": value
    for module in MODULES
    for name, value in public(module).items()
    if hasattr(value, "contract") and value.__module__ == f"tinygrad_fr.kernels.{module}"
}


def test_all_families_have_one():
    families = {name.split(".")[0] for name in CONTRACTED}
    assert families == {
        "attention",
        "convolution",
        "exchanges",
        "gru_course",
        "moves",
        "normalization",
        "pooling",
        "recurrent",
        "reductions",
        "resizing",
        "rows",
        "softmax",
    }
    assert len(CONTRACTED) >= 30


@pytest.mark.parametrize("name", CONTRACTED)
def test_a_contract_is_checked_before_the_kernel_runs(name):
    """Given no arrays at all, each is refused by its contract: nothing of the kernel was reached."""
    function = CONTRACTED[name]
    count = len(function.contract.names)
    for nothing in (None, 1.0, np.empty(()), np.empty(0), [[1.0]]):
        with pytest.raises(TinygradError, match="expected"):
            function(*(nothing,) * count)
