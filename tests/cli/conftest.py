"""Commands are tested in both languages."""

import pytest


@pytest.fixture(autouse=True)
def _compiled(compiled):
    """French as the source has it, whenever the package was installed."""


@pytest.fixture
def ok(run):
    """Run in English and expect success."""

    def program(*arguments):
        done = run("--lang", "en", *map(str, arguments))
        assert done.returncode == 0, done.stderr
        return done

    return program
