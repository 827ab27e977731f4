"""A formula in the place of a model: parsed, never evaluated by Python, and recorded operation by operation."""

from __future__ import annotations

import ast
import difflib
import math
import re
import unicodedata
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

import numpy as np

from tinygrad_fr.errors import TinygradError, UsageError
from tinygrad_fr.handles.scalar import Scalar
from tinygrad_fr.handles.tensor import Tensor, tensor
from tinygrad_fr.locale import _, number
from tinygrad_fr.nn.module import Module
from tinygrad_fr.ops import registry
from tinygrad_fr.ops.definition.elementwise import Elementwise
from tinygrad_fr.plugins.contract import Batch, Model, Recipe
from tinygrad_fr.plugins.settings import Settings, setting
from tinygrad_fr.plugins.text import Text
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST, DEEPEST = 2000, 150  # characters of a formula, operations inside one another

_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.MatMult: "matmul", ast.USub: "neg",
}  # fmt: skip
_SPOKEN = {  # what the course, or a learner, calls an operation
    "σ": "sigmoid", "ln": "log", "max": "maximum", "min": "minimum", "gelu": "gelu_exact", "swish": "silu", "logistic": "sigmoid",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arsinh": "asinh", "arcosh": "acosh", "artanh": "atanh", "tg": "tan",
    "sh": "sinh", "ch": "cosh", "th": "tanh",
}  # fmt: skip
_WHOLE = ("sum", "mean")  # functions that read all the numbers of a matrix
_CONSTANTS = {"π": math.pi, "pi": math.pi}
_TYPED = str.maketrans("₀₁₂₃₄₅₆₇₈₉−×·÷", "0123456789-**/")
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_NEXT = re.compile(
    r"[,;\n](?=\s*[^\W\d]\w*\s*=)"
)  # what separates two values: a comma may stand in a number or a matrix


class Statement(NamedTuple):
    """One ``name = expression`` of a formula; the last may have no name."""

    name: str
    value: ast.expr


def functions() -> dict[str, str]:
    """What may be called in a formula, with the operation that it is.

    Example:
        >>> functions()["ln"], functions()["tanh"]
        ('log', 'tanh')
    """
    own = {
        name: name
        for name, op in registry.items()
        if isinstance(op, Elementwise) and op.differentiable and name not in _OPERATORS.values()
    }
    return own | {spoken: name for spoken, name in _SPOKEN.items() if name in own} | {name: name for name in _WHOLE}


def like_formula(text: str) -> bool:
    """Whether what stands for a model's name is a formula: no name holds these signs.

    Example:
        >>> like_formula("y = w*x"), like_formula("lstm")
        (True, False)
    """
    return any(sign in text for sign in "=()+*;")


