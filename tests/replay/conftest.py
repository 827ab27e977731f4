"""A compiled step runs eagerly where the core runs alone, so what is said of one here is said of the fast package."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.fast("steps that are recorded and replayed"))
