"""Pictures: a diagram, independent of formats, becomes DOT text, then SVG, PNG or PDF."""

from typing import TYPE_CHECKING

from tinygrad_fr.draw.diagram import Diagram
from tinygrad_fr.draw.engine import DPI, FORMATS, format_of, render, size_of, smallest_type
from tinygrad_fr.draw.fit import fitted
from tinygrad_fr.draw.layout import place
from tinygrad_fr.draw.palettes import PALETTES
from tinygrad_fr.draw.pictures.record import PASSES, diagram_of
from tinygrad_fr.draw.wrap import PAGES, wrapped
from tinygrad_fr.lazy_imports import later

if TYPE_CHECKING:
    from tinygrad_fr.draw.animation import animated
    from tinygrad_fr.draw.chart import Series, curves
    from tinygrad_fr.draw.grid import grid_diagram
    from tinygrad_fr.draw.pictures.activations import activations_diagram
    from tinygrad_fr.draw.pictures.attention import attention_diagram
    from tinygrad_fr.draw.pictures.cell import WINDOW, cell_diagram
    from tinygrad_fr.draw.pictures.cliff import cliff_diagram
    from tinygrad_fr.draw.pictures.confusion import confusion_diagram
    from tinygrad_fr.draw.pictures.descent import descent_diagram
    from tinygrad_fr.draw.pictures.difference import difference_diagram
    from tinygrad_fr.draw.pictures.feature_maps import feature_maps_diagram
    from tinygrad_fr.draw.pictures.flow import flow_diagram
    from tinygrad_fr.draw.pictures.heat import heat_diagram
    from tinygrad_fr.draw.pictures.history import history_diagram
    from tinygrad_fr.draw.pictures.learning import learning_diagram, learning_panels
    from tinygrad_fr.draw.pictures.step import frames
    from tinygrad_fr.draw.pictures.sweep import sweep_diagram
    from tinygrad_fr.draw.pictures.wordmap import word_map
else:
    __getattr__ = later(
        __name__,
        {
            "animation": ("animated",),
            "chart": (
                "Series",
                "curves",
            ),
            "grid": ("grid_diagram",),
            "pictures.activations": ("activations_diagram",),
            "pictures.attention": ("attention_diagram",),
            "pictures.cell": (
                "WINDOW",
                "cell_diagram",
            ),
            "pictures.cliff": ("cliff_diagram",),
            "pictures.confusion": ("confusion_diagram",),
            "pictures.descent": ("descent_diagram",),
            "pictures.difference": ("difference_diagram",),
            "pictures.feature_maps": ("feature_maps_diagram",),
            "pictures.flow": ("flow_diagram",),
            "pictures.heat": ("heat_diagram",),
            "pictures.history": ("history_diagram",),
            "pictures.learning": (
                "learning_diagram",
                "learning_panels",
            ),
            "pictures.step": ("frames",),
            "pictures.sweep": ("sweep_diagram",),
            "pictures.wordmap": ("word_map",),
        },
    )

__all__ = [
    "DPI",
    "FORMATS",
    "PAGES",
    "PALETTES",
    "PASSES",
    "WINDOW",
    "Diagram",
    "Series",
    "activations_diagram",
    "animated",
    "attention_diagram",
    "cell_diagram",
    "cliff_diagram",
    "confusion_diagram",
    "curves",
    "descent_diagram",
    "diagram_of",
    "difference_diagram",
    "feature_maps_diagram",
    "fitted",
    "flow_diagram",
    "format_of",
    "frames",
    "grid_diagram",
    "heat_diagram",
    "history_diagram",
    "learning_diagram",
    "learning_panels",
    "place",
    "render",
    "size_of",
    "smallest_type",
    "sweep_diagram",
    "word_map",
    "wrapped",
]