class Formula:
    """A formula that was read, and holds nothing but what a formula may hold.

    Args:
        text: statements separated by ``;``, the last of which is what is differentiated.

    Raises:
        UsageError: it is no formula; the message marks the place.

    Example:
        >>> formula = Formula("h = tanh(w*x + b); L = (h - 1)**2")
        >>> formula.letters
        ('w', 'x', 'b')
        >>> leaves = {name: Scalar(value) for name, value in {"w": 0.5, "x": 2.0, "b": -1.0}.items()}
        >>> loss = formula.record(leaves)
        >>> loss.backward()
        >>> loss.item(), leaves["x"].grad
        (1.0, -1.0)
    """

    def __init__(self, text: str) -> None:
        self.text = " ".join(re.sub(r"\s*[;\n]\s*", "; ", text.strip("; \n\t")).split())
        if len(self.text) > LONGEST:
            raise UsageError(
                _("expected a formula of up to {most} characters, got {n}").format(
                    most=number(LONGEST), n=number(len(self.text))
                )
            )
        self._source, self._places = _python(self.text)
        self._written = _as_typed(self.text)
        self.statements = self._checked(self._parsed())

    @property
    def own(self) -> dict[str, ast.expr]:
        """Values that the formula itself gives to letters, as ``w = 0.5``."""
        return {each.name: each.value for each in self.statements[:-1] if _plain(each.value)}

    @property
    def letters(self) -> tuple[str, ...]:
        """What needs a value, in the order in which it is read."""
        assigned = {each.name for each in self.statements if each.name}
        found = dict.fromkeys(self.own)
        for statement in self.statements:
            for node in sorted(
                (each for each in ast.walk(statement.value) if isinstance(each, ast.Name)), key=lambda each: each.col_offset
            ):  # fmt: skip
                if node.id not in assigned and node.id not in _CONSTANTS and not self._called(node):
                    found[node.id] = None
        return tuple(found)

    def as_typed(self, letter: str) -> str:
        """A letter as the learner wrote it: w₁ where Python reads w1."""
        return self._written.get(letter, letter)

    def record(self, leaves: Mapping[str, Any]) -> Any:
        """Compute the formula on handles of numbers or matrices, and give its last value.

        Raises:
            UsageError: a value is not finite, sides do not fit, or the result is not one number.
        """
        known: dict[str, Any] = dict(leaves)
        value: Any = None
        for name, expression in self.statements:
            value = known[name] if name in leaves else self._value(expression, known)
            if name:
                known[name] = value
                if isinstance(value, Scalar | Tensor) and not value.name:
                    value.name = self.as_typed(name)
        if not isinstance(value, Scalar | Tensor) or not value.requires_grad:
            raise UsageError(_("“{formula}”: its last value depends on no letter").format(formula=self.text))
        if math.prod(value.shape) != 1:
            raise UsageError(
                _("“{formula}”: its last value has {shape} numbers, and a gradient starts from one: take its sum(…) or mean(…)").format(
                    formula=self.text, shape=" × ".join(map(str, value.shape))
                )
            )  # fmt: skip
        return value if not value.shape else registry["sum"].call(value)

    def _parsed(self) -> list[ast.stmt]:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice on programs
                return ast.parse(self._source).body
        except SyntaxError as error:
            if "too many nested" in error.msg:
                self._too_deep()
            self._refuse(
                _("this is not a formula from here on; a product is written w*x, a power x**2, a function tanh(x)"),
                (error.offset or 1) - 1,
            )
        except (RecursionError, MemoryError):
            self._too_deep()
        except ValueError:
            self._refuse(_("this is not a formula"), 0)

    def _checked(self, body: list[ast.stmt]) -> tuple[Statement, ...]:
        found: list[Statement] = []
        for i, line in enumerate(body):
            target = line.targets[0] if isinstance(line, ast.Assign) and len(line.targets) == 1 else None
            if isinstance(target, ast.Name) and isinstance(line, ast.Assign):
                found.append(Statement(target.id, line.value))
            elif isinstance(line, ast.Expr) and i == len(body) - 1:
                found.append(Statement("", line.value))
            else:
                self._refuse(_("expected “letter = formula” here"), self._at(line))
        if not found:
            raise UsageError(_("expected a formula, as “L = (tanh(w*x + b) - 1)**2”, got an empty one"))
        assigned = [each.name for each in found if each.name]
        for i, (name, value) in enumerate(found):
            _depth(value, self._too_deep)
            self._allowed(value)
            if name and assigned.count(name) > 1:
                self._refuse(_("“{name}” is given two values").format(name=name), self._at(body[i]))
            later = {each.name for each in found[i:] if each.name}
            for node in ast.walk(value):
                if isinstance(node, ast.Name) and node.id in later:
                    self._refuse(_("“{name}” is used before it is computed").format(name=node.id), self._at(node))
        return tuple(found)

    def _allowed(self, node: ast.expr) -> None:
        """Refuse whatever is not an operation on numbers."""
        match node:
            case ast.Constant(value=bool() | complex() | str() | bytes() | None):
                self._refuse(_("expected a number here"), self._at(node))
            case ast.Constant() | ast.Name():
                return
            case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in _OPERATORS or isinstance(op, ast.UAdd):
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        self._allowed(part)
            case ast.BinOp(op=ast.BitXor()):
                self._refuse(_("a power is written x**2"), self._at(node.right) - 1)
            case ast.List(elts=items) if items:
                for item in items:
                    self._allowed(item)
            case ast.Attribute(value=inner, attr="T"):
                self._allowed(inner)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self._function(node, name, len(args))
                for each in args:
                    self._allowed(each)
            case _:
                self._refuse(_("expected numbers, letters, + - * / ** @ and functions here"), self._at(node))

    def _function(self, node: ast.Call, name: str, given: int) -> None:
        known = functions()
        if name not in known:
            near = difflib.get_close_matches(name, known, 3)
            if near:
                said = _("unknown function “{name}” (did you mean {near}?)").format(
                    name=self.as_typed(name), near=", ".join(_("“{name}”").format(name=each) for each in near)
                )
            else:
                said = _("unknown function “{name}”; a product is written {name}*(…)").format(name=self.as_typed(name))
            self._refuse(said, self._at(node))
        op = registry[known[name]]
        wanted = len(op.inputs) if isinstance(op, Elementwise) else 1
        if given != wanted:
            self._refuse(
                _("the function “{name}” reads {expected} values, got {found}").format(
                    name=name, expected=wanted, found=given
                ),
                self._at(node),
            )

    def _called(self, name: ast.Name) -> bool:
        """Whether a name is a function's, not a letter's."""
        return self._source[self._index(name.end_col_offset or 0) :].lstrip().startswith("(")

    def _value(self, node: ast.expr, known: Mapping[str, Any]) -> Any:
        """A number where no letter is in it, else a handle."""
        match node:
            case ast.Constant(value=int() | float() as value):
                return self._finite(node, float(value) if abs(value) < 1e308 else math.inf)
            case ast.Name(id=name):
                return known[name] if name in known else _CONSTANTS[name]
            case ast.List():
                return self._matrix(node)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self._value(inner, known)
            case ast.UnaryOp(op=op, operand=inner):
                return self._applied(node, _OPERATORS[type(op)], [self._value(inner, known)])
            case ast.BinOp(left=left, op=op, right=right):
                pair = [self._value(left, known), self._value(right, known)]
                return self._applied(node, _OPERATORS[type(op)], pair)
            case ast.Attribute(value=inner):
                value = self._value(inner, known)
                return value.T if isinstance(value, Tensor) and len(value.shape) > 1 else value
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._applied(node, functions()[name], [self._value(each, known) for each in args])
        raise AssertionError(ast.dump(node))  # _allowed let nothing else through

    def _applied(self, node: ast.expr, name: str, operands: list[Any]) -> Any:
        op = registry[name]
        numbers = not any(isinstance(each, Scalar | Tensor) for each in operands)
        if name in _WHOLE and not isinstance(operands[0], Tensor):
            return operands[0]
        if name == "matmul" and not all(isinstance(each, Tensor) and each.shape for each in operands):
            self._refuse(_("@ multiplies matrices: a product of numbers is written *"), self._at(node))
        if any(isinstance(each, Tensor) for each in operands):
            operands = [
                each if isinstance(each, Tensor) else registry["mul"].call(tensor(np.ones(())), each) if isinstance(each, Scalar) else each
                for each in operands
            ]  # fmt: skip
        try:
            result = (
                op.of_floats(*operands, *op.defaults.values())
                if numbers and isinstance(op, Elementwise)
                else op.call(*operands)
            )
        except TinygradError as error:
            self._refuse(str(error).removesuffix(" ()"), self._at(node))
        return self._finite(node, result)

    def _finite(self, node: ast.expr, value: Any) -> Any:
        numbers = np.asarray(_bare(value), dtype=np.float64)
        if not np.isfinite(numbers).all():
            which = _("not a number") if np.isnan(numbers).any() else _("infinite, or too large for a number")
            self._refuse(_("here the value is {which}").format(which=which), self._at(node))
        return value

    def _matrix(self, node: ast.expr) -> Any:
        """Nested lists of numbers."""
        try:
            numbers = np.array(self._numbers(node), dtype=float)
        except ValueError:
            self._refuse(_("expected rows of numbers of one length here"), self._at(node))
        if numbers.ndim > 2:
            self._refuse(_("expected a vector or a matrix here"), self._at(node))
        return tensor(numbers)

    def _numbers(self, node: ast.expr) -> Any:
        if isinstance(node, ast.List):
            return [self._numbers(each) for each in node.elts]
        if not _plain(node):
            self._refuse(_("expected a number here"), self._at(node))
        return self._value(node, {})

    def given(self, expression: ast.expr) -> Any:
        """The number, or the array, that a constant expression is."""
        value = self._matrix(expression) if isinstance(expression, ast.List) else self._value(expression, {})
        return _bare(value) if isinstance(value, Tensor) else float(value)

    def _index(self, column: int) -> int:
        """Python counts bytes."""
        return len(self._source.encode()[:column].decode(errors="ignore"))

    def _at(self, node: ast.expr | ast.stmt) -> int:
        return self._index(node.col_offset)

    def _refuse(self, said: str, place: int) -> NoReturn:
        """One sentence, with the place marked by ^."""
        at = self._places[min(max(place, 0), len(self._places) - 1)]
        marked = f"{self.text[:at]}^{self.text[at:]}"
        raise UsageError(_("“{marked}”: {said} (^ marks the place)").format(marked=marked, said=said))

    def _too_deep(self) -> NoReturn:
        raise UsageError(
            _("“{formula}”: more than {most} operations inside one another").format(formula=self.text, most=DEEPEST)
        )


