"""The files that PyTorch's packages are made of can be imported, and named without an import, where what they define is here."""

import importlib
import pkgutil

import pytest
import torch
import torch.utils.data

import tinygrad_fr as tg
from tinygrad_fr.lessons.alias import aliased, home

PACKAGES = ("torch.distributions", "torch.nn.utils", "torch.optim", "torch.utils.data", "torch.amp", "torch.autograd")


def defined(module):
    """The names that a module of PyTorch's is there for."""
    return [name for name in getattr(module, "__all__", ()) if not name.startswith("_")]


def files():
    for package in PACKAGES:
        for found in pkgutil.iter_modules(importlib.import_module(package).__path__):
            name = f"{package}.{found.name}"
            names = [] if found.name.startswith("_") else defined(importlib.import_module(name))
            ours = importlib.import_module(home(package))
            if names and all(callable(getattr(ours, each, None)) for each in names):
                yield name, names


FILES = dict(files())


def test_there_are_such_files():
    assert len(FILES) > 35


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_imported(name):
    with aliased():
        module = importlib.import_module(name)
        assert all(hasattr(module, each) for each in FILES[name])


@pytest.mark.parametrize(
    "name",
    [
        "torch.utils.data.sampler",
        "torch.utils.data.dataloader",
        "torch.nn.utils.clip_grad",
        "torch.version",
        "torch.torch.nn",
    ],
)
def test_a_file_is_named_without_an_import(name):
    with aliased():
        assert eval(name, {"torch": importlib.import_module("torch")})


def test_names_are_taken_back():
    before = {module: set(vars(module)) for module in (tg, tg.utils.data, tg.nn.utils)}
    with aliased():
        pass
    assert all(set(vars(module)) == names for module, names in before.items())


@pytest.mark.parametrize("name", ["cuda", "hip", "xpu", "debug"])
def test_the_version_says_what_a_build_for_the_processor_says(name):
    with aliased():
        found = getattr(importlib.import_module("torch.version"), name)
    # The PyTorch that is installed here may be a build for a graphics card.
    assert found == (torch.version.debug if name == "debug" else None)


@pytest.mark.parametrize(
    "call", ["hub.load", "hub.load_state_dict_from_url", "hub.download_url_to_file", "utils.model_zoo.load_url"]
)
def test_what_downloads_is_imported_and_refuses_when_it_is_called(call):
    module, _dot, name = f"torch.{call}".rpartition(".")
    with aliased():
        function = getattr(importlib.import_module(module), name)
    with pytest.raises(RuntimeError, match=r"torch\.load"):
        function("https://example.org/weights.pth", "folder")


class Written:
    """A script's module, of one of the two packages."""

    def __new__(cls, m, jit):
        class Doubled(jit.ScriptModule):
            def __init__(self):
                super().__init__()
                self.inner = m.nn.Linear(3, 2)

            @jit.script_method
            def forward(self, x):
                return self.inner(x) * 2

        return Doubled()


def test_a_module_for_the_compiler_of_scripts_is_a_module():
    with aliased():
        jit = importlib.import_module("torch.jit")
    results = []
    for m, its in ((torch, torch.jit), (tg, jit)):
        m.manual_seed(0)
        module = Written(m, its)
        y = module(m.ones(4, 3))
        y.sum().backward()
        results.append([y.tolist(), [p.grad.tolist() for p in module.parameters()], list(module.state_dict())])
    assert results[0][1:] == results[1][1:]
    assert torch.allclose(*(torch.tensor(each[0]) for each in results))
