"""numba's ``njit`` with a cache on disk that is safe, and optional.

numba fails if it finds no folder for its files or if the disk is full. It also trusts the content of its files: an
index that two processes wrote at once, or a file cut short, makes the next run fail or crash
(https://github.com/numba/numba/issues/4807). Here each compiled function is one file, which contains what it was
compiled for and a digest. A file that does not match or is damaged is ignored, and written again. If no file can be
written, the function is compiled at every start.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, IndexDataCacheFile

from tinygrad_fr.errors import TinygradError
from tinygrad_fr.files import write
from tinygrad_fr.kernels.runtime.cache_directory import cache_directory, version
from tinygrad_fr.kernels.runtime.scipy_blas import products

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["njit"]

products()  # before numba looks for them, which would import all of scipy's linear algebra
_DIGEST = hashlib.sha256().digest_size


class _Place:
    """The folder of a function's files: the first one that can be written."""

    def __init__(self, function: Any, file: Path, folder: Path) -> None:
        self.function, self.file, self.folder = function, file, folder

    @classmethod
    def from_function(cls, function: Any, name: str) -> _Place | None:
        file = Path(name)
        folder = next(filter(_writable, _folders(file.parent)), None) if file.is_file() else None
        return None if folder is None else cls(function, file, folder)

    def ensure_cache_path(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def get_cache_path(self) -> str:
        return str(self.folder)

    def get_source_stamp(self) -> str:
        return _digest(self.file)

    def get_disambiguator(self) -> str:
        return str(self.function.__code__.co_firstlineno)


def _folders(around: Path) -> Iterator[Path]:
    """Beside the source, where Python keeps its bytecode, and in the user's cache, which comes first for a package that pip installed.

    pip uninstalls the files that it knows. A kernel beside them would remain, with the folder of the package; Python
    would then import this empty folder in the place of a checkout that is installed next.
    """
    name = hashlib.sha256(str(around.absolute()).encode(errors="surrogateescape")).hexdigest()[:20]
    beside, users = around / "__pycache__", cache_directory() / "compiled" / name
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield users
    elif {"site-packages", "dist-packages"}.isdisjoint(around.parts):
        yield from (beside, users)
    else:
        yield from (users, beside)


@cache
def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (OSError, ValueError):  # ValueError: a name that no folder can have
        return False
    return True


@cache
def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _Places(CompileResultCacheImpl):
    def __init__(self, function: Any) -> None:
        self._locator_classes: Any = [_Place]  # numba's own would make a folder named ~ if there is no home directory
        super().__init__(function)


class _Files(IndexDataCacheFile):
    """The files of one function, one for each of its signatures."""

    def save(self, key: Any, data: Any) -> None:
        held = self._dump((self._about(key), data))
        write(self._path(key), hashlib.sha256(held).digest() + held)

    def load(self, key: Any) -> Any:
        try:
            whole = self._path(key).read_bytes()
        except OSError:
            return None
        if hashlib.sha256(whole[_DIGEST:]).digest() != whole[:_DIGEST]:
            return None
        about, data = pickle.loads(whole[_DIGEST:])
        return data if about == self._about(key) else None

    def _about(self, key: Any) -> tuple[Any, ...]:
        """What the machine code depends on."""
        return numba.__version__, version(), self._source_stamp, key

    def _path(self, key: Any) -> Path:
        base = self._index_name.removesuffix(".nbi")
        return Path(self._cache_path, f"{base}.{hashlib.sha256(repr(key).encode()).hexdigest()[:16]}.nbc")


class _Cache(FunctionCache):
    _impl_class = _Places

    def __init__(self, function: Any, ready: Callable[[Any], object] | None) -> None:
        super().__init__(function)
        self._ready = ready
        made = self._cache_file
        self._cache_file = _Files(made._cache_path, made._index_name.removesuffix(".nbi"), made._source_stamp)

    def load_overload(self, signature: Any, target: Any) -> Any:
        if self._ready is not None:
            self._ready(signature)
        try:
            return super().load_overload(signature, target)
        except Exception:  # an intact file of a numba or an LLVM that this one cannot read
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        try:
            super().save_overload(signature, compiled)
        except (OSError, TinygradError):  # the disk is full, or was removed
            self.disable()


def njit(
    function: Any = None, *, cache: bool = False, ready: Callable[[Any], object] | None = None,
    makes_arrays: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """numba's ``njit`` without counts of references; with ``cache``, the compiled code is kept on disk if possible.

    Whoever calls a kernel keeps its arrays alive. A kernel that counts references does so for each row that it looks at: that
    takes as long as a short row, and ten times as long where two threads write one count.

    Args:
        function: what is compiled.
        cache: whether to keep its code.
        ready: called with a signature before code for it is read from disk: whatever that code calls by name must be there.
        makes_arrays: whether it makes arrays, which must be counted.
        options: numba's.
    """
    if function is None:
        return lambda function: njit(function, cache=cache, ready=ready, makes_arrays=makes_arrays, **options)
    compiler: Any = numba.njit
    # Nobody calls a kernel as a C function.
    dispatcher = compiler(_nrt=makes_arrays, no_cfunc_wrapper=True, **options)(function)
    if cache:
        dispatcher._cache = _kept(function, ready) or dispatcher._cache
    return dispatcher


def _kept(function: Callable[..., Any], ready: Callable[[Any], object] | None) -> _Cache | None:
    """The function's files; None where there is no place for them."""
    try:
        return _Cache(function, ready)
    except (RuntimeError, OSError):  # numba says so with a RuntimeError
        return None
