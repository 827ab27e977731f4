"""Special functions under the names of ``torch.special``."""

from tinygrad_fr.ops.activation import sigmoid as expit
from tinygrad_fr.ops.arithmetic import exp2, expm1, log1p
from tinygrad_fr.ops.reductions.sums import logsumexp
from tinygrad_fr.ops.shared.overloads import overloaded
from tinygrad_fr.ops.softmax import log_softmax, softmax
from tinygrad_fr.ops.special import (
    digamma,
    entr,
    erf,
    erfc,
    erfinv,
    i0,
    i1,
    lgamma,
    log_ndtr,
    ndtr,
    polygamma,
    xlog1py,
    xlogy,
)
from tinygrad_fr.ops.trigonometry import sinc

gammaln, psi = lgamma, digamma
logit, round = overloaded["logit"], overloaded["round"]

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "i0",
    "i1",
    "lgamma",
    "log1p",
    "log_ndtr",
    "log_softmax",
    "logit",
    "logsumexp",
    "ndtr",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]
