"""A variational autoencoder of images, and a translator: a sequence read by a GRU and written by another with attention."""

from __future__ import annotations

from typing import Any

from benchmarks.contender import (
    COMPILED,
    EAGER,
    Contender,
    Dialect,
    Workload,
    begun,
    classes,
    drawn,
    in_dialects,
)

_TARGETS = {EAGER: 1.0, COMPILED: 1.0}
_PIXELS, _HIDDEN, _HELD, _BATCH = 784, 256, 16, 64
_WORDS, _WIDTH, _READ, _WRITTEN, _SENTENCES = 200, 64, 20, 20, 16


def _autoencoder(api: Dialect) -> Any:
    nn = api.nn
    sizes = {
        "read": (_PIXELS, _HIDDEN),
        "mean": (_HIDDEN, _HELD),
        "spread": (_HIDDEN, _HELD),
        "write": (_HELD, _HIDDEN),
        "draw": (_HIDDEN, _PIXELS),
    }
    return nn.ModuleDict({name: nn.Linear(*size) for name, size in sizes.items()})


def _vae(api: Dialect) -> Contender:
    """The noise is given, so that everybody draws the same."""
    module = begun(api, _autoencoder)

    def loss(x: Any, noise: Any) -> Any:
        h = api.F.relu(module["read"](x))
        mean, spread = module["mean"](h), module["spread"](h)
        z = mean + noise * api.root.exp(0.5 * spread)
        drawing = module["draw"](api.F.relu(module["write"](z)))
        missed = api.F.binary_cross_entropy_with_logits(drawing, x, reduction="sum")
        divergence = -0.5 * api.root.sum(1 + spread - mean * mean - api.root.exp(spread))
        return (missed + divergence) / _BATCH

    images = (drawn(_BATCH, _PIXELS) > 0).astype("float32")
    return api.trained(module, loss, images, drawn(_BATCH, _HELD, seed=3), rate=0.001)


def _pair(api: Dialect) -> Any:
    nn = api.nn
    return nn.ModuleDict(
        {
            "words": nn.Embedding(_WORDS, _WIDTH),
            "reader": nn.GRU(_WIDTH, _WIDTH, batch_first=True),
            "asked": nn.Embedding(_WORDS, _WIDTH),
            "cell": nn.GRUCell(2 * _WIDTH, _WIDTH),
            "scores": nn.Linear(2 * _WIDTH, _WORDS),
        }
    )


def _translator(api: Dialect) -> Contender:
    """Every word that is written looks, by products, at the whole of what was read; the right words are given back."""
    module, root = begun(api, _pair), api.root

    def loss(source: Any, given: Any, following: Any) -> Any:
        read, state = module["reader"](module["words"](source))
        h, asked = state[0], module["asked"](given)
        context, written = h * 0, []
        for t in range(_WRITTEN):
            h = module["cell"](root.cat([asked[:, t], context], 1), h)
            weights = api.F.softmax(root.bmm(read, h.unsqueeze(2)).squeeze(2), 1)
            context = root.bmm(weights.unsqueeze(1), read).squeeze(1)
            written.append(module["scores"](root.cat([h, context], 1)))
        return api.F.cross_entropy(root.stack(written, 1).flatten(0, 1), following)

    return api.trained(
        module,
        loss,
        classes(_WORDS, _SENTENCES, _READ),
        classes(_WORDS, _SENTENCES, _WRITTEN),
        classes(_WORDS, _SENTENCES * _WRITTEN),
        watched=-1,
    )


WORKLOADS = [
    Workload(
        f"VAE {_PIXELS}-{_HIDDEN}-{_HELD}, batch {_BATCH}", "vae", in_dialects(_vae), _TARGETS
    ),
    Workload(
        f"seq2seq, GRU with attention, {_READ} words read, {_WRITTEN} written, batch {_SENTENCES}", "seq2seq",
        in_dialects(_translator), _TARGETS,
    ),
]  # fmt: skip
