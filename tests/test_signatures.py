"""What is generated is up to date."""

import pytest

from tinygrad_fr.ops.signatures import STUB, stub


@pytest.mark.fast("the arguments that generated calls show to inspect.signature")
def test_the_stub_of_the_methods_is_current():
    assert STUB.read_text(encoding="utf-8") == stub(), "run python -m tinygrad_fr.generate"
