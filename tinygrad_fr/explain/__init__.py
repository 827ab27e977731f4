"""Readings of a recorded run: gradients through time, gates, the run one step at a time."""

from typing import TYPE_CHECKING

from tinygrad_fr.explain.equations.derive import Derivation, derive
from tinygrad_fr.explain.levels.view import Distance, View, view
from tinygrad_fr.explain.observed import Observed, observed
from tinygrad_fr.explain.steps.walk import Share, Step, Walk, walk
from tinygrad_fr.lazy_imports import later

if TYPE_CHECKING:
    from tinygrad_fr.explain.equations.course import CourseEquations, course_equations
    from tinygrad_fr.explain.lenses.activations import FUNCTIONS, Activation, activation
    from tinygrad_fr.explain.lenses.answer import Answer, answer
    from tinygrad_fr.explain.lenses.attention import Attention, attentions
    from tinygrad_fr.explain.lenses.cliff import Cliff, cliff
    from tinygrad_fr.explain.lenses.clipping import Clipping, clipping
    from tinygrad_fr.explain.lenses.descent import METHODS, SURFACES, Descent, descents
    from tinygrad_fr.explain.lenses.feature_maps import FeatureMaps, feature_maps
    from tinygrad_fr.explain.lenses.flow import Flow, flow
    from tinygrad_fr.explain.lenses.gates import Gates, gates
    from tinygrad_fr.explain.lenses.history import History
    from tinygrad_fr.explain.lenses.jacobian import Jacobians, jacobians
else:
    __getattr__ = later(
        __name__,
        {
            "equations.course": (
                "CourseEquations",
                "course_equations",
            ),
            "lenses.activations": (
                "FUNCTIONS",
                "Activation",
                "activation",
            ),
            "lenses.answer": (
                "Answer",
                "answer",
            ),
            "lenses.attention": (
                "Attention",
                "attentions",
            ),
            "lenses.cliff": (
                "Cliff",
                "cliff",
            ),
            "lenses.clipping": (
                "Clipping",
                "clipping",
            ),
            "lenses.descent": (
                "METHODS",
                "SURFACES",
                "Descent",
                "descents",
            ),
            "lenses.feature_maps": (
                "FeatureMaps",
                "feature_maps",
            ),
            "lenses.flow": (
                "Flow",
                "flow",
            ),
            "lenses.gates": (
                "Gates",
                "gates",
            ),
            "lenses.history": ("History",),
            "lenses.jacobian": (
                "Jacobians",
                "jacobians",
            ),
        },
    )

__all__ = [
    "FUNCTIONS",
    "METHODS",
    "SURFACES",
    "Activation",
    "Answer",
    "Attention",
    "Cliff",
    "Clipping",
    "CourseEquations",
    "Derivation",
    "Descent",
    "Distance",
    "FeatureMaps",
    "Flow",
    "Gates",
    "History",
    "Jacobians",
    "Observed",
    "Share",
    "Step",
    "View",
    "Walk",
    "activation",
    "answer",
    "attentions",
    "cliff",
    "clipping",
    "course_equations",
    "derive",
    "descents",
    "feature_maps",
    "flow",
    "gates",
    "jacobians",
    "observed",
    "view",
    "walk",
]
