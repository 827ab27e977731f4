"""Linear algebra under the names of ``torch.linalg``."""

from tinygrad_fr.errors import LinAlgError
from tinygrad_fr.ops.linalg.decomposition import eigh, eigvalsh, svdvals
from tinygrad_fr.ops.linalg.decomposition import linalg_qr as qr
from tinygrad_fr.ops.linalg.decomposition import linalg_svd as svd
from tinygrad_fr.ops.linalg.functions import linalg_vander as vander
from tinygrad_fr.ops.linalg.functions import lstsq, matrix_exp, pinv, tensorinv, tensorsolve
from tinygrad_fr.ops.linalg.lu import inv_ex, lu_factor, lu_factor_ex
from tinygrad_fr.ops.linalg.lu import linalg_lu as lu
from tinygrad_fr.ops.linalg.lu import linalg_lu_solve as lu_solve
from tinygrad_fr.ops.linalg.norms import cond, matrix_norm, matrix_rank, vecdot, vector_norm
from tinygrad_fr.ops.linalg.norms import linalg_norm as norm
from tinygrad_fr.ops.linalg.solve import det, inv, slogdet, solve, solve_triangular
from tinygrad_fr.ops.products import cross_along as cross
from tinygrad_fr.ops.products import matmul, multi_dot
from tinygrad_fr.ops.shapes.diagonals import linalg_diagonal as diagonal
from tinygrad_fr.ops.shared.overloads import overloaded

cholesky, matrix_power = overloaded["cholesky"], overloaded["matrix_power"]

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]
