"""``import torch`` answered by this package, in this process alone.

A finder at the front of ``sys.meta_path`` gives each module of PyTorch the module of ours that bears its names. Nothing named torch
is installed, and a torch that is installed is left alone: it is hidden from this process as long as the alias is there.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.lessons.classes import PLACES, written
from tinygrad_fr.locale import _, clauses
from tinygrad_fr.naming import rename

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

# PyTorch's module → ours. Any other "torch.x.y" is "tinygrad_fr.x.y" where that exists.
HOMES = {
    "torch": "tinygrad_fr",
    "torch._C": "tinygrad_fr.lessons.companions.core",
    "torch.accelerator": "tinygrad_fr.devices.accelerator",
    "torch.autograd.forward_ad": "tinygrad_fr.lessons.companions.forward_ad",
    "torch.autograd.function": "tinygrad_fr.autograd",
    "torch.autograd.functional": "tinygrad_fr.functional",
    "torch.autograd.graph": "tinygrad_fr.handles.saved",
    "torch.autograd.profiler": "tinygrad_fr.lessons.companions.profiler",
    "torch.autograd.variable": "tinygrad_fr.autograd",
    "torch.backends": "tinygrad_fr.devices.backends",
    "torch.compiler": "tinygrad_fr.lessons.companions.compiler",
    "torch.cuda": "tinygrad_fr.devices.cuda",
    "torch.cuda.amp": "tinygrad_fr.amp",
    "torch.distributed": "tinygrad_fr.lessons.companions.distributed",
    "torch.hub": "tinygrad_fr.lessons.companions.hub",
    "torch.jit": "tinygrad_fr.lessons.companions.jit",
    "torch.nn.attention": "tinygrad_fr.lessons.companions.attention",
    "torch.nn.modules": "tinygrad_fr.nn.modules",
    "torch.nn.modules.utils": "tinygrad_fr.nn.ntuples",
    "torch.nn.parallel": "tinygrad_fr.lessons.companions.parallel",
    "torch.nn.parameter": "tinygrad_fr.nn",
    "torch.optim.optimizer": "tinygrad_fr.optim.optimizer",
    "torch.types": "tinygrad_fr.lessons.companions.types",
    "torch.utils._pytree": "tinygrad_fr.lessons.companions.pytree",
    "torch.utils.benchmark": "tinygrad_fr.lessons.companions.benchmark",
    "torch.utils.dlpack": "tinygrad_fr.lessons.companions.dlpack",
    "torch.utils.hooks": "tinygrad_fr.lessons.companions.hooks",
    "torch.utils.model_zoo": "tinygrad_fr.lessons.companions.hub",
    "torch.utils.tensorboard": "tinygrad_fr.lessons.companions.tensorboard",
    "torch.version": "tinygrad_fr.lessons.companions.version",
    "tensorboardX": "tinygrad_fr.lessons.companions.tensorboard",
    "torchinfo": "tinygrad_fr.lessons.companions.torchinfo",
    "torchsummary": "tinygrad_fr.lessons.companions.torchsummary",
    "torchvision": "tinygrad_fr.lessons.vision",
    "torchviz": "tinygrad_fr.lessons.companions.torchviz",
}
# Packages of ours that answer for one of theirs, module by module.
_PACKAGES = {
    "micrograd": "tinygrad_fr.lessons.companions.micrograd",
    "torch": "tinygrad_fr",
    "torchvision": "tinygrad_fr.lessons.vision",
}
# Packages with parts that are files of PyTorch's own, beside those that its classes name (PLACES).
_FILES = {
    "torch.amp": ("autocast_mode", "grad_scaler"),
    "torch.autograd": ("anomaly_mode", "grad_mode"),
    "torch.cuda.amp": ("autocast_mode", "grad_scaler"),
    "torch.nn.modules": ("lazy",),
    "torch.nn.parallel": ("data_parallel", "distributed"),
    "torch.nn.utils": ("clip_grad", "convert_parameters"),
    "torch.utils.data": ("dataloader", "dataset", "sampler"),
    "torchvision.datasets": ("cifar", "fakedata", "folder", "mnist", "vision"),
    "torchvision.models": ("mobilenetv2",),
    "torchvision.transforms": ("transforms",),
}  # fmt: skip
ROOTS = (
    "torch", "torchvision", "torchinfo", "torchsummary", "torchviz", "tensorboardX", "micrograd", "torchtext", "torchaudio",
)  # fmt: skip
_STUDIED = "micrograd"  # a package of two files that learners write themselves: theirs is left to them
VERSION = "2.13.0+tinygrad.fr"  # whose names and numbers these are, as lessons that compare versions read it
# Modules of PyTorch's that are refused by name, with why.
REFUSED = ("fx", "profiler", "multiprocessing", "onnx", "quantization", "sparse", "xpu", "mps")


def home(name: str) -> str | None:
    """The module of ours that answers for one of PyTorch's; None where there is none.

    Example:
        >>> home("torch.nn.functional"), home("torch.cuda"), home("torch.fx")
        ('tinygrad_fr.nn.functional', 'tinygrad_fr.devices.cuda', None)
    """
    if name in HOMES:
        return HOMES[name]
    root, _dot, rest = name.partition(".")
    if root not in _PACKAGES or (root == "torch" and rest.partition(".")[0] in REFUSED):
        return None
    parent, _dot, part = name.rpartition(".")
    a_file = name in PLACES or part in _FILES.get(parent, ())
    if parent == "torch.nn.modules" and a_file:
        return str(getattr(import_module("tinygrad_fr.nn.modules"), part).__name__)
    ours = f"{_PACKAGES[root]}.{rest}" if rest else _PACKAGES[root]
    try:
        import_module(ours)
    except ModuleNotFoundError:
        return home(parent) if a_file else None
    return ours


def theirs(ours: str) -> str:
    """The module of PyTorch's, or of a companion, that a module of ours answers for.

    Example:
        >>> theirs("tinygrad_fr.nn.functional"), theirs("tinygrad_fr.lessons.vision.models.resnet")
        ('torch.nn.functional', 'torchvision.models.resnet')
    """
    homes: dict[str, str] = {}
    for name, home in [*_PACKAGES.items(), *HOMES.items()]:
        homes.setdefault(home, name)
    homes |= {"tinygrad_fr.nn": "torch.nn", "tinygrad_fr.optim": "torch.optim", "tinygrad_fr.functional": "torch.func"}
    for count in range(ours.count(".") + 1, 0, -1):
        parts = ours.split(".")
        if (found := homes.get(".".join(parts[:count]))) is not None:
            return ".".join([found, *parts[count:]])
    return ours


class _Same(Loader):
    """Gives a module that is already there, and leaves it as it is."""

    def __init__(self, ours: str) -> None:
        self.ours = ours

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = import_module(self.ours)
        self.kept = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.kept  # the machinery gave it the alias's


class Alias(MetaPathFinder):
    """Finds PyTorch's modules among ours."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """The module of ours under PyTorch's name."""
        if fullname.partition(".")[0] not in ROOTS or _own(fullname):
            return None
        ours = home(fullname)
        if ours is None:
            from tinygrad_fr.lessons.names import another_way

            text = _("{name}: this module is not here").format(name=fullname)
            raise MissingModuleError(clauses(text, another_way(fullname)), name=fullname)
        return ModuleSpec(fullname, _Same(ours), is_package=True)


def _own(name: str) -> bool:
    """Whether a package stands beside the script, as the learner's own."""
    root = name.partition(".")[0]
    return root == _STUDIED and any(Path(folder or ".", root).is_dir() for folder in sys.path[:1])


