"""Compilation of a training step: it is recorded once and then replayed as a program.

``compile(step)`` records everything that one call of a step does, backward pass and update included. ``tape`` holds
these events in order, ``guards`` hold the conditions under which they may be replayed. ``lowering`` turns the events
into instructions and ``execution`` runs these. ``program`` is one compiled recording, and ``replay`` chooses at each
call between recording, replaying and running eagerly.
"""

from tinygrad_fr.replay.compiled import compile
from tinygrad_fr.replay.replay import Replay

__all__ = ["Replay", "compile"]
