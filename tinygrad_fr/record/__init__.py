"""The record: nodes, how they are written, how they are read, and how gradients flow back through them."""

from tinygrad_fr.record.backward import Observation, backward, grad, observe
from tinygrad_fr.record.mode import (
    detect_anomaly,
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    opened,
    recording,
    scope,
    set_grad_enabled,
    time_step,
)
from tinygrad_fr.record.node import Node
from tinygrad_fr.record.scope import Scope
from tinygrad_fr.record.site import Site

__all__ = [
    "Node",
    "Observation",
    "Scope",
    "Site",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "observe",
    "opened",
    "recording",
    "scope",
    "set_grad_enabled",
    "time_step",
]
