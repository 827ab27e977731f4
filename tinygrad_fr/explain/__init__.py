"""Readings of a recorded run that teach something: gradients through time, gates."""

from tinygrad_fr.explain.cliff import Cliff, cliff
from tinygrad_fr.explain.clipping import Clipping, clipping
from tinygrad_fr.explain.flow import Flow, flow
from tinygrad_fr.explain.gates import Gates, gates
from tinygrad_fr.explain.history import History
from tinygrad_fr.explain.jacobian import Jacobians, jacobians
from tinygrad_fr.explain.observed import Observed, observed

__all__ = [
    "Cliff",
    "Clipping",
    "Flow",
    "Gates",
    "History",
    "Jacobians",
    "Observed",
    "cliff",
    "clipping",
    "flow",
    "gates",
    "jacobians",
    "observed",
]
