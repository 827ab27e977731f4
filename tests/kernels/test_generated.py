"""Generated source on the disk, and Python's own of it: damaged, of another version, written by two processes, or nowhere."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tinygrad_fr.kernels.runtime import generated

SOURCE = "# {version}\ndef kernel(x):\n    return x + 1\n"

PROGRAM = """
import sys
from tinygrad_fr.kernels.runtime.generated import imported
print(imported(sys.argv[1])(41))
"""


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """An empty cache, and nothing that an earlier test imported."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(generated, "cache_directory", lambda: folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    known = set(sys.modules)
    yield folder
    for name in set(sys.modules) - known:
        del sys.modules[name]


def again(source):
    """What another process would import."""
    for name in [name for name in sys.modules if name.startswith("kernel_")]:
        del sys.modules[name]
    return generated.imported(source)(41)


def files(folder):
    (source,) = folder.glob("*.py")
    return source, Path(importlib.util.cache_from_source(str(source)))


def test_a_damaged_source_is_written_again(cache):
    assert again(SOURCE) == 42
    source, _compiled = files(cache)
    for damaged in (b"", source.read_bytes()[:-4], b"\0" * 40, b"def kernel(x):\n    return 0\n"):
        source.write_bytes(damaged)
        assert again(SOURCE) == 42
        assert source.read_text() == SOURCE


@pytest.mark.parametrize("kept", [0, 4, 12, 16, 17, 40, -1])
def test_pythons_own_file_cut_short_costs_only_time(cache, kept):
    assert again(SOURCE) == 42
    _source, compiled = files(cache)
    compiled.write_bytes(compiled.read_bytes()[:kept])
    assert again(SOURCE) == 42


@pytest.mark.parametrize("body", [b"\xff" * 30, b"i\x01\x00\x00\x00", b"N", b"[" + b"\xff" * 8], ids=str)
def test_pythons_own_file_of_other_bytes_costs_only_time(cache, body):
    assert again(SOURCE) == 42
    _source, compiled = files(cache)
    whole = compiled.read_bytes()
    compiled.write_bytes(whole[:16] + body)  # the header says that it belongs to the source
    assert again(SOURCE) == 42
    assert again(SOURCE) == 42
    assert not compiled.exists() or compiled.read_bytes() == whole


def test_another_version_has_another_file(cache, monkeypatch):
    for version in ("1", "2"):
        monkeypatch.setattr(generated, "version", lambda version=version: version)
        source = generated.written(SOURCE)
        assert source.startswith(f"# {version}\n")
        assert again(source) == 42
    assert len(list(cache.glob("*.py"))) == 2


def test_a_cache_that_is_no_folder_costs_only_time(cache):
    cache.write_text("somebody's file")
    assert again(SOURCE) == 42
    assert cache.read_text() == "somebody's file"


def test_two_processes_write_the_same_file_at_once(tmp_path):
    environment = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, SOURCE], stdout=subprocess.PIPE, text=True, env=environment)
        for _each in range(3)
    ]
    assert [each.communicate()[0].strip() for each in running] == ["42"] * 3
    (source,) = tmp_path.rglob("kernel_*.py")
    assert source.read_text() == SOURCE
