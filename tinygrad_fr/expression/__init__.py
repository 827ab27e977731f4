"""Scalar expressions said once as text, which become functions of floats, arrays and nodes, and LaTeX."""
