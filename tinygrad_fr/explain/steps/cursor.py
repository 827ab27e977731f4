"""A place in a walk, and the moves to another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tinygrad_fr.errors import UsageError
from tinygrad_fr.explain.steps.stop_condition import condition, named, nearest
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from tinygrad_fr.explain.steps.walk import Step, Walk


class Cursor:
    """The reader's place in a walk.

    Attributes:
        walk: the walk.
        place: index of the step, from 0.
    """

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.place = 0

    @property
    def step(self) -> Step:
        """The step here."""
        return self.walk[self.place]

    def next(self) -> None:
        """One step on; the last step stays."""
        self.place = min(self.place + 1, len(self.walk) - 1)

    def back(self) -> None:
        """One step back; the first step stays."""
        self.place = max(self.place - 1, 0)

    def start(self) -> None:
        """To the first step."""
        self.place = 0

    def end(self) -> None:
        """To the last step."""
        self.place = len(self.walk) - 1

    def jump(self, text: str) -> None:
        """To a step by its number, counted from 1 over both passes.

        Raises:
            UsageError: there is no such step.
        """
        if not text.strip().isdecimal() or not 1 <= int(text) <= len(self.walk):
            raise UsageError(
                _("expected the number of a step, from 1 to {last}, got “{found}”").format(
                    last=len(self.walk), found=text
                )
            )
        self.place = int(text) - 1

    def to(self, name: str) -> None:
        """To the next step of a node, going round to the start after the end; of a leaf, a step that reads it or sends to it.

        Raises:
            UsageError: nothing has this name.
        """
        names = {vertex: each.plain for vertex, each in self.walk.equations.names.items()}
        known = list(dict.fromkeys([*(step.name for step in self.walk), *names.values()]))
        found = named(name, known)
        places = [i for i, step in enumerate(self.walk) if step.name == found]
        if not places:
            leaves = {vertex for vertex, each in names.items() if each == found}
            places = [i for i, step in enumerate(self.walk) if leaves.intersection(_touched(step))]
        if not places:
            raise UsageError(
                _("no step of this walk is named “{found}”{near}").format(found=name, near=nearest(name, known))
            )
        self.place = next((i for i in places if i > self.place), places[0])

    def until(self, text: str, *, here: bool = False) -> None:
        """To the next step where a condition holds.

        Args:
            text: the condition, as :func:`tinygrad_fr.explain.steps.stop_condition.condition` reads it.
            here: whether the step here may be the one.

        Raises:
            UsageError: it is no condition, or it holds nowhere further on.
        """
        holds = condition(self.walk, text)
        first = self.place if here else self.place + 1
        found = next((i for i in range(first, len(self.walk)) if holds(self.walk[i])), None)
        if found is None:
            raise UsageError(_("“{condition}” holds at no step from here to the end").format(condition=text))
        self.place = found


def _touched(step: Step) -> list[int]:
    """The nodes that a step reads, forward, or sends to, backward."""
    if step.phase == "backward":
        return [share.source for share in step.shares]
    return [source for source in step.vertex.inputs if isinstance(source, int)]
