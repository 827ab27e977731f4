"""Compiled kernels on the disk: kept for every process, thrown away when damaged, and done without where nothing can be written."""

import importlib.util
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinygrad_fr.kernels.runtime import jit
from tinygrad_fr.kernels.runtime.cache_directory import cache_directory
from tinygrad_fr.kernels.runtime.jit import njit

FUNCTION = """
from tinygrad_fr.kernels.runtime.jit import njit

@njit(cache=True, makes_arrays=True)
def kernel(x):
    return x + 1
"""

PROGRAM = """
import sys, time
from pathlib import Path
import numpy as np
here, kinds, many = Path(sys.argv[1]), sys.argv[2].split(","), int(sys.argv[3])
sys.path.insert(0, str(here))
from shared import kernel
(here / f"{kinds[0]}.ready").touch()
while len(list(here.glob("*.ready"))) < many:
    time.sleep(0.01)
print(*[kernel(np.ones(2, kind)).dtype for kind in kinds], sum(kernel.stats.cache_hits.values()))
"""


def program(folder, kinds, many=1, **more):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), kinds, str(many)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def said(folder, *kinds, **more):
    for ready in folder.glob("*.ready"):
        ready.unlink()
    found = []
    for each in [program(folder, kind, len(kinds), **more) for kind in kinds]:
        out, err = each.communicate()
        assert each.returncode == 0, err
        found.append(out.split())
    return found


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shared.py").write_text(FUNCTION)
    return tmp_path


def kept(folder):
    return sorted((folder / "__pycache__").glob("*.nbc"))


@pytest.mark.long
def test_two_processes_compile_at_once_each_for_a_type_of_its_own(folder):
    assert said(folder, "float32", "int64") == [["float32", "0"], ["int64", "0"]]
    assert said(folder, "float32", "int64") == [["float32", "1"], ["int64", "1"]]


def damages(data):
    """A file as a full disk, a lost block or another program may leave it."""
    yield b""
    for size in (1, 32, len(data) // 2, len(data) - 1):
        yield data[:size]
    for place in (0, 40, len(data) // 3, len(data) - 2):
        yield data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
    yield bytes(len(data))
    yield data + b"more"


@pytest.mark.long
def test_a_damaged_file_is_thrown_away_and_written_again(monkeypatch, folder):
    said(folder, "float32")
    (file,) = kept(folder)
    whole = file.read_bytes()
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location("shared", folder / "shared.py"))
    monkeypatch.setitem(sys.modules, "shared", module)
    module.__spec__.loader.exec_module(module)

    def hits():
        """Of a process that starts now."""
        kernel = njit(cache=True, makes_arrays=True)(module.kernel.py_func)
        assert kernel(np.ones(2, np.float32)).tolist() == [2, 2]
        return sum(kernel.stats.cache_hits.values())

    assert hits() == 1
    for damaged in damages(whole):
        file.write_bytes(damaged)
        assert hits() == 0
        assert hits() == 1


@pytest.mark.long
def test_the_code_of_one_type_is_never_run_on_another(folder):
    """As when a kill or a full disk came between numba's index and its file."""
    said(folder, "float32,int64")
    one, other = kept(folder)
    held = one.read_bytes(), other.read_bytes()
    one.write_bytes(held[1])
    other.write_bytes(held[0])
    assert said(folder, "float32,int64") == [["float32", "int64", "0"]]


@pytest.mark.long
def test_a_file_that_cannot_be_written_whole_costs_only_time(folder):
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # Python would leave half of a file of its own
    assert said(folder, "float32", preexec_fn=small, env=quiet) == [["float32", "0"]]
    assert kept(folder) == []
    assert not list((folder / "__pycache__").glob(".*.nbc.*"))


def test_no_folder_named_tilde(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pwd.getpwuid", lambda _number: (_ for _ in ()).throw(KeyError("no such user")))
    nowhere = Path(os.devnull)
    for name in ("NUMBA_CACHE_DIR", "LOCALAPPDATA", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    assert nowhere in cache_directory().parents
    for home in ("", "~", "here", "./here"):
        monkeypatch.setenv("HOME", home)
        assert cache_directory().is_absolute()
        assert "~" not in cache_directory().parts
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_directory() == tmp_path / ".cache" / "tinygrad_fr"
    for relative in ("~/.cache", "cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", relative)
        assert cache_directory() == tmp_path / ".cache" / "tinygrad_fr"
    monkeypatch.setenv("NUMBA_CACHE_DIR", "~/mine")
    assert cache_directory() == tmp_path / "mine" / "tinygrad_fr"


@pytest.mark.parametrize("home", ["site-packages", "dist-packages"])
def test_beside_what_pip_installed_nothing_is_left_where_the_user_has_a_cache(monkeypatch, tmp_path, home):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    installed, checkout = (tmp_path / each / "tinygrad_fr" / "kernels" for each in (home, "checkout"))
    users, last = jit._folders(installed)
    assert users.is_relative_to(tmp_path / "cache")
    assert last == installed / "__pycache__"
    assert next(jit._folders(checkout)) == checkout / "__pycache__"
