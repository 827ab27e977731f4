"""What watches the operations that run, and may answer for them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Followed(ABC):
    """Stands for a plain number whose value may be another when the recorded step is done again."""

    __slots__ = ()

    @abstractmethod
    def read(self) -> float | int:
        """The number, which the record depends on from now on."""

    @abstractmethod
    def operand(self) -> Any:
        """What stands for it in the record: a leaf, or the number where nobody follows it."""
