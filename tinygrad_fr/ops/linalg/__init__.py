"""Linear algebra: square matrices, decompositions, functions of matrices, norms, covariance."""

from tinygrad_fr.ops.linalg import decomposition, functions, lu, norms, solve, statistics

__all__ = ["decomposition", "functions", "lu", "norms", "solve", "statistics"]
