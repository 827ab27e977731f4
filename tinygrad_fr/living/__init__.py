"""A run as a program of single numbers, and the JavaScript of exactly the operations that it uses: the page computes."""

from tinygrad_fr.living.alive import Alive, alive
from tinygrad_fr.living.javascript import script
from tinygrad_fr.living.lower import StaticRunError, lowered
from tinygrad_fr.living.program import Program

__all__ = ["Alive", "Program", "StaticRunError", "alive", "lowered", "script"]
