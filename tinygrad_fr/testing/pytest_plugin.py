"""pytest: a failed proof of a gradient leaves its picture, and says where.

Loaded by pytest for everybody who has the package installed, so it imports nothing before a proof has failed.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest

FOLDER = "tinygrad_fr"  # of pytest's own cache


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where pictures of failed proofs go, if not into pytest's own cache."""
    parser.addini("tinygrad_fr_pictures", "folder of the pictures of failed gradient proofs", default="")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Draw the counter-example of a proof that failed."""
    report = yield
    error = call.excinfo.value if call.excinfo is not None else None
    if type(error).__name__ == "GradientMismatchError" and report.when == "call":
        report.sections.append(("tinygrad_fr", _drawn(item, error)))
    return report


def _drawn(item: pytest.Item, error: Any) -> str:
    from tinygrad_fr.draw import render
    from tinygrad_fr.testing.proving.drawing import picture

    try:
        counterexample = error.counterexample
        folder = _folder(item.config)
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", item.name)
        path = folder / f"{name}.svg"
        path.write_bytes(render(picture(counterexample), "svg"))
    except Exception as failure:  # a picture that cannot be made must not hide the proof
        return f"no picture: {failure}"
    return f"counter-example drawn in {path}\nto run it again: {counterexample.code}"


def _folder(config: pytest.Config) -> Path:
    """What the settings say, else a folder of pytest's cache, else (``-p no:cacheprovider``) one of the system's for what may go."""
    chosen = config.getini("tinygrad_fr_pictures")
    if chosen:
        return Path(config.rootpath, chosen)
    cache = getattr(config, "cache", None)
    return Path(cache.mkdir(FOLDER)) if cache is not None else Path(tempfile.mkdtemp(prefix=f"{FOLDER}-"))
