"""Linear algebra: square matrices, decompositions, what is built on them, norms, covariance."""

from tinygrad_fr.ops.linalg import decomposition, functions, norms, solve, statistics

__all__ = ["decomposition", "functions", "norms", "solve", "statistics"]
