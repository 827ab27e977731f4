"""Readings of a recorded run that teach something: gradients through time, gates."""

from tinygrad_fr.explain.flow import Flow, flow
from tinygrad_fr.explain.gates import Gates, gates
from tinygrad_fr.explain.observed import Observed, observed

__all__ = ["Flow", "Gates", "Observed", "flow", "gates", "observed"]
