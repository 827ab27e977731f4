"""LaTeX → formula, for the LaTeX of the operations' definitions."""

from __future__ import annotations

import re

from tinygrad_fr.explain.formula.figures import figure
from tinygrad_fr.explain.formula.tree import Accent, Atom, Fence, Formula, Fraction, Node, Root, Row, Script, Table

_TOKEN = re.compile(
    r"\\(?:begin|end|text|operatorname|mathbf|mathbb|mathrm|mathrel|tag)\{[^{}]*\}|\\[a-zA-Z]+|\\.|\d+\{,\}\d+|\d+(?:\.\d+)?|\S"
)

_SIGNS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "sigma": "σ", "rho": "ρ", "pi": "π", "psi": "ψ", "Phi": "Φ", "Gamma": "Γ", "Lambda": "Λ", "infty": "∞",
    "varepsilon": "ε", "phi": "φ", "varphi": "φ", "tau": "τ", "omega": "ω", "chi": "χ", "nu": "ν", "xi": "ξ", "kappa": "κ",
    "zeta": "ζ", "Delta": "Δ", "Sigma": "Σ", "Omega": "Ω", "Theta": "Θ", "nabla": "∇", "ell": "ℓ",
    "top": "ᵀ", "prime": "′",
}  # fmt: skip
_OPERATORS = {
    "times": "×", "cdot": "·", "odot": "⊙", "geq": "≥", "leq": "≤", "neq": "≠", "wedge": "∧", "leftarrow": "←",
    "to": "→", "oplus": "⊕", "ll": "≪", "gg": "≫", "ast": "∗", "vee": "∨", "bmod": "mod", "&": "∧",
    "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈", "propto": "∝", "in": "∈", "mapsto": "↦", "equiv": "≡",
}  # fmt: skip
_FUNCTIONS = {
    "sum": "Σ", "prod": "∏", "partial": "∂", "forall": "∀", "exists": "∃", "sim": "~", "neg": "¬", "#": "#", "ldots": "…", "dots": "…", "cdots": "⋯",
}  # fmt: skip
NAMED = {
    "ln", "log", "exp", "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "max", "min", "gcd",
    "det",
}  # fmt: skip
_SIZES = {rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}  # of brackets
_SPACES = {r"\;", r"\:", r"\!", r"\quad", r"\qquad", r"\ "}
_FENCES = {"lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lVert": "‖", "rVert": "‖", "|": "‖"}
_ACCENTS = {"tilde": "\u0303", "bar": "\u0304", "overline": "\u0305", "hat": "\u0302"}
_KINDS = (
    (_SIGNS, "letter"),
    (_OPERATORS, "operator"),
    (_FENCES, "open"),
    (_FUNCTIONS, "function"),
    ({"{": "{"}, "open"),
    ({"}": "}"}, "close"),
)
_TIMES = Atom(r"\times", "×", "operator")


def read(latex: str) -> Formula:
    """Read a formula.

    Example:
        >>> read(r"\\frac{\\partial L}{\\partial w} \\, (1 - y)").plain
        '∂L/∂w × (1 − y)'
    """
    return Formula(_Reader([token for token in _TOKEN.findall(latex) if token not in _SIZES]).row())


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def row(self, *ends: str) -> Row:
        """Everything up to one of some tokens, which is left for the caller."""
        items: list[Node] = []
        while (token := self.peek()) and token not in ends and not token.startswith(r"\end{"):
            node = self.node()
            while self.peek() in ("^", "_"):
                node = self.script(node)
            items.append(node)
        return Row(tuple(item for i, item in enumerate(items) if item is not _TIMES or _between_factors(items, i)))

    def script(self, base: Node) -> Script:
        own = base if isinstance(base, Script) else Script(base, None, None)
        if self.take() == "_":
            return Script(own.base, self.group(), own.high)
        return Script(own.base, own.low, self.group())

    def group(self) -> Row:
        """What stands in braces, or the single sign that needs none."""
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # LaTeX takes one digit, as in \tfrac14
            self.tokens[self.at : self.at + 1] = token
        if token != "{":
            return Row((self.node(),))
        self.take()
        inside = self.row("}")
        self.take()
        return inside

    def node(self) -> Node:
        token = self.peek()
        if token == "{":
            inside = self.group()
            return inside.items[0] if len(inside.items) == 1 else inside
        self.take()
        if token in ("|", r"\|") and token in self.tokens[self.at :]:
            bar, inside = _sign(token), self.row(token)
            self.take()
            return Fence(bar, inside, bar)
        return self.command(token[1:], token) if token.startswith("\\") else _sign(token)

    def command(self, word: str, token: str) -> Node:
        match word:
            case "frac" | "tfrac" | "dfrac":
                return Fraction(self.group(), self.group())
            case "sqrt":
                return Root(self.group())
            case "left":
                left, inside = self.fence(), self.row(r"\right")
                self.take()
                return Fence(left, inside, self.fence())
            case ",":  # the space between two factors
                return _TIMES
        command, brace, argument = word.rstrip("}").partition("{") if word[0].isalpha() else (word, "", "")
        if command == "begin":
            return self.table(argument)
        if command == "mathrel" and self.peek() == "=":  # += is one sign
            return Atom(f"{token}{self.take()}", f"{argument}=", "operator")
        if command == "tag":  # the number of an equation
            return Atom(token, f"({argument})", "word")
        if brace and command:
            return Atom(token, argument, "function" if command in ("operatorname", "mathrm") else "word")
        if word in _ACCENTS:
            return Accent(word, _ACCENTS[word], self.group())
        if token in _SPACES:
            return Atom(token, " ", "space")
        return _known(word, token)

    def fence(self) -> Atom:
        token = self.take()
        sign = token[1:]  # of a command; braces are commands too
        return Atom(token, sign if sign in ("{", "}") else _FENCES.get(sign, token), "open")

    def table(self, kind: str) -> Table:
        rows: list[tuple[Row, ...]] = []
        cells: list[Row] = []
        while True:
            cells.append(self.row("&", r"\\"))
            end = self.take()
            if end == "&":
                continue
            rows.append(tuple(cells))
            cells = []
            if end != r"\\":
                return Table(kind, tuple(rows))


def _known(word: str, token: str) -> Atom:
    """A command that is one sign; the name of a function is its own sign."""
    for table, kind in _KINDS:
        if word in table:
            return Atom(token, table[word], kind)
    return Atom(token, word, "function")


def _between_factors(items: list[Node], i: int) -> bool:
    """Whether a thin space is a product, and not the room around an operator."""
    around = items[max(i - 1, 0) : i] + items[i + 1 : i + 2]
    return not any(isinstance(item, Atom) and item.kind == "operator" for item in around)


def _sign(token: str) -> Atom:
    if "{,}" in token:  # a decimal comma, as an author writes it
        return Atom(token, token.replace("{,}", ","), "number")
    if token[0].isdigit():
        return figure(float(token))
    if token == "'":
        return Atom(token, "′", "prime")
    if token.startswith("\\"):
        return _known(token[1:], token)
    kinds = {"(": "open", "[": "open", ")": "close", "]": "close", ",": "comma", "|": "operator"}
    if token in kinds:
        return Atom(token, token, kinds[token])
    if token in "+-=<>/":
        return Atom(token, {"-": "−"}.get(token, token), "operator")
    return Atom(token, token, "letter")
