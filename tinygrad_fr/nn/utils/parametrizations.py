"""Norms of weights, and orthogonal ones, as parametrizations, under the names of ``torch.nn.utils.parametrizations``."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr import linalg
from tinygrad_fr.errors import AbsentError, ShapeError, UsageError
from tinygrad_fr.handles.creation import eye, zeros_like
from tinygrad_fr.handles.tensor import tensor
from tinygrad_fr.locale import _
from tinygrad_fr.modes import no_grad
from tinygrad_fr.nn.module import Module
from tinygrad_fr.nn.utils.norms import SpectralNorm, WeightNorm, dimension_of
from tinygrad_fr.nn.utils.parametrize import register_parametrization, tensor_of
from tinygrad_fr.ops import registry
from tinygrad_fr.random import randn

MAPS = ("matrix_exp", "cayley", "householder")


def _square(X: Any) -> Any:  # noqa: N803 - a matrix
    """The orthonormal columns of a tall matrix, those of its decomposition whose triangle has a positive diagonal."""
    Q, R = linalg.qr(X)  # noqa: N806
    return Q * R.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class Orthogonal(Module):
    """A matrix whose columns, or rows where there are fewer, are orthonormal."""

    base: Any

    def __init__(self, weight: Any, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape, self.orthogonal_map = tuple(weight.shape), orthogonal_map
        self.trivial = use_trivialization
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:  # noqa: N803
        """The orthogonal matrix of what is learnt."""
        transposed = X.shape[-2] < X.shape[-1]
        X = X.mT if transposed else X  # noqa: N806
        n, k = X.shape[-2:]
        Q = self._reflected(X) if self.orthogonal_map == "householder" else self._turned(X, n, k)  # noqa: N806
        if self.trivial:
            Q = self.base @ Q  # noqa: N806
        return Q.mT if transposed else Q

    def _turned(self, X: Any, n: int, k: int) -> Any:  # noqa: N803
        """The exponential, or Cayley's fraction, of a skew-symmetric matrix."""
        X = X.tril()  # noqa: N806
        if n != k:
            X = registry["cat"]([X, X.new_zeros(*X.shape[:-2], n, n - k)], -1)  # noqa: N806
        A = X - X.mT  # noqa: N806
        if self.orthogonal_map == "matrix_exp":
            return linalg.matrix_exp(A)[..., :k]
        one = eye(n, dtype=X.dtype)
        return linalg.solve(one - 0.5 * A, one + 0.5 * A)[..., :k]

    def _reflected(self, X: Any) -> Any:  # noqa: N803
        """The product of the reflections that the columns say, on the columns of the identity."""
        n, k = X.shape[-2:]
        A = X.tril(-1)  # noqa: N806
        scale = 2.0 / (1.0 + (A * A).sum(-2))
        one = eye(n, dtype=X.dtype)
        Q = one[:, :k].expand(*X.shape[:-2], n, k)  # noqa: N806
        for i in reversed(range(k)):
            v = (A[..., i] + one[i]).unsqueeze(-1)
            Q = Q - scale[..., i, None, None] * v @ (v.mT @ Q)  # noqa: N806
        return Q * X.detach().diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    @no_grad()
    def right_inverse(self, Q: Any) -> Any:  # noqa: N803
        """What stands for an orthogonal matrix; one that is not is made so.

        Raises:
            ShapeError: it has another shape.
            AbsentError: without a base, no matrix can be given.
        """
        if tuple(Q.shape) != self.shape:
            raise ShapeError(
                _("expected a matrix of shape {expected}, got {found}").format(
                    expected=self.shape, found=tuple(Q.shape)
                )
            )
        if not self.trivial:
            return self._reflections(Q)
        start = zeros_like(Q)
        start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        Q = Q.mT if Q.shape[-2] < Q.shape[-1] else Q  # noqa: N806
        n, k = Q.shape[-2:]
        if n != k:
            Q = registry["cat"]([Q, randn(*Q.shape[:-2], n, n - k, dtype=Q.dtype)], -1)  # noqa: N806
        near = 10.0 * n * float(np.finfo(Q.dtype.dtype).eps)
        kept = n == k and bool(((Q.mT @ Q) - eye(n, dtype=Q.dtype)).abs().max() <= near)
        self.base = Q.clone() if kept else _square(Q)
        return start

    def _reflections(self, Q: Any) -> Any:  # noqa: N803
        """The reflections whose product on the identity is an orthogonal matrix, with the signs of its columns on the diagonal."""
        if self.orthogonal_map != "householder":
            raise AbsentError(_("orthogonal: without use_trivialization no matrix can be given"))
        wide = Q.shape[-2] < Q.shape[-1]
        columns, scales = np.linalg.qr((Q.mT if wide else Q).detach().numpy(), mode="raw")
        A = np.swapaxes(columns, -1, -2).copy()  # noqa: N806
        places = np.arange(A.shape[-1])
        signs = np.sign(A[..., places, places])
        A[..., places, places] = np.where(scales == 0, -signs, signs)
        made = tensor(A, dtype=Q.dtype)
        return made.mT if wide else made

    def _get_name(self) -> str:
        return "_Orthogonal"


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Learn a weight among the orthogonal matrices (Lezcano-Casado, 2019).

    Args:
        module: whose weight it is.
        name: its name.
        orthogonal_map: ``matrix_exp`` (of square matrices unless told), ``cayley`` or ``householder``.
        use_trivialization: whether what is learnt starts at the weight; without it only ``householder`` can be given a matrix.

    Raises:
        UsageError: the weight is no matrix, or the map is not known.

    Example:
        >>> from tinygrad_fr import manual_seed, nn
        >>> layer = manual_seed(0) and nn.utils.parametrizations.orthogonal(nn.Linear(2, 3, bias=False))
        >>> (layer.weight.mT @ layer.weight).round(decimals=4).abs()
        tensor([[1., 0.],
                [0., 1.]], grad_fn=<AbsBackward0>)
    """
    weight = tensor_of(module, name)
    if weight.ndim < 2:
        raise UsageError(
            _("orthogonal: expected a matrix or a batch of matrices, got shape {found}").format(
                found=tuple(weight.shape)
            )
        )
    if orthogonal_map is None:
        orthogonal_map = "matrix_exp" if weight.shape[-2] == weight.shape[-1] else "householder"
    if orthogonal_map not in MAPS:
        raise UsageError(
            _("orthogonal: expected one of {expected}, got {found}").format(
                expected=", ".join(MAPS), found=orthogonal_map
            )
        )
    return register_parametrization(module, name, Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Learn a weight as a length and a direction (Salimans and Kingma, 2016).

    Example:
        >>> from tinygrad_fr import nn
        >>> sorted(nn.utils.parametrizations.weight_norm(nn.Linear(2, 3)).state_dict())
        ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    tensor_of(module, name)
    return register_parametrization(module, name, WeightNorm(dim))


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value (Miyato et al., 2018).

    Example:
        >>> from tinygrad_fr import linalg, manual_seed, nn
        >>> layer = manual_seed(0) and nn.utils.parametrizations.spectral_norm(nn.Linear(4, 3))
        >>> round(linalg.svdvals(layer.weight)[0].item(), 3)
        1.0
    """
    weight = tensor_of(module, name)
    rule = SpectralNorm(weight, n_power_iterations, dimension_of(module, weight, dim), eps)
    return register_parametrization(module, name, rule)
