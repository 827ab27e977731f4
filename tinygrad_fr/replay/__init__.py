"""A step of training recorded once and then done again as a program.

``compile(step)`` keeps all that one call of a step does, backward pass and update included, as one record; from that come
``tape`` (what happened, in order), ``lowering`` (its operations as instructions on arrays), ``blocks`` (instructions put
together), ``memory`` (places in one array, given again when free) and ``program`` (what runs).
"""

from tinygrad_fr.replay.compiled import Replay, compile

__all__ = ["Replay", "compile"]
