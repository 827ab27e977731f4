"""The folder of compiled kernels, and the version of the functions that are inlined into them."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path


def cache_directory() -> Path:
    """The package's folder in NUMBA_CACHE_DIR if set, else in the user's cache.

    It may be absent or not writable. Without a home directory it is a path that can never exist.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return spelt_out(chosen) / "tinygrad_fr"
    for said in (os.environ.get("LOCALAPPDATA"), os.environ.get("XDG_CACHE_HOME")):
        if said and Path(said).is_absolute():  # the XDG specification says to ignore a relative path
            return Path(said) / "tinygrad_fr"
    home = spelt_out("~")
    return (home if home.is_absolute() else Path(os.devnull)) / ".cache" / "tinygrad_fr"


def spelt_out(path: str) -> Path:
    """A path with the home directory in place of ~."""
    try:
        return Path(path).expanduser()
    except RuntimeError:  # HOME is not set, and the user has no entry in the system's table
        return Path(os.devnull)


@cache
def version() -> str:
    """Digest of the functions that a kernel inlines, and of how it is compiled."""
    runtime = Path(__file__).parent
    inlined = (*sorted((runtime.parent / "vectormath").glob("*.py")), runtime / "work_queue.py", runtime / "jit.py")
    return hashlib.sha256(b"".join(file.read_bytes() for file in inlined)).hexdigest()[:12]
