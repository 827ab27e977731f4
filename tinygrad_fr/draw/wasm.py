"""Graphviz as WebAssembly: it needs no library of the machine and has no access to it.

The binary is viz-js's (``vendor/fetch.py``), which was made for browsers. This module implements the functions that it
imports from its host: there are no files, no clock, no environment. Each picture has its own instance, so no state is
left for the next one, and nothing needs to be freed.
"""

from __future__ import annotations

import atexit
import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tinygrad_fr.errors import DrawError
from tinygrad_fr.locale import _

if TYPE_CHECKING:
    from collections.abc import Callable

FORMATS = ("svg", "plain", "json", "json0")  # a bitmap or a PDF needs libraries that this build has not
BINARY = Path(__file__).parent / "vendor" / "graphviz.wasm"
_MEMORY = 1_000_000_000  # bytes that a picture may take
# It knows the widths of ASCII alone and takes every other byte for a space: enough for é, σ and ∂, too little for these.
_PAD = "\x80"  # two bytes, of a control character, which no text of ours holds
_WIDER = str.maketrans({char: char + _PAD for char in "×±÷ωΘΜΠΦΨΩœŒæÆ©®¼½¾‰"})
_NO_FILE, _NO_STREAM = -44, 8  # what a system answers: there is no such file, no such stream

# The compiler has shortened every name; backend.js says which is which.
_MEMORY_NAME, _START, _ALLOCATE, _READ, _CONTEXT, _LAY_OUT, _RENDER = "z", "A", "F", "I", "V", "X", "_"


@lru_cache(maxsize=1)
def _compiled() -> Any:
    """The machine code with its engine, kept on the disk where there is a place; None where nothing runs it."""
    try:
        import wasmtime
    except (ImportError, OSError):  # no wheel for this machine, or one that does not load
        return None
    config = wasmtime.Config()
    try:
        config.cache = True
    except wasmtime.WasmtimeError:  # no home directory
        config = wasmtime.Config()
    engine = wasmtime.Engine(config)
    atexit.register(_compiled.cache_clear)  # while the library that frees it is still there
    return engine, wasmtime.Module(engine, BINARY.read_bytes())


def available() -> bool:
    """Whether it can run here."""
    return _compiled() is not None


def lay_out(dot: str, form: str, program: str) -> bytes:
    """Run Graphviz on DOT text.

    Args:
        dot: the text.
        form: one of :data:`FORMATS`.
        program: the layout's name.

    Raises:
        DrawError: it fails; the message is its own.
    """
    import wasmtime

    try:
        return _Instance(*_compiled()).draw(dot.translate(_WIDER), form, program).replace(_PAD.encode(), b"")
    except (wasmtime.WasmtimeError, wasmtime.Trap) as error:  # out of memory, for instance
        raise DrawError(
            _("Graphviz could not draw the picture: {cause}").format(cause=str(error).partition("\n")[0])
        ) from None


class _Instance:
    """Graphviz in a memory of its own."""

    def __init__(self, engine: Any, module: Any) -> None:
        import wasmtime

        self.errors: list[str] = []
        self.store = wasmtime.Store(engine)
        self.store.set_limits(memory_size=_MEMORY)
        linker, answers = wasmtime.Linker(engine), self._answers()
        for each in module.imports:
            linker.define_func(each.module, each.name, each.type, answers[each.name])
        self.exports: Any = linker.instantiate(self.store, module).exports(self.store)
        self.memory: Any = self.exports[_MEMORY_NAME]
        self._call(_START)

    def draw(self, dot: str, form: str, program: str) -> bytes:
        """A picture of DOT text."""
        graph = self._call(_READ, self._written(dot))
        if not graph:
            self._fail()
        context = self._call(_CONTEXT)
        if self._call(_LAY_OUT, context, graph, self._written(program)):
            self._fail()
        picture = self._call(_RENDER, context, graph, self._written(form))
        if not picture:
            self._fail()
        return self._text(picture)

    def _call(self, name: str, *arguments: int) -> Any:
        return self.exports[name](self.store, *arguments)

    def _written(self, text: str) -> int:
        """The address of a text, written into the memory."""
        data = text.encode() + b"\0"
        address = int(self._call(_ALLOCATE, len(data)))
        self.memory.write(self.store, data, address)
        return address

    def _text(self, address: int) -> bytes:
        """The text at an address, up to its zero."""
        step, found = 1 << 16, bytearray()
        while True:
            part: bytearray = self.memory.read(self.store, address + len(found), address + len(found) + step)
            end = part.find(0)
            if end >= 0 or not part:
                return bytes(found + part[: max(end, 0)])
            found += part

    def _number(self, address: int) -> int:
        return int.from_bytes(self.memory.read(self.store, address, address + 4), "little")

    def _keep(self, number: int, *addresses: int) -> None:
        for address in addresses:
            self.memory.write(self.store, number.to_bytes(4, "little"), address)

    def _fail(self) -> NoReturn:
        cause = "".join(self.errors).strip().removeprefix("Error:").split("\n")[0].strip()
        raise DrawError(_("Graphviz could not draw the picture: {cause}").format(cause=cause or "–"))

    def _answers(self) -> dict[str, Callable[..., Any]]:
        """The functions that the binary imports from its host, by their short names."""

        def fails(*_arguments: int) -> NoReturn:  # assert_fail, cxa_throw, exit, abort
            self._fail()

        def no_file(*_arguments: int) -> int:
            return _NO_FILE

        def no_stream(*_arguments: int) -> int:
            return _NO_STREAM

        def nothing(*_arguments: int) -> None:
            return None

        def grow(size: int) -> int:
            pages = -(-((size & 0xFFFFFFFF) - self.memory.data_len(self.store)) // 65536)
            try:
                self.memory.grow(self.store, max(pages, 0))
            except Exception:
                return 0
            return 1

        def write(_stream: int, parts: int, count: int, written: int) -> int:  # remarks: on fonts, for instance
            self._keep(sum(self._number(parts + 8 * i + 4) for i in range(count)), written)
            return 0

        def said(address: int) -> int:
            self.errors.append(self._text(address).decode(errors="replace"))
            return 0

        def environment(count: int, size: int) -> int:
            self._keep(0, count, size)
            return 0

        def random(address: int, size: int) -> int:
            self.memory.write(self.store, os.urandom(size), address)
            return 0

        return {
            **dict.fromkeys("abch", fails),
            **dict.fromkeys("yfwjvlmn", no_file),
            **dict.fromkeys("eir", no_stream),
            **dict.fromkeys("oq", nothing),
            "d": write,
            "g": lambda: 0.0,
            "k": grow,
            "p": said,
            "s": lambda _list, _text: 0,
            "t": environment,
            "u": random,
            "x": lambda *_arguments: 52,  # there is no such clock
        }
