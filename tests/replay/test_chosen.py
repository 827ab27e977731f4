"""What chooses or counts is an input of a compiled step: with other indices, labels, lengths or counts it gives the eager numbers."""

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr.nn import functional as F

pytestmark = pytest.mark.filterwarnings("ignore::tinygrad_fr.errors.CompileWarning", "ignore::UserWarning")

drawn = np.random.default_rng(5)
one, rows = tg.tensor([0.5, -1.0, 2.0, 0.25]), tg.tensor(drawn.normal(size=(3, 4)).astype(np.float32))
adaptive = tg.nn.AdaptiveLogSoftmaxWithLoss(4, 6, [2])
GIVEN = [tg.tensor(numbers) for numbers in ([0, 2, 3], [3, 1, 0], [1, 1, 2], [2, 0, 3])]


def _written(i):
    y = rows.clone()
    y[tg.arange(3), i] = 9.0
    return y


CHOSEN = {
    "repeat_interleave": lambda i: tg.repeat_interleave(one[:3], i),
    "tensor_split": lambda i: [p * 2 for p in tg.tensor_split(one, i.sort()[0][:2])],
    "multi_margin_loss": lambda i: F.multi_margin_loss(rows, i),
    "multilabel_margin_loss": lambda i: F.multilabel_margin_loss(rows, (i % 3)[:, None].expand(3, 4)),
    "searchsorted": lambda i: tg.searchsorted(one[:3].sort()[0], one, sorter=tg.argsort(i)),
    "searchsorted values": lambda i: tg.searchsorted(tg.arange(4.0), i.float()),
    "bucketize": lambda i: tg.bucketize(i, tg.tensor([1, 2])),
    "unravel_index": lambda i: tg.unravel_index(i, (2, 2)),
    "take_along_dim": lambda i: tg.take_along_dim(rows, i[:, None], 1),
    "take": lambda i: tg.take(rows, i),
    "gather": lambda i: rows.gather(1, i[:, None]),
    "index_select": lambda i: rows.index_select(1, i),
    "index_add": lambda i: tg.zeros(4, 4).index_add(0, i, rows),
    "index_copy": lambda i: tg.zeros(4, 4).index_copy(0, i, rows),
    "index_fill": lambda i: rows.index_fill(1, i, 7.0),
    "scatter": lambda i: tg.zeros(3, 4).scatter(1, i[:, None], 2.0),
    "scatter_add": lambda i: tg.zeros(3, 4).scatter_add(1, i[:, None], rows[:, :1]),
    "scatter_reduce": lambda i: tg.zeros(4).scatter_reduce(0, i, rows[:, 0], "sum"),
    "one_hot": lambda i: F.one_hot(i, 4),
    "one_hot free": lambda i: F.one_hot(i),
    "embedding": lambda i: F.embedding(i, rows.T),
    "embedding_bag": lambda i: F.embedding_bag(i, rows.T, tg.tensor([0, 1])),
    "embedding_bag offsets": lambda i: F.embedding_bag(tg.tensor([0, 1, 2]), rows.T, i.sort()[0] - i.min()),
    "cross_entropy": lambda i: F.cross_entropy(rows, i),
    "nll_loss": lambda i: F.nll_loss(F.log_softmax(rows, 1), i),
    "bincount": lambda i: tg.bincount(i, minlength=4),
    "getitem": lambda i: rows[:, i],
    "setitem": lambda i: _written(i),
    "index_put": lambda i: rows.index_put((tg.arange(3), i), tg.ones(3)),
    "isin": lambda i: tg.isin(tg.arange(4), i),
    "masked": lambda i: rows.masked_fill(i[:, None] > 1, 0.0),
    "ctc": lambda i: F.ctc_loss(
        F.log_softmax(tg.arange(40.0).reshape(5, 2, 4) * 0.1, -1),
        (i[:2] % 3 + 1)[:, None],
        tg.tensor([5, 5]),
        tg.tensor([1, 1]),
    ),
    "max_unpool1d": lambda i: F.max_unpool1d(rows[:1, :2][None], (tg.stack([i[0] % 2, i[1] % 2 + 2]))[None, None], 2),
    "pack lengths": lambda i: tg.nn.utils.rnn.pad_packed_sequence(
        tg.nn.utils.rnn.pack_padded_sequence(
            tg.arange(24.0).reshape(3, 4, 2), i + 1, batch_first=True, enforce_sorted=False
        ),
        batch_first=True,
    )[0],
    "roll": lambda i: tg.roll(one, int(i[0])),
    "narrow": lambda i: one.narrow(0, int(i[0]) % 2, 2),
    "multilabel_soft": lambda i: F.multilabel_soft_margin_loss(rows, F.one_hot(i, 4).float()),
    "hinge": lambda i: F.hinge_embedding_loss(rows[:, 0], (i > 1) * 2 - 1),
    "cosine_embedding": lambda i: F.cosine_embedding_loss(rows, rows * 2 + 1, (i > 1) * 2 - 1),
    "adaptive": lambda i: adaptive(rows, i).loss,
    "gaussian": lambda i: F.gaussian_nll_loss(rows, i[:, None].float().expand(3, 4), tg.ones(3, 4)),
    "poisson": lambda i: F.poisson_nll_loss(rows, i[:, None].float().expand(3, 4)),
    "categorical": lambda i: tg.distributions.Categorical(logits=rows).log_prob(i),
    "cumcount": lambda i: tg.cumsum(i, 0),
    "histc": lambda i: tg.histc(i.float(), 4, 0, 4),
    "sort": lambda i: rows[:, i.argsort()],
    "where": lambda i: tg.where(i > 1, one[:3], 0.0),
    "nonzero": lambda i: tg.nonzero(i),
    "unique": lambda i: tg.unique(i),
    "split sizes": lambda i: one.split([int(i[0]) % 3 + 1, 3 - int(i[0]) % 3]),
    "kthvalue": lambda i: one.kthvalue(int(i[0]) + 1)[0],
    "diag_embed": lambda i: tg.diag_embed(i.float()),
    "tril_indices": lambda i: tg.tril_indices(3, 3)[:, i],
    "combinations": lambda i: tg.combinations(i),
    "cartesian": lambda i: tg.cartesian_prod(i, i),
    "lookups": lambda i: [
        tg.ops.lookup.linear_at(rows, tg.randn(1).expand(1) * 0 + rows.T @ rows if False else rows, i[:, None] % 3)
    ],
    "index_reduce": lambda i: tg.zeros(4).index_reduce(0, i, rows[:, 0], "mean"),
    "index_fill with a gradient": lambda i: rows.index_fill(1, i, tg.tensor(7.0, requires_grad=True) * 1),
}


def _arrays(found):
    if isinstance(found, tuple | list):
        return [array for part in found for array in _arrays(part)]
    return [np.asarray(found.detach().numpy())]


@pytest.mark.parametrize("name", CHOSEN)
def test_another_choice_gives_other_numbers(name):
    step = CHOSEN[name]
    replayed = tg.compile(step)
    for given in GIVEN:
        for ours, eager in zip(_arrays(replayed(given)), _arrays(step(given)), strict=True):
            np.testing.assert_allclose(ours, eager, rtol=1e-6)
