"""What a formula that is typed in a page may call: each function with the operation that it is, as the page computes it."""

from __future__ import annotations

from functools import partial
from typing import Any

from tinygrad_fr.draw.words import word_of
from tinygrad_fr.lessons.formula import functions
from tinygrad_fr.living.code import Code
from tinygrad_fr.living.javascript import spoken
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.ops.definition.op import registry
from tinygrad_fr.page.document import in_every_language

OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "neg": "neg"}


def formula_words() -> tuple[dict[str, Any], list[Code]]:
    """The table of a page, and the operations that its JavaScript has to know.

    Example:
        >>> table, codes = formula_words()
        >>> table["tanh"]["arity"], table["**"]["symbol"], table["ln"]["key"]
        (1, 'xⁿ', 'log/1')
    """
    table: dict[str, Any] = {}
    codes = []
    for typed, name in (functions() | OPERATORS).items():
        op = registry[name]
        if not isinstance(op, Elementwise) or len(op.inputs) > 2 or not spoken(op, {}):
            continue
        code = Code.of(op, {}, (1 << len(op.inputs)) - 1)
        codes.append(code)
        said = in_every_language(partial(word_of, op))
        table[typed] = {"key": code.key, "arity": len(op.inputs), "symbol": op.symbol, "word": said}
    return table, codes
