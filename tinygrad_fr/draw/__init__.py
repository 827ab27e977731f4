"""Pictures: a diagram before any format, then DOT, then SVG, PNG or PDF."""

from tinygrad_fr.draw.activations import activations_diagram
from tinygrad_fr.draw.animation import animated
from tinygrad_fr.draw.attention import attention_diagram
from tinygrad_fr.draw.cell import WINDOW, cell_diagram
from tinygrad_fr.draw.chart import Series, curves
from tinygrad_fr.draw.cliff import cliff_diagram
from tinygrad_fr.draw.confusion import confusion_diagram
from tinygrad_fr.draw.descent import descent_diagram
from tinygrad_fr.draw.diagram import Diagram
from tinygrad_fr.draw.difference import difference_diagram
from tinygrad_fr.draw.engine import DPI, FORMATS, format_of, render, size_of, smallest_type
from tinygrad_fr.draw.feature_maps import feature_maps_diagram
from tinygrad_fr.draw.fit import fitted
from tinygrad_fr.draw.flow import flow_diagram
from tinygrad_fr.draw.grid import grid_diagram
from tinygrad_fr.draw.heat import heat_diagram
from tinygrad_fr.draw.history import history_diagram
from tinygrad_fr.draw.layout import place
from tinygrad_fr.draw.learning import learning_diagram, learning_panels
from tinygrad_fr.draw.palettes import PALETTES
from tinygrad_fr.draw.record import PASSES, diagram_of
from tinygrad_fr.draw.step import frames
from tinygrad_fr.draw.sweep import sweep_diagram
from tinygrad_fr.draw.wordmap import word_map
from tinygrad_fr.draw.wrap import PAGES, wrapped

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
