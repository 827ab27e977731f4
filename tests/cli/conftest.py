"""Commands are tested in both languages."""

import pytest


@pytest.fixture(autouse=True)
def _compiled(compiled):
    """French as the source has it, whenever the package was installed."""
