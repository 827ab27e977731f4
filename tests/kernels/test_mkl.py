"""Where MKL is found, and what happens where it is not."""

import importlib.metadata
from types import SimpleNamespace

import pytest

from tinygrad_fr.kernels.runtime import mkl


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Pretend that the package of MKL has these files."""

    def pretend(*names):
        files = [SimpleNamespace(name=name, locate=lambda name=name: tmp_path / name) for name in names]
        monkeypatch.setattr(mkl, "distribution", lambda _name: SimpleNamespace(files=files))
        mkl.library.cache_clear()
        mkl.products.cache_clear()

    yield pretend
    monkeypatch.undo()
    mkl.library.cache_clear()
    mkl.products.cache_clear()


@pytest.mark.parametrize("name", ["libmkl_rt.so.3", "libmkl_rt.so.2", "mkl_rt.2.dll", "libmkl_rt.2.dylib"])
def test_the_library_of_each_system_is_found(installed, tmp_path, name):
    installed("libmkl_core.so.3", "LICENSE.txt", "mkl_rt_notes.txt", name)
    assert mkl.library() == tmp_path / name


def test_a_package_without_it_or_without_a_list_of_files(installed, monkeypatch):
    installed("libmkl_core.so.3")
    assert mkl.library() is None is mkl.products()
    monkeypatch.setattr(mkl, "distribution", lambda _name: SimpleNamespace(files=None))
    mkl.library.cache_clear()
    assert mkl.library() is None


def test_no_package(installed, monkeypatch):
    installed()

    def absent(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(mkl, "distribution", absent)
    mkl.library.cache_clear()
    assert mkl.library() is None is mkl.products()


def test_a_file_that_is_no_library(installed, tmp_path):
    installed("libmkl_rt.so.3")
    (tmp_path / "libmkl_rt.so.3").write_bytes(b"cut short")
    assert mkl.products() is None
