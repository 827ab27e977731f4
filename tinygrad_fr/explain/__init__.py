"""Readings of a recorded run that teach something: gradients through time, gates, one step at a time."""

from tinygrad_fr.explain.course import CourseEquations, course_equations
from tinygrad_fr.explain.derive import Derivation, derive
from tinygrad_fr.explain.flow import Flow, flow
from tinygrad_fr.explain.gates import Gates, gates
from tinygrad_fr.explain.observed import Observed, observed
from tinygrad_fr.explain.walk import Share, Step, Walk, walk

__all__ = [
    "CourseEquations",
    "Derivation",
    "Flow",
    "Gates",
    "Observed",
    "Share",
    "Step",
    "Walk",
    "course_equations",
    "derive",
    "flow",
    "gates",
    "observed",
    "walk",
]
