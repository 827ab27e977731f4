"""How far the tables of a compiled step reach: the first and the last number that each instruction reads or writes.

A compiled step's own numbers lie in one piece of memory, where a fence sees no border between them and what is scratch. So what
the interpreter (:mod:`tinygrad_fr.kernels.interpreter`) is told is worked out here a second time, and compared with the arrays.
"""

from tinygrad_fr.kernels.interpreter import CHUNK, COPY, ELEMENTS, OPERAND, PRODUCT, SUM, SWEEP

FILL = -1


def _span(offset, *loops):
    """First and last number of loops (how many turns, numbers a turn); None where a loop has no turn."""
    if any(turns <= 0 for turns, _step in loops):
        return None
    ends = [(turns - 1) * step for turns, step in loops]
    return offset + sum(min(0, end) for end in ends), offset + sum(max(0, end) for end in ends)


def _elements(code, block):
    outer, rows, count, first, last = (int(n) for n in block[1:6])
    for i in range(first, last):
        for k in range(4):
            base, offset, by_outer, by_row, moves = (int(n) for n in code[i, 1 + OPERAND * k : 1 + OPERAND * (k + 1)])
            if code[i, 0] == FILL:
                if k > 1:
                    continue  # a number repeated has one operand
                inner = (1 if k else min(count, CHUNK), 1)
            else:
                inner = (count if moves else min(count, CHUNK), 1)
            yield base, _span(offset, (outer, by_outer), (rows, by_row), inner)


def _product(block):
    count, m, k, n = (int(each) for each in block[1:5])
    for at, size in ((7, m * k), (10, k * n), (13, m * n)):
        base, offset, step = (int(each) for each in block[at : at + 3])
        yield base, _span(offset, (count, step), (size, 1))


def _sum(block):
    outer, middle, inner = (int(n) for n in block[1:4])
    yield int(block[4]), _span(int(block[5]), (outer * middle * inner, 1))
    yield int(block[6]), _span(int(block[7]), (outer * inner, 1))


def _copy(block):
    sides, steps, own = ([int(n) for n in block[a:b]] for a, b in ((1, 5), (9, 13), (13, 16)))
    yield int(block[5]), _span(int(block[6]), *zip(sides, steps, strict=True))
    yield int(block[7]), _span(int(block[8]), *zip(sides, (*own, 1), strict=True))


def reaches(assembly):
    """(kind, base, first, last) of every operand of every block; base 0 is the step's own memory, −1 its single numbers."""
    written = assembly.tables
    readers = {PRODUCT: _product, SUM: _sum, COPY: _copy}
    for block in written.blocks:
        kind = int(block[0])
        if kind == SWEEP:
            _op, out, count, *starts = (int(n) for n in block[1:7])
            yield "numbers", -1, out, out + count - 1
            for start in starts:
                chosen = written.index[start : start + count]
                if len(chosen):
                    yield "numbers", -1, int(chosen.min()), int(chosen.max())
            continue
        found = _elements(written.code, block) if kind == ELEMENTS else readers[kind](block)
        for base, span in found:
            if span is not None:
                yield ("elements", "product", "sum", "copy")[kind], base, *span


def faults(assembly):
    """What reaches outside of the step's memory, of its numbers, or of an array that is given at each run."""
    sizes = {0: assembly.arena.memory.size, -1: assembly.arena.numbers.size}
    buffers = {}
    for view in (*assembly.outputs.values(), *assembly.shown.values()):
        buffers[id(view.buffer)] = view.buffer.size
    for key, base in assembly.arena.bases.items():
        if key in buffers:
            sizes[base] = buffers[key]
    found, seen = [], 0
    for kind, base, first, last in reaches(assembly):
        seen += 1
        if first < 0 or (base in sizes and last >= sizes[base]):
            found.append(f"{kind} reaches from {first} to {last} of {sizes.get(base)} numbers")
    return found, seen


def watched(record):
    """Have every assembly that is made told to a function; one at a time."""
    from tinygrad_fr.replay.execution.assembly import Assembly

    made = getattr(Assembly.__init__, "made", Assembly.__init__)

    def assembled(self, *given):
        made(self, *given)
        record(self)

    assembled.made = made
    Assembly.__init__ = assembled
