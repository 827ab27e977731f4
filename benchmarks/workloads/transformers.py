"""Transformers: a small GPT that scores each next sign, and a small BERT that guesses the words that were hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.contender import COMPILED, EAGER, Contender, Dialect, Workload, begun, classes, in_dialects

if TYPE_CHECKING:
    from collections.abc import Callable

_SIGNS, _WIDTH, _LENGTH, _BATCH = 65, 128, 64, 12
_WORDS, _SENTENCE, _SENTENCES = 1000, 32, 16
_TARGETS = {EAGER: 1.0, COMPILED: 1.0}


def _encoder(api: Dialect, layers: int, norm_first: bool) -> Any:
    nn = api.nn
    layer = nn.TransformerEncoderLayer(_WIDTH, 4, 4 * _WIDTH, 0.0, "gelu", batch_first=True, norm_first=norm_first)
    return nn.TransformerEncoder(layer, layers)


def _gpt(api: Dialect) -> Any:
    nn = api.nn
    return nn.ModuleList([nn.Embedding(_SIGNS, _WIDTH), _encoder(api, 4, True), nn.Linear(_WIDTH, _SIGNS)])


def _bert(api: Dialect) -> Any:
    """Tables of words, places and sentences, whose sum is normalised; two layers; a score for every word."""
    nn = api.nn
    tables = [nn.Embedding(count, _WIDTH) for count in (_WORDS, _SENTENCE, 2)]
    return nn.ModuleList([*tables, nn.LayerNorm(_WIDTH), _encoder(api, 2, False), nn.Linear(_WIDTH, _WORDS)])


def _scores(api: Dialect, module: Any) -> Callable[[Any], Any]:
    later = api.nn.Transformer.generate_square_subsequent_mask(_LENGTH)

    def scores(signs: Any) -> Any:
        table, body, read = module
        return read(body(table(signs), later))

    return scores


def _gpt_step(api: Dialect) -> Contender:
    module = begun(api, _gpt)
    scores = _scores(api, module)

    def loss(signs: Any, following: Any) -> Any:
        return api.F.cross_entropy(scores(signs).flatten(0, 1), following)

    return api.trained(module, loss, classes(_SIGNS, _BATCH, _LENGTH), classes(_SIGNS, _BATCH * _LENGTH), watched=-1)


def _gpt_answer(api: Dialect) -> Contender:
    module = begun(api, _gpt)
    return api.answering(module, _scores(api, module), classes(_SIGNS, 1, _LENGTH))


def _bert_step(api: Dialect) -> Contender:
    module = begun(api, _bert)
    words = classes(_WORDS, _SENTENCES, _SENTENCE)
    places = api.root.arange(_SENTENCE)
    halves = places // (_SENTENCE // 2)

    def loss(seen: Any, asked: Any) -> Any:
        word, place, half, norm, body, read = module
        x = body(norm(word(seen) + place(places) + half(halves)))
        return api.F.cross_entropy(read(x).flatten(0, 1), asked, ignore_index=-100)

    seen, asked = words.copy(), words.copy()
    seen[:, ::6] = 0  # the sign that hides a word
    asked[seen == words] = -100
    return api.trained(module, loss, seen, asked.reshape(-1), watched=-1)


WORKLOADS = [
    Workload(f"GPT, 4 layers, width {_WIDTH}, T={_LENGTH}, batch {_BATCH}", "gpt", in_dialects(_gpt_step), _TARGETS),
    Workload(
        f"GPT, the same, one text of {_LENGTH} signs, no gradient", "gpt-answer", in_dialects(_gpt_answer), _TARGETS
    ),
    Workload(
        f"BERT, 2 layers, width {_WIDTH}, {_SENTENCES} sentences of {_SENTENCE} words of {_WORDS}", "bert",
        in_dialects(_bert_step), _TARGETS,
    ),
]  # fmt: skip
