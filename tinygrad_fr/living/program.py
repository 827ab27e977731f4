"""The program: every number of a run, in the order in which they are computed, as typed arrays."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tinygrad_fr.living.code import Code

Ids = Any  # an array of the places of numbers
ARITY = 3


class Stretch(NamedTuple):
    """Numbers side by side that one operation makes, none of them from another."""

    code: int
    start: int
    stop: int
    vertex: int


class Program:
    """Numbers, and what makes each: number 0 is the constant 0, a number of no stretch is a leaf.

    Example:
        >>> from tinygrad_fr.living.code import Code
        >>> from tinygrad_fr.ops.definition.op import registry
        >>> program = Program()
        >>> x = program.leaves(np.array([2.0, 3.0]))
        >>> y = program.computed(Code.of(registry["square"], {}, 1), [x], 0)
        >>> values, gradients = program.swept(int(y[1]))
        >>> values[y].tolist(), gradients[x].tolist()
        ([4.0, 9.0], [0.0, 6.0])
    """

    def __init__(self) -> None:
        self.codes: dict[str, Code] = {}
        self.stretches: list[Stretch] = []
        self.size = 1
        self._operands: list[np.ndarray[Any, Any]] = []  # of each stretch: a row for each operand
        self._leaves: list[np.ndarray[Any, Any]] = [np.zeros(1)]
        self._constants: dict[float, int] = {0.0: 0}

    def leaves(self, values: Any) -> Ids:
        """Numbers that are given."""
        values = np.asarray(values, float)
        ids = np.arange(self.size, self.size + values.size, dtype=np.int64).reshape(values.shape)
        self._leaves.append(values.ravel())
        self.size += values.size
        return ids

    def constants(self, values: Any) -> Ids:
        """Numbers that nobody changes: one for each value."""
        values = np.asarray(values, float)
        unique, places = np.unique(values.ravel(), return_inverse=True)
        table = np.empty(unique.size, np.int64)
        for i, value in enumerate(unique.tolist()):
            known = self._constants.get(value)
            if known is None:
                known = int(self.leaves(value))
                if value == value:
                    self._constants[value] = known
            table[i] = known
        found: Ids = table[places].reshape(values.shape)
        return found

    def computed(self, code: Code, operands: Sequence[Ids], vertex: int) -> Ids:
        """Numbers that an operation makes of others, element by element."""
        index = self._index(code)
        every = np.broadcast_arrays(*operands)
        rows = np.stack([each.ravel() for each in every]).astype(np.int32)
        start, count = self.size, rows.shape[1]
        self.size += count
        if count:
            self.stretches.append(Stretch(index, start, self.size, vertex))
            self._operands.append(rows)
        return np.arange(start, self.size, dtype=np.int64).reshape(every[0].shape)

    def _index(self, code: Code) -> int:
        self.codes.setdefault(code.key, code)
        return list(self.codes).index(code.key)

    def constant(self, value: Any) -> int | None:
        """The place of a constant, None where there is none of that value."""
        return self._constants.get(float(value)) if isinstance(value, float | int) else None

    def operations(self) -> Iterator[tuple[Stretch, np.ndarray[Any, Any]]]:
        """Each stretch with the places of its operands, a row for each."""
        return zip(self.stretches, self._operands, strict=True)

    def operand_table(self) -> np.ndarray[Any, Any]:
        """The operands of every number, a row for the first, the second and the third; 0 where there is none."""
        table = np.zeros((ARITY, self.size), np.int64)
        for stretch, rows in self.operations():
            table[: len(rows), stretch.start : stretch.stop] = rows
        return table

    def stretches_alike(self, other: Program) -> bool:
        """Whether two programs do the same operations in the same order."""
        mine, theirs = (
            [(list(it.codes)[each.code], each.start, each.stop) for each in it.stretches] for it in (self, other)
        )
        return mine == theirs

    def leaf_values(self) -> np.ndarray[Any, Any]:
        """The values of the leaves in their order."""
        return np.concatenate(self._leaves)

    def is_leaf(self) -> np.ndarray[Any, Any]:
        """Which numbers are leaves."""
        found = np.ones(self.size, bool)
        for each in self.stretches:
            found[each.start : each.stop] = False
        return found

    def swept(self, loss: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Every value, and every gradient of one number: what the page computes, computed here."""
        codes = list(self.codes.values())
        values, gradients = np.zeros(self.size), np.zeros(self.size)
        values[self.is_leaf()] = self.leaf_values()
        with np.errstate(all="ignore"):
            for stretch, rows in self.operations():
                code = codes[stretch.code]
                args = [values[row] for row in rows]
                attrs = [value for _name, value in code.attrs]
                values[stretch.start : stretch.stop] = code.on_arrays(code.forward)(None, None, *args, *attrs)
            gradients[loss] = 1.0
            _send(codes, zip(reversed(self.stretches), reversed(self._operands), strict=True), values, gradients)
        return values, gradients

    def jacobian(self, before: Ids, after: Ids, values: Any) -> np.ndarray[Any, Any]:
        """The derivatives of some numbers by earlier ones, by what was computed between them: as the page computes them."""
        codes = list(self.codes.values())
        low, high = int(before.max()), int(after.max())
        between = [(each, rows) for each, rows in self.operations() if low < each.start <= high][::-1]
        found = []
        for place in after:
            gradients = np.zeros(self.size)
            gradients[place] = 1.0
            _send(codes, between, values, gradients)
            found.append(gradients[before])
        return np.array(found)

    def to_json(self) -> dict[str, Any]:
        """What the page carries; see ``runtime.js``. Operands are differences, which a compressor makes small."""
        operands: list[list[int]] = []
        for i in range(ARITY):
            found = [rows[i] if i < len(rows) else np.zeros(rows.shape[1], np.int32) for rows in self._operands]
            row = np.concatenate(found) if found else np.zeros(0, np.int32)
            operands.append(np.diff(row, prepend=0).tolist() if row.any() else [])
        return {
            "size": self.size,
            "codes": list(self.codes),
            "stretches": [value for each in self.stretches for value in each],
            "operands": operands,
            "leaves": base64.b64encode(self.leaf_values().astype("<f8").tobytes()).decode(),
        }


def packed(ids: Ids) -> list[int]:
    """The places of numbers: two figures where they lie side by side, else differences after a −1."""
    flat = np.asarray(ids).ravel()
    if flat.size and (np.diff(flat) == 1).all():
        return [int(flat[0]), int(flat.size)]
    return [-1, *np.diff(flat, prepend=0).tolist()]


def _send(
    codes: Sequence[Code], stretches: Iterable[tuple[Stretch, np.ndarray[Any, Any]]], values: Any, gradients: Any
) -> None:
    """Send the gradients of stretches, the latest first, to their operands."""
    for stretch, rows in stretches:
        code = codes[stretch.code]
        args = [values[row] for row in rows]
        attrs = [value for _name, value in code.attrs]
        g, y = gradients[stretch.start : stretch.stop].copy(), values[stretch.start : stretch.stop]
        for i, text in code.sent():
            np.add.at(gradients, rows[i], code.on_arrays(text)(g, y, *args, *attrs))
