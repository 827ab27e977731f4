"""Public names that moved: an old import path works for one version, with a ``DeprecationWarning`` that names the new one.

To move a public module or name, add a line to :data:`MODULES` or :data:`NAMES`, and delete it in the version after.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType
    from typing import Any

ROOT = "tinygrad_fr"
REMOVED_IN = "0.2"

# A module that left its name to a function, such as explain.flow, is no entry: to import it would hide the function.
_LENSES = "activations attention descent difference history jacobian recurrence sequence"
_PICTURES = "activations attention cell cliff confusion descent difference feature_maps flow heat history learning record step sweep wordmap"
_COMMANDS = (
    "activations ask attention check cliff compare completion course demo descent diff doctor export flow gallery gates maps models "
    "plugins probes render run step sweep train tutorial words"
)

#: Old module → new module, inside the package.
MODULES = {
    **{f"explain.{name}": f"explain.lenses.{name}" for name in _LENSES.split()},
    **{f"draw.{name}": f"draw.pictures.{name}" for name in _PICTURES.split()},
    **{f"cli.{name}": f"cli.commands.{name}" for name in _COMMANDS.split()},
    "devices.amp": "amp",
    "nn.containers": "nn.container",
    "nn.images": "nn",
    "nn.layers": "nn",
    "nn.recurrent": "nn.rnn",
    "nn.stateless": "nn",
    "ops.decomposition": "ops.linalg",
    "record.graph": "graph",
    "record.size": "handles.size",
}

#: Old name → new name, inside the package.
NAMES = {
    "col2im": "nn.functional.fold",
    "im2col": "nn.functional.unfold",
    "linalg_diagonal": "linalg.diagonal",
    "linalg_norm": "linalg.norm",
    "linalg_qr": "linalg.qr",
    "linalg_svd": "linalg.svd",
    "linalg_vander": "linalg.vander",
}


def _warn(old: str, new: str, stacklevel: int) -> None:
    from warnings import warn

    from tinygrad_fr.locale import _

    message = _("{old} moved to {new}; the old path is removed in {version}").format(
        old=f"{ROOT}.{old}", new=f"{ROOT}.{new}", version=REMOVED_IN
    )
    warn(message, DeprecationWarning, stacklevel=stacklevel + 1)


def moved_name(old: str, stacklevel: int = 1) -> Any:
    """What a name stands for that moved, for the ``__getattr__`` of the module that it left; None where none did.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings(record=True) as told:
        ...     warnings.simplefilter("always")
        ...     norm = moved_name("linalg_norm")
        >>> norm is import_module("tinygrad_fr.linalg").norm, [str(each.message) for each in told]
        (True, ['tinygrad_fr.linalg_norm moved to tinygrad_fr.linalg.norm; the old path is removed in 0.2'])
    """
    new = NAMES.get(old)
    if new is None:
        return None
    _warn(old, new, stacklevel + 1)
    module, _dot, name = new.rpartition(".")
    return getattr(import_module(f"{ROOT}.{module}"), name)


class MovedModules:
    """A finder of modules that moved, and their loader: the old path is the new module itself.

    It stands last in ``sys.meta_path``, so it is asked only for what nobody else finds.
    """

    @staticmethod
    def find_spec(
        name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is now; None for what never moved."""
        package, _dot, old = name.partition(".")
        if package != ROOT or old not in MODULES:
            return None
        return ModuleSpec(name, MovedModules())  # type: ignore[arg-type]

    @staticmethod
    def create_module(_spec: ModuleSpec) -> ModuleType | None:
        """None: an empty module, which the new one replaces."""
        return None

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Put the new module in the place of the old one."""
        old = module.__name__.partition(".")[2]
        _warn(old, MODULES[old], 2)
        sys.modules[module.__name__] = import_module(f"{ROOT}.{MODULES[old]}")


def install() -> None:
    """Answer the old paths from now on."""
    if not any(type(each).__name__ == MovedModules.__name__ for each in sys.meta_path):
        sys.meta_path.append(MovedModules())
