"""micrograd's names: ``engine.Value`` is our Scalar; ``nn`` is its neurons, layers and networks; ``draw_dot`` our picture."""

from tinygrad_fr.lessons.companions.micrograd import engine, nn
from tinygrad_fr.lessons.companions.micrograd.picture import draw_dot, trace

__all__ = ["draw_dot", "engine", "nn", "trace"]
