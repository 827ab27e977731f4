"""Profiles of hypothesis: deterministic and quick by default, random and long on request."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tinygrad_fr.locale import set_language

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
