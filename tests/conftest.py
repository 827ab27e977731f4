"""Profiles of hypothesis: deterministic and quick by default, random and long on request. And the program, as people run it."""

import os
import resource
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, settings

from tinygrad_fr.locale import catalogue, set_language
from tinygrad_fr.ops import registry

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("quick", max_examples=25, derandomize=True, **_common)
settings.register_profile("random", max_examples=200, **_common)
settings.register_profile("nightly", max_examples=2_000, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def pytest_addoption(parser):
    parser.addoption("--nightly", action="store_true", help="run what takes minutes: ten thousand random programs")


@pytest.fixture(autouse=True)
def _english():
    """Messages in one language, whatever the machine's; tests of French choose it themselves."""
    set_language("en")
    yield
    set_language(None)


@pytest.fixture(autouse=True)
def _own_operations():
    """What a test, or a page's code, says as an operation of its own is gone after it, whoever runs next."""
    before = set(registry)
    yield
    for name in set(registry) - before:
        del registry[name]


@pytest.fixture(scope="session")
def compiled():
    """French as the source has it, whenever the package was installed."""
    catalogue.compile_()


@pytest.fixture
def run(compiled):
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
            timeout=900,  # for what hangs; what works too long is ended by its own time, whatever else the machine does
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (120, 120)),
        )

    return program
