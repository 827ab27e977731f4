"""Formulas: read once from LaTeX, filled with names or numbers, written as LaTeX, MathML or plain text."""

from tinygrad_fr.explain.formula.figures import figure, filled, name, value
from tinygrad_fr.explain.formula.read import read
from tinygrad_fr.explain.formula.tree import Formula, chain

__all__ = ["Formula", "chain", "figure", "filled", "name", "read", "value"]