def _python(text: str) -> tuple[str, list[int]]:
    """A formula as Python writes it, and where each of its characters stands in the learner's own."""
    written, places = "", []
    for i, sign in enumerate(text.translate(_TYPED)):
        if sign in _RAISED:
            after = i > 0 and text[i - 1] in _RAISED
            sign = _RAISED[sign] if after else f"**{_RAISED[sign]}"
        written += sign
        places += [i] * len(sign)
    return written, [*places, len(text)]


def _as_typed(text: str) -> dict[str, str]:
    return {_letter(word): word for word in re.findall(r"[^\W\d][\w₀-₉]*", text)}


def _letter(word: str) -> str:
    """A name as Python knows it."""
    return unicodedata.normalize("NFKC", word.translate(_TYPED))


def _bare(value: Any) -> Any:
    """The numbers of a handle, looked at by us: no decision of the formula's own hangs on them."""
    return value.current.value if isinstance(value, Tensor | Scalar) else value


def _plain(node: ast.expr) -> bool:
    """Whether an expression is a value: no letter and no function is in it."""
    return not any(isinstance(each, ast.Name | ast.Attribute) for each in ast.walk(node))


def _depth(node: ast.AST, too_deep: Any) -> None:
    waiting = [(node, 1)]
    while waiting:
        each, depth = waiting.pop()
        if depth > DEEPEST:
            too_deep()
        waiting += [(part, depth + 1) for part in ast.iter_child_nodes(each)]


