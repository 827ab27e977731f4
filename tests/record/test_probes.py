"""The promised behaviours: one test a probe, and those that the table of probes leaves out."""

import pytest

from tinygrad_fr.testing.probes import probes


@pytest.mark.parametrize("probe", probes(), ids=lambda probe: probe.name)
def test_probe(probe):
    assert probe.run() == probe.expected