class MissingModuleError(TinygradError, ModuleNotFoundError):
    """A module of PyTorch that is not here.

    Example:
        >>> with aliased():
        ...     try:
        ...         import torch.fx
        ...     except ImportError as error:
        ...         print(type(error).__name__)
        MissingModuleError
    """

    def __init__(self, message: str, name: str = "") -> None:
        ModuleNotFoundError.__init__(self, message, name=name)


def install() -> None:
    """Answer ``import torch`` with this package from now on, in this process.

    Example:
        >>> with aliased():  # which calls this, and takes it back
        ...     import torch
        ...     torch.__name__
        'tinygrad_fr'
    """
    if not any(isinstance(finder, Alias) for finder in sys.meta_path):
        sys.meta_path.insert(0, Alias())
        rename(written())
        vars(import_module("torch"))["__version__"] = VERSION
        for name, ours in _companions():
            parent, _dot, part = name.rpartition(".")
            vars(import_module(HOMES.get(parent) or parent.replace("torch", "tinygrad_fr", 1)))[part] = import_module(
                ours
            )
        for package, part in _files():
            vars(package).setdefault(part, package)


def _companions() -> Iterator[tuple[str, str]]:
    """Modules of PyTorch's that stand among the companions here, which their packages do not know."""
    for name, ours in HOMES.items():
        if name.startswith("torch.") and ours.startswith("tinygrad_fr.lessons."):
            yield name, ours


def _files() -> Iterator[tuple[ModuleType, str]]:
    """Packages that answer for files of PyTorch's, each with the file's name: ``torch.utils.data.sampler`` without an import."""
    yield import_module(_PACKAGES["torch"]), "torch"  # PyTorch's own "import torch" leaves the name there
    for name, parts in _FILES.items():
        if name in ("torch.nn.utils", "torch.utils.data"):  # the others are found when they are imported
            yield from ((import_module(str(home(name))), part) for part in parts)


def uninstall() -> None:
    """Take back what :func:`install` did; what was imported stays as it is.

    Example:
        >>> with aliased():
        ...     uninstall()
        ...     any(isinstance(finder, Alias) for finder in sys.meta_path)
        False
    """
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Alias)]
    _under_own_names()
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ROOTS and module.__name__ != name:
            del sys.modules[name]


def _under_own_names() -> None:
    """Classes and the package say again what they are."""
    rename({})
    vars(import_module(HOMES["torch"])).pop("__version__", None)  # found anew when it is asked for
    for name, _ours in _companions():
        parent, _dot, part = name.rpartition(".")
        vars(import_module(HOMES.get(parent) or parent.replace("torch", "tinygrad_fr", 1))).pop(part, None)
    for package, part in _files():
        if vars(package).get(part) is package:
            del vars(package)[part]


@contextmanager
def aliased() -> Iterator[None]:
    """Answer ``import torch`` with this package inside a block; afterwards all is as it was.

    Example:
        >>> with aliased():
        ...     from torch.nn import functional as F
        ...     F.relu.__name__
        'relu'
    """
    finders = list(sys.meta_path)
    hidden = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ROOTS}
    for name in hidden:
        del sys.modules[name]
    install()
    try:
        yield
    finally:
        sys.meta_path[:] = finders
        if not any(isinstance(finder, Alias) for finder in finders):
            _under_own_names()
        for name in [name for name in sys.modules if name.partition(".")[0] in ROOTS]:
            del sys.modules[name]
        sys.modules.update(hidden)
