"""Who looks at whom: the weights of every head of every attention of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinygrad_fr.errors import UsageError
from tinygrad_fr.locale import _
from tinygrad_fr.ops.attention import attention
from tinygrad_fr.record.node import Node

if TYPE_CHECKING:
    from tinygrad_fr.explain.observed import Observed

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Attention:
    """One attention of the first row of a batch.

    Attributes:
        path: of its module.
        weights: (heads, L, S): each row sums to 1.
        queries: what stands at each place that looks; its number where nothing else is known.
        keys: what stands at each place that is looked at.

    Example:
        >>> found = Attention("self_attn", np.array([[[0.75, 0.25], [0.5, 0.5]]]), ("le", "chat"), ("le", "chat"))
        >>> found.most(head=0, place=0)
        ('le', 0.75)
        >>> round(Attention("", np.full((1, 4, 4), 0.25), (), ()).spread(0), 3)  # looks at all four
        4.0
    """

    path: str
    weights: Array
    queries: tuple[str, ...]
    keys: tuple[str, ...]

    @property
    def heads(self) -> int:
        """Attentions side by side."""
        return len(self.weights)

    def most(self, head: int, place: int) -> tuple[str, float]:
        """What a place looks at most, and how much."""
        row = self.weights[head, place]
        best = int(row.argmax())
        return self.keys[best], float(row[best])

    def spread(self, head: int) -> float:
        """Number of places that a head looks at, in the mean: the exponential of its entropy, 1 for one place alone."""
        weights = self.weights[head]
        entropy = -(weights * np.log(np.maximum(weights, 1e-30))).sum(axis=-1)
        return float(np.exp(entropy).mean())

    def to_json(self) -> dict[str, Any]:
        """The weights as plain data."""
        return {
            "path": self.path,
            "queries": list(self.queries),
            "keys": list(self.keys),
            "weights": self.weights.tolist(),
            "spread": [self.spread(head) for head in range(self.heads)],
        }


def attentions(run: Observed) -> tuple[Attention, ...]:
    """Every attention of an observed run, in the order in which they ran.

    Raises:
        UsageError: there is none.

    Example:
        >>> from tinygrad_fr.explain import observed
        >>> from tinygrad_fr.plugins import Catalogue
        >>> model = Catalogue().load("transformer")
        >>> run = observed(model, model.settings)
        >>> [found.path for found in attentions(run)]
        ['transformer/encoder/0/self_attn', 'transformer/encoder/1/self_attn', 'transformer/decoder/0/self_attn', 'transformer/decoder/0/multihead_attn', 'transformer/decoder/1/self_attn', 'transformer/decoder/1/multihead_attn']
    """
    ran = sorted((n for n in run.nodes.values() if n.op is not None and n.op.name == "attention"), key=lambda n: n.id)
    if not ran:
        raise UsageError(_("model “{name}” has no attention; try transformer, gpt or bert").format(name=run.model.name))
    read = run.model.tokens(run.settings, run.batch)
    written = run.model.target_tokens(run.settings, run.batch)
    found = []
    for node in ran:
        inputs: list[Any] = [x.value if isinstance(x, Node) else x for x in node.inputs]
        query, key, _value, mask, _dropout = inputs
        # The mean of unit vectors is the weights themselves.
        weights = np.asarray(attention(query, key, np.eye(key.shape[-2], dtype=key.dtype), mask, **node.attrs))
        rows = weights.reshape(-1, *weights.shape[-3:])[0] if weights.ndim > 2 else weights[None]
        queries, keys = (_names(length, read, written) for length in (query.shape[-2], key.shape[-2]))
        found.append(Attention(node.scope.path, rows, queries, keys))
    return tuple(found)


def _names(length: int, *known: tuple[str, ...]) -> tuple[str, ...]:
    return next((names for names in known if len(names) == length), tuple(str(i + 1) for i in range(length)))
