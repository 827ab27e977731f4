"""Further names of the same operations."""

from __future__ import annotations

from tinygrad_fr.ops import trigonometry
from tinygrad_fr.ops.definition import registry
from tinygrad_fr.ops.shared.overloads import methods, overloaded

ALIASES = {
    "absolute": "abs",
    "frobenius_norm": "norm",
    "arccos": "acos",
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "clip": "clamp",
    "concat": "cat",
    "concatenate": "cat",
    "divide": "div",
    "fix": "trunc",
    "ger": "outer",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "moveaxis": "movedim",
    "multiply": "mul",
    "negative": "neg",
    "not_equal": "ne",
    "row_stack": "vstack",
    "sgn": "sign",
    "split_with_sizes": "split",
    "subtract": "sub",
    "swapdims": "transpose",
    "trapz": "trapezoid",
    "true_divide": "div",
}
assert trigonometry.acos  # entered before the aliases are
for _alias, _name in list(ALIASES.items()):
    if _name in methods and _alias != "frobenius_norm":  # which PyTorch has as a function alone
        methods[_alias] = overloaded[_alias] = methods[_name]
    elif _name in overloaded:
        overloaded[_alias] = overloaded[_name]
    elif _name in registry:
        overloaded[_alias] = registry[_name].call
        if registry[_name].facts.method:
            methods[_alias] = registry[_name].call
