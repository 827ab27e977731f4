"""Pages that show several readings of a run together."""

from tinygrad_fr.report.demo import Demo, demo

__all__ = ["Demo", "demo"]
