"""Skip-gram with negative sampling over 10 000 words of a made-up text, whose frequencies fall as in a language."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.contender import COMPILED, Contender, Dialect, Workload, drawn, in_dialects, torch

if TYPE_CHECKING:
    from collections.abc import Callable

_VOCABULARY, _SIZE, _WINDOW, _NEGATIVES = 2000, 100, 2, 5
_WORDS, _BLOCK, _RATE, _PLACES = 10_000, 1000, 0.0005, 1 << 17


@lru_cache
def _text() -> Any:
    frequency = 1 / np.arange(1, _VOCABULARY + 1)
    return np.random.default_rng(0).choice(_VOCABULARY, _WORDS, p=frequency / frequency.sum())


@lru_cache
def _noise() -> Any:
    """What words are drawn from, as Word2Vec's own program does: each word in as many places as its frequency^¾ asks."""
    weights = np.bincount(_text(), minlength=_VOCABULARY) ** 0.75
    ends = np.rint(_PLACES * np.cumsum(weights) / weights.sum()).astype(int)
    return np.repeat(np.arange(_VOCABULARY, dtype=np.int32), np.diff(ends, prepend=0))


@lru_cache
def _pairs() -> list[tuple[Any, Any]]:
    """Words and their neighbours, a block of text at a time."""
    places = np.arange(_BLOCK)
    found = []
    for block in _text().reshape(-1, _BLOCK):
        offsets = [k for k in range(-_WINDOW, _WINDOW + 1) if k]
        inside = [(places + k >= 0) & (places + k < _BLOCK) for k in offsets]
        words = np.concatenate([block[places[ok]] for ok in inside])
        near = np.concatenate([block[places[ok] + k] for k, ok in zip(offsets, inside, strict=True)])
        found.append((words, near))
    return found


def _products(api: Dialect, sparse: bool) -> Callable[[Any, Any, Any], Any]:
    """How well each word read goes with its candidates: by the operation made for it, or as a program of PyTorch's writes it."""
    if api.root.__name__ == "tinygrad_fr":
        return lambda vectors, table, candidates: api.root.ops.lookup.linear_at(vectors, table, candidates)
    return lambda vectors, table, candidates: (
        api.F.embedding(candidates, table, sparse=sparse) * vectors.unsqueeze(1)
    ).sum(2)


def _program(api: Dialect, sparse: bool = False) -> Contender:
    """A step of descent for each block; the drawing of words that are not neighbours is timed too."""
    tensor, generator = api.root.tensor, np.random.default_rng(3)
    read, guessed = (api.nn.Embedding(_VOCABULARY, _SIZE, sparse=sparse) for _table in range(2))
    api.loaded(read, {"weight": drawn(_VOCABULARY, _SIZE, scale=1 / _SIZE)})
    api.loaded(guessed, {"weight": drawn(_VOCABULARY, _SIZE, seed=2, scale=1 / _SIZE)})
    optimizer, products = api.optim.SGD([read.weight, guessed.weight], _RATE), _products(api, sparse)
    signs = tensor(np.array([[1.0] + [-1.0] * _NEGATIVES], np.float32))

    def step(words: Any, candidates: Any) -> Any:
        optimizer.zero_grad()
        loss = -api.F.logsigmoid(products(read(words), guessed.weight, candidates) * signs).sum()
        loss.backward()
        optimizer.step()
        return loss.detach()

    run = api.finished(step)

    def epoch() -> Any:
        total = 0.0
        for words, near in _pairs():
            others = _noise()[generator.integers(0, _PLACES, (len(words), _NEGATIVES), np.int32)]
            total += float(run(tensor(words), tensor(np.concatenate([near[:, None], others], 1))))
        return total

    return Contender(epoch, lambda: np.array(read.weight.grad.to_dense().numpy()))


def _sparse() -> Contender:
    api = torch(1)
    return replace(_program(api, sparse=True), prepare=api.prepare)


def _gensim() -> Contender:
    from gensim.models import Word2Vec

    sentences = [[str(word) for word in block] for block in _text().reshape(-1, _BLOCK)]
    model = Word2Vec(
        sentences, vector_size=_SIZE, window=_WINDOW, sg=1, hs=0, negative=_NEGATIVES, ns_exponent=0.75, sample=0,
        min_count=1, workers=1, shrink_windows=False, epochs=1,
    )  # fmt: skip

    def epoch() -> Any:
        return model.train(sentences, total_examples=len(sentences), epochs=1)

    return Contender(epoch, lambda: None)


WORKLOADS = [
    Workload(
        f"skip-gram, {_NEGATIVES} negatives, window {_WINDOW}, {_SIZE} numbers a word", "skip-gram",
        {**in_dialects(_program), "torch, sparse gradients": _sparse, "gensim": _gensim}, {COMPILED: 1.0}, words=_WORDS,
        unchecked={"gensim": "it draws words by itself and moves after every pair, the others after every block"},
    )
]  # fmt: skip