def values(text: str) -> Iterator[tuple[str, str]]:
    """``w=0.5,x=2`` as pairs; a comma may also stand in a number, or between the numbers of a matrix.

    Raises:
        UsageError: there is no letter, or no value.

    Example:
        >>> list(values("w=0,5, W=[[1,2],[3,4]]"))
        [('w', '0,5'), ('W', '[[1,2],[3,4]]')]
    """
    for part in _NEXT.split(text.translate(_TYPED).strip(" ,;")):
        name, equals, value = (each.strip() for each in part.partition("="))
        if not (name.isidentifier() and equals and value):
            raise UsageError(_("--at: expected letter=value, as w=0.5,x=2, got “{found}”").format(found=part))
        yield _letter(name), value


@dataclass(frozen=True)
class FormulaSettings(Settings):
    """Where a formula is looked at."""

    at: str = setting("", Text(fr="valeurs des lettres : w=0.5,x=2", en="values of the letters: w=0.5,x=2"))

    def replaced(self, changes: dict[str, str]) -> FormulaSettings:
        """These values with others, each by the name of its letter."""
        held = dict(values(self.at)) if self.at else {}
        for key, text in changes.items():
            held |= dict(values(text)) if key == "at" else dict(values(f"{key}={text}"))
        return replace(self, at="; ".join(f"{key}={text}" for key, text in held.items()))


