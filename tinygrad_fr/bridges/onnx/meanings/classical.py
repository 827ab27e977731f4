"""Classical models, as scikit-learn's exporter writes them."""

from __future__ import annotations

from typing import Any

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr.bridges.onnx.meanings.elementwise import cast
from tinygrad_fr.bridges.onnx.meanings.meaning import ANY, ML, WEIGHTS, At, array_of, means
from tinygrad_fr.nn import functional as F


@means("Scaler", domain=ML, takes="offset scale")
def _scaler(at: At, x: Any) -> Any:
    offset, scale = (np.asarray(at.get(name), np.float32) for name in ("offset", "scale"))
    return tg.mul(tg.sub(cast(at, x, np.dtype(np.float32)), offset), scale)


@means("Normalizer", domain=ML, takes="norm")
def _normalizer(at: At, x: Any) -> Any:
    norm = at.one_of("norm", "MAX", "L1", "L2")
    if norm == "MAX":  # ONNX divides by the largest number itself, not by the largest size
        x = cast(at, x, np.dtype(np.float32))
        largest = tg.amax(x, -1, True)
        return tg.div(x, tg.where(tg.eq(largest, 0), 1.0, largest))
    return F.normalize(x, {"L1": 1.0, "L2": 2.0}[norm], -1, float(np.finfo(np.float32).tiny))


def _coefficients(at: At, *_operands: Any) -> dict[str, Any]:
    """What a linear model carries as attributes: one row per target."""
    intercepts = at.get("intercepts") or []
    targets = at.attributes.get("targets") or len(intercepts) or 1
    weight = np.asarray(at.get("coefficients"), np.float32).reshape(targets, -1)
    return {"weight": weight} | ({"bias": np.asarray(intercepts, np.float32)} if intercepts else {})


WEIGHTS[ML, "LinearRegressor"] = WEIGHTS[ML, "LinearClassifier"] = _coefficients


def _linear_scores(at: At, x: Any) -> Any:
    return F.linear(cast(at, x, np.dtype(np.float32)), at.weights["weight"], at.weights.get("bias"))


def _transformed(at: At, scores: Any) -> Any:
    how = at.one_of("post_transform", "NONE", "LOGISTIC", "SOFTMAX")
    return scores if how == "NONE" else tg.sigmoid(scores) if how == "LOGISTIC" else F.softmax(scores, 1)


@means("LinearRegressor", domain=ML, takes="coefficients intercepts post_transform targets")
def _linear_regressor(at: At, x: Any) -> Any:
    return _transformed(at, _linear_scores(at, x))


@means(
    "LinearClassifier",
    domain=ML,
    takes="classlabels_ints classlabels_strings coefficients intercepts multi_class post_transform",
    gives=2,
)
def _linear_classifier(at: At, x: Any) -> Any:
    scores = _linear_scores(at, x)
    labels = at.get("classlabels_ints") or at.get("classlabels_strings") or []
    if len(labels) == 2 and scores.shape[1] == 1:  # one score, the second class's
        if at.get("post_transform") == "LOGISTIC":
            second = tg.sigmoid(scores)
            found = tg.cat([tg.sub(1.0, second), second], 1)
        else:
            found = _transformed(at, tg.cat([tg.neg(scores), scores], 1))
    else:
        found = _transformed(at, scores)
    chosen = np.argmax(array_of(found), 1)
    return np.asarray(labels, object if at.get("classlabels_strings") else np.int64)[chosen], found


@means("ZipMap", domain=ML, takes="classlabels_int64s classlabels_strings")
def _zip_map(at: At, x: Any) -> Any:
    return x


@means("ArrayFeatureExtractor", domain=ML, fixed=[1], kinds=ANY)
def _extract(at: At, x: Any, indices: Any) -> Any:
    chosen = x[..., array_of(indices).reshape(-1)]
    return chosen.reshape(1, -1) if x.ndim == 1 else chosen
