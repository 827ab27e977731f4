"""Kernels with generated source code.

numba caches compiled code beside the file that holds it, and a function made from text has none: so the generated
source is written to a file of the user's cache, named after its content, and imported from there.

The content includes the version of the inlined functions, since numba looks at the generated file alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.files import folder, write
from tinygrad_fr.kernels.runtime.cache_directory import cache_directory, version

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["cache_directory", "imported", "version", "written"]


def written(template: str, **parts: Any) -> str:
    """The source that a template gives; its field ``version`` is filled here."""
    return template.format(version=version(), **parts)


def imported(source: str, function: str = "kernel") -> Any:
    """A function of a source text, from its file in the cache; if none can be written, it is compiled at every start."""
    name = f"kernel_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
    path = cache_directory() / f"{name}.py"
    if name in sys.modules:
        return getattr(sys.modules[name], function)
    try:
        if not path.exists() or path.read_bytes() != source.encode():  # or the file was cut short
            folder(path.parent)
            write(path, source.encode())
        module = _module(name, path)
    except (OSError, TinygradError):  # no place for files
        space: dict[str, Any] = {}
        exec(compile(source.replace("cache=True", "cache=False"), name, "exec"), space)
        return space[function]
    sys.modules[name] = module
    return getattr(module, function)


def _module(name: str, path: Path) -> ModuleType:
    """The module of a source file, by Python's own file of it; one that is damaged is thrown away."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (EOFError, ImportError, TypeError, ValueError):  # Python's errors for a damaged bytecode file
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)
        spec.loader.exec_module(module)
    return module
