"""The numbers of a step that are read anew at each replay: those that were others at an earlier call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinygrad_fr.replay.guards.environment import Environment
from tinygrad_fr.replay.guards.plain import same
from tinygrad_fr.replay.number import Number, Source

if TYPE_CHECKING:
    from collections.abc import Mapping


class Seen:
    """The numbers of a kind of call at its last recording, and which of them are read anew.

    Attributes:
        numbers: those among the arguments.
        environment: of that call.
        followed: places of arguments that a program reads anew.
        told: names of places and spots on whose value a record depends.
    """

    def __init__(self) -> None:
        self.numbers: list[float | int] = []
        self.environment: Environment | None = None
        self.followed: set[int] = set()
        self.told: set[Any] = set()
        self.refused = 0

    def sources(
        self, numbers: list[float | int], environment: Environment
    ) -> tuple[dict[int, Source], dict[tuple[int, Any], Source]]:
        """The numbers that are tracked this time: those that had other values before."""
        if self.environment is None or environment.asks_types:
            return {}, {}
        changed = {i for i, (a, b) in enumerate(zip(numbers, self.numbers, strict=True)) if not same(a, b)}
        spots = (self.environment.varied() & environment.spots.keys()) - self.told
        return (
            {i: Source(numbers[i]) for i in sorted((changed | self.followed) - self.told)},
            {name: Source(environment.spots[name].read()) for name in spots},
        )


def followed(arguments: Any, sources: Mapping[int, Source], start: int) -> list[Any]:
    """Arguments, with tracked numbers in the place of plain ones."""
    found, place = [], start
    for x in arguments:
        number = x.__class__ is float or x.__class__ is int
        found.append(Number.of(sources[place]) if number and place in sources else x)
        place += number
    return found


def followed_by_name(options: Mapping[str, Any], sources: Mapping[int, Source], arguments: Any) -> dict[str, Any]:
    """The same for arguments by name, which are counted after the others."""
    before = sum(x.__class__ is float or x.__class__ is int for x in arguments)
    return dict(zip(options, followed(options.values(), sources, before), strict=True))


def plain(result: Any) -> Any:
    """A result with plain numbers in the place of tracked ones."""
    if type(result) is Number:
        return result.read()
    if type(result) is tuple:
        return tuple([plain(part) for part in result])
    if isinstance(result, tuple) and hasattr(result, "_make"):
        return result._make([plain(part) for part in result])
    if type(result) is list:
        result[:] = [plain(part) for part in result]
    elif type(result) is dict:
        for key, part in result.items():
            result[key] = plain(part)
    return result
