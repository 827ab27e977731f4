"""Running the program as a person does: a process of its own."""

import os
import subprocess
import sys

import pytest

from tinygrad_fr.locale import catalogue


@pytest.fixture(scope="session", autouse=True)
def _compiled():
    """French as the source has it, whenever the package was installed."""
    catalogue.compile_()


@pytest.fixture
def run():
    """Run ``tinygrad-fr`` with some arguments, in an environment that says nothing of languages."""

    def program(*arguments, **environment):
        silent = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")}
        return subprocess.run(
            [sys.executable, "-c", "from tinygrad_fr.cli import main; main()", *arguments],
            env={**silent, "PYTHONUTF8": "1", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
        )

    return program
