"""Handwritten digits: 1 797 images of 8×8, shipped inside scikit-learn."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@lru_cache(maxsize=1)
def _images() -> tuple[Array, Array]:
    from sklearn.datasets import load_digits

    data = load_digits()
    return (data.images / 16.0).astype(np.float32), data.target.astype(np.int64)


def digits(*, test: float = 0.2, seed: int = 0) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Images (n, 8, 8) with grey levels from 0 to 1 and labels (n,) from 0 to 9, split for training and testing.

    Args:
        test: share held out.
        seed: of the split; it does not depend on any other random number.
    """
    images, labels = _images()
    order = np.random.default_rng(seed).permutation(len(labels))
    held = round(test * len(labels))
    return (images[order[held:]], labels[order[held:]]), (images[order[:held]], labels[order[:held]])
