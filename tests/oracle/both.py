"""One program in both packages, from the same seed, and what it gives compared number by number."""

import numpy as np
import torch

import tinygrad_fr as tg


def numbers(found):
    if isinstance(found, tuple | list):
        return [part for each in found for part in numbers(each)]
    return [np.asarray(found.detach().numpy() if hasattr(found, "detach") else found)]


def same(compute, rtol=1e-5, atol=1e-5):
    """What both packages compute, from the same seed."""
    results = []
    for package in (torch, tg):
        package.manual_seed(0)
        results.append(numbers(compute(package)))
    assert len(results[0]) == len(results[1])
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


def gradients(module):
    return [p.grad for p in module.parameters()]
