"""Joining: results that are only copied to be joined (``stack``, ``cat``) are written where they are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.replay.lowering.blocks import ROW
from tinygrad_fr.replay.lowering.dead_code import effects
from tinygrad_fr.replay.lowering.instructions import Copy, Element, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tinygrad_fr.replay.lowering.instructions import Instruction


def joined(instructions: Sequence[Instruction], shown: Mapping[int, View], outputs: Iterable[Any]) -> list[Instruction]:
    """The instructions, without the copies that would join results of element-wise ones.

    An array is joined so where this holds for all of its parts: it then lives longer than a copy, in the place of the parts.

    Args:
        instructions: in order.
        shown: cell → the view that Python sees there.
        outputs: views, numbers and (cells,) that are read after the run.
    """
    seen = {id(view.buffer) for view in (*shown.values(), *outputs) if isinstance(view, View)}
    writers: dict[int, list[int]] = {}
    readers: dict[int, list[int]] = {}
    for at, instruction in enumerate(instructions):
        out, reads = effects(instruction)
        if isinstance(out, View):
            writers.setdefault(id(out.buffer), []).append(at)
        for view in {id(a.buffer): a for a in reads if isinstance(a, View)}.values():
            readers.setdefault(id(view.buffer), []).append(at)
    found: list[Instruction | None] = list(instructions)
    for parts in writers.values():
        copies = [(at, each) for at in parts if isinstance(each := instructions[at], Copy)]
        if len(copies) < len(parts) or sum(copy.a.size for _at, copy in copies) != copies[0][1].out.buffer.size:
            continue
        moved: dict[int, Element] = {}
        for _at, copy in copies:
            i = id(copy.a.buffer)
            if i in seen or len(readers[i]) > 1 or len(writers.get(i, ())) != 1 or not copy.a.full:
                break
            (at,) = writers[i]
            made = instructions[at]
            if not isinstance(made, Element) or not made.out.full:
                break
            place = _seen_as(copy.out, made.out.shape)
            if place is None:
                break
            moved[at] = made._replace(out=place)
        else:
            for at, _copy in copies:
                found[at] = None
            for at, element in moved.items():
                found[at] = element
    return [each for each in found if each is not None]


def _seen_as(view: View, shape: tuple[int, ...]) -> View | None:
    """A view in a shape that differs in sides of length 1 alone, if loops over its rows are long enough."""
    steps = list(view.steps)
    if [side for side in shape if side != 1] != [side for side, _step in steps] or not steps or len(steps) > 3:
        return None
    if steps[-1][1] != 1 or steps[-1][0] < ROW:
        return None
    return View(view.buffer, view.offset, shape, tuple([steps.pop(0)[1] if side != 1 else 0 for side in shape]))
