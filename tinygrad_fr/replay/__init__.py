"""A step of training recorded once and then done again as a program.

``compile(step)`` records everything that one call of a step does, backward pass and update included. ``tape`` holds these events in
order, ``guards`` the conditions under which they may be replayed. ``lowering`` makes instructions of them and ``execution`` runs these;
``program`` puts a recording together, and ``replay`` chooses at each call between recording, replaying and running eagerly.
"""

from tinygrad_fr.replay.compiled import compile
from tinygrad_fr.replay.replay import Replay

__all__ = ["Replay", "compile"]
