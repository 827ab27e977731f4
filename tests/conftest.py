"""Profiles of hypothesis: deterministic and quick by default, random and long on request. And the program, as people run it."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.budget import (
    pytest_addoption,
    pytest_collection,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_runtest_call,
    pytest_terminal_summary,
)
from tests.program import forked, from_nothing
from tinygrad_fr.locale import catalogue, set_language
from tinygrad_fr.ops import registry

__all__ = [
    "pytest_addoption",
    "pytest_collection",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_terminal_summary",
]

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # every program that a test starts would compile the package anew

_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("quick", max_examples=25, derandomize=True, **_common)
settings.register_profile("random", max_examples=200, **_common)
settings.register_profile("nightly", max_examples=2_000, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


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
def run(compiled, tmp_path_factory):
    """Run ``tinygrad-fr`` with some arguments, in an environment that says nothing of languages but what is asked."""

    def program(*arguments, **environment):
        silent = {k: v for k, v in os.environ.items() if k not in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE")}
        silent["PYTHONUTF8"] = "1"
        if environment:
            return from_nothing(arguments, {**silent, **environment})
        return forked(arguments, silent, tmp_path_factory.mktemp("streams"))

    return program
