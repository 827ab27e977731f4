"""A small GPT: four decoder layers of width 128 over 64 signs, and a score for each next one."""

from __future__ import annotations

from typing import Any

from benchmarks.contender import COMPILED, EAGER, Contender, Dialect, Workload, classes, eager, in_dialects, initial

_SIGNS, _WIDTH, _LENGTH, _BATCH = 65, 128, 64, 12


def _gpt(api: Dialect) -> Any:
    nn = api.nn
    layer = nn.TransformerEncoderLayer(_WIDTH, 4, 4 * _WIDTH, 0.0, "gelu", batch_first=True, norm_first=True)
    body = nn.TransformerEncoder(layer, 4)
    return nn.ModuleList([nn.Embedding(_SIGNS, _WIDTH), body, nn.Linear(_WIDTH, _SIGNS)])


def _weights() -> dict[str, Any]:
    api = eager()
    api.root.manual_seed(0)
    return initial(_gpt(api))


def _program(api: Dialect) -> Contender:
    module = api.loaded(_gpt(api), _weights())
    later = api.nn.Transformer.generate_square_subsequent_mask(_LENGTH)

    def loss(signs: Any, following: Any) -> Any:
        table, body, scores = module
        return api.F.cross_entropy(scores(body(table(signs), later)).flatten(0, 1), following)

    return api.trained(module, loss, classes(_SIGNS, _BATCH, _LENGTH), classes(_SIGNS, _BATCH * _LENGTH), watched=-1)


WORKLOADS = [
    Workload(
        f"GPT, 4 layers, width {_WIDTH}, T={_LENGTH}, batch {_BATCH}", "gpt",
        in_dialects(_program), {EAGER: 1.2, COMPILED: 1.0},
    )
]  # fmt: skip