class FormulaModule(Module):
    """The values of a formula's letters.

    Attributes:
        values: a number or an array a letter.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__()
        self.values = values


class FormulaModel(Model):
    """A formula, recorded at the values that are given for its letters.

    Args:
        text: as :class:`Formula` reads it.
    """

    section = "—"
    name = "formula"
    settings = FormulaSettings()
    learns = False

    def __init__(self, text: str) -> None:
        self.formula = Formula(text)
        self.title = Text(fr=self.formula.text, en=self.formula.text)  # type: ignore[misc]
        self.explanation = Text(  # type: ignore[misc]
            fr="Une formule, enregistrée opération par opération.", en="A formula, recorded operation by operation."
        )

    def build(self, settings: FormulaSettings) -> Module:
        """The letters with their values.

        Raises:
            UsageError: a letter has no value, or a value has no letter, or the formula cannot be computed there.
        """
        formula = self.formula
        given = {name: _read(name, text) for name, text in values(settings.at)} if settings.at else {}
        strange = [name for name in given if name not in formula.letters]
        if strange:
            raise UsageError(
                _("--at: the formula has no letter “{name}”; its letters are {letters}").format(
                    name=strange[0], letters=", ".join(map(formula.as_typed, formula.letters)) or "–"
                )
            )
        own = {name: formula.given(value) for name, value in formula.own.items()}
        missing = [name for name in formula.letters if name not in given and name not in own]
        if missing:
            tried = [f"{name}={text}" for name, text in values(settings.at)] if settings.at else []
            tried += [f"{name}={text}" for name, text in zip(missing, ("0.5", "2", "1", "-1") * 500, strict=False)]
            raise UsageError(
                _("no value for {letters}: tinygrad-fr step '{formula}' --at {example}").format(
                    letters=", ".join(map(formula.as_typed, missing)), formula=formula.text, example=",".join(tried)
                )
            )
        module = FormulaModule({name: given[name] if name in given else own[name] for name in formula.letters})
        self._try(module)
        return module

    def _leaves(self, module: FormulaModule) -> dict[str, Any]:
        named = {name: (self.formula.as_typed(name), value) for name, value in module.values.items()}
        return {
            name: Scalar(value, name=typed)
            if isinstance(value, float)
            else tensor(value, requires_grad=True, name=typed)
            for name, (typed, value) in named.items()
        }

    def _try(self, module: FormulaModule) -> None:
        """Refuse a place where a gradient is no number, before anything is drawn."""
        leaves = self._leaves(module)
        self.formula.record(leaves).backward()
        for name, leaf in leaves.items():
            if (
                leaf.grad is not None
                and np.isnan(np.asarray(leaf.grad.data if isinstance(leaf.grad, Tensor) else leaf.grad)).any()
            ):
                raise UsageError(
                    _("“{formula}”: its derivative for {letter} is not a number at these values").format(
                        formula=self.formula.text, letter=self.formula.as_typed(name)
                    )
                )

    def example(self, settings: FormulaSettings) -> Batch:
        """Nothing: the values are the letters'."""
        return Batch(None, None)

    def loss(self, module: Module, batch: Batch) -> Node:
        """The formula's last value."""
        assert isinstance(module, FormulaModule)
        result: Node = self.formula.record(self._leaves(module))
        return result

    def recipe(self, settings: FormulaSettings) -> Recipe:
        """None: a formula is looked at where it is."""
        raise UsageError(_("a formula is not trained: look at it with “tinygrad-fr step” or “tinygrad-fr render”"))

    def score(self, module: Module, batch: Batch) -> float:
        """None."""
        raise UsageError(_("a formula is not trained: look at it with “tinygrad-fr step” or “tinygrad-fr render”"))


def _read(name: str, text: str) -> Any:
    """The value of a letter: a number, with a comma too as in French, or a matrix."""
    try:
        read = Formula(text if "[" in text else text.replace(",", "."))
    except UsageError as error:
        raise UsageError(_("--at {name}: {cause}").format(name=name, cause=error)) from None
    if len(read.statements) != 1 or read.statements[0].name or not _plain(read.statements[0].value):
        raise UsageError(_("--at {name}: expected a number or a matrix, got “{found}”").format(name=name, found=text))
    return read.given(read.statements[0].value)
