"""Kernels whose source is made by a program.

numba caches compiled code beside the file that holds it, and a function made from text has none: so the generated
source is written to a file of the user's cache, named after its content, and imported from there.

The content names the version of the functions that are compiled into it, since numba looks at the generated file alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any


def cache_directory() -> Path:
    """Where generated kernels are kept: NUMBA_CACHE_DIR if set, else the user's cache."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen) / "tinygrad_fr"
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tinygrad_fr"


@cache
def version() -> str:
    """Digest of the functions that a kernel inlines."""
    files = (Path(__file__).with_name(f"{name}.py") for name in ("vectormath", "trigonometry", "board"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def written(template: str, **parts: Any) -> str:
    """The source that a template gives; its field ``version`` is filled here."""
    return template.format(version=version(), **parts)


def imported(source: str, function: str = "kernel") -> Any:
    """A function of a source text, from its file in the cache; compiled anew each time where none can be written."""
    name = f"kernel_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
    path = cache_directory() / f"{name}.py"
    if name in sys.modules:
        return getattr(sys.modules[name], function)
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8"
            ) as file:
                file.write(source)
            Path(file.name).replace(path)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except (OSError, RuntimeError):  # RuntimeError: numba found no place for its own files
        space: dict[str, Any] = {}
        exec(compile(source.replace("cache=True", "cache=False"), name, "exec"), space)
        return space[function]
    sys.modules[name] = module
    return getattr(module, function)
