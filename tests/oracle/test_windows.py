"""Interpolation and pooling of every dtype: torch's values and dtypes, or its refusal."""

import warnings

import numpy as np
import pytest
import torch

import tinygrad_fr as tg

RNG = np.random.default_rng(0)
DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]
SIDES = (6, 5, 4)
CALLS = {}
for mode, n in [("linear", 1), ("bilinear", 2), ("bicubic", 2), ("trilinear", 3), *(("nearest", n) for n in (1, 2, 3)), ("nearest-exact", 2), *(("area", n) for n in (1, 2, 3))]:  # fmt: skip
    for setting in ({"size": (7, 3, 2)[:n]}, {"scale_factor": 0.6}, {"scale_factor": 2.3, "recompute_scale_factor": True}, {"scale_factor": 1.7}):  # fmt: skip
        CALLS[f"{mode} {n} {setting}"] = n, lambda f, x, m=mode, s=setting: f.interpolate(x, mode=m, **s)
    if mode.endswith(("linear", "cubic")):
        CALLS[f"{mode} {n} corners"] = (
            n,
            lambda f, x, m=mode, n=n: f.interpolate(x, (7, 3, 2)[:n], mode=m, align_corners=True),
        )
for n in (1, 2, 3):
    for p in (0, 1):
        CALLS[f"max_pool{n}d {p}"] = n, lambda f, x, n=n, p=p: getattr(f, f"max_pool{n}d")(x, 2, padding=p)
        CALLS[f"places of max_pool{n}d {p}"] = (
            n,
            lambda f, x, n=n, p=p: getattr(f, f"max_pool{n}d")(x, 2, 1, p, ceil_mode=True, return_indices=True)[1],
        )
        CALLS[f"dilated max_pool{n}d {p}"] = n, lambda f, x, n=n, p=p: getattr(f, f"max_pool{n}d")(x, 2, 1, p, 2)
        CALLS[f"avg_pool{n}d {p}"] = n, lambda f, x, n=n, p=p: getattr(f, f"avg_pool{n}d")(x, 2, padding=p)
        CALLS[f"inner avg_pool{n}d {p}"] = (
            n,
            lambda f, x, n=n, p=p: getattr(f, f"avg_pool{n}d")(x, 2, 1, p, True, False),
        )
    if n > 1:
        CALLS[f"divided avg_pool{n}d"] = n, lambda f, x, n=n: getattr(f, f"avg_pool{n}d")(x, 2, divisor_override=3)
    for kind in ("avg", "max"):
        CALLS[f"adaptive_{kind}_pool{n}d"] = n, lambda f, x, n=n, k=kind: getattr(f, f"adaptive_{k}_pool{n}d")(x, 3)
    CALLS[f"lp_pool{n}d"] = n, lambda f, x, n=n: getattr(f, f"lp_pool{n}d")(x, 2, 2)

# What differs, and why.
ANSWERED = {("avg_pool3d", "float16"), ("lp_pool3d", "float16")}  # torch has no kernel of half precision for them
REFUSED = {("lp_pool", "bool"), ("lp_pool", "int64")}  # torch divides integers on the way


def known(name, dtype, pairs):
    return any(part in name and dtype == own for part, own in pairs)


@pytest.mark.parametrize("name", CALLS)
def test_every_dtype(name):
    n, call = CALLS[name]
    for dtype in DTYPES:
        x = RNG.normal(0, 40, (1, 2, *SIDES[:n]))
        x = (x > 0) if dtype == "bool" else np.abs(x).astype(dtype) if dtype == "uint8" else x.astype(dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = call(torch.nn.functional, torch.tensor(x)).detach().numpy()
            except (RuntimeError, TypeError):
                if known(name, dtype, ANSWERED):
                    continue
                with pytest.raises(RuntimeError) as caught:
                    call(tg.nn.functional, tg.tensor(x))
                assert isinstance(caught.value, tg.errors.TinygradError)
                continue
        if known(name, dtype, REFUSED):
            with pytest.raises(RuntimeError):
                call(tg.nn.functional, tg.tensor(x))
            continue
        found = call(tg.nn.functional, tg.tensor(x)).detach().numpy()
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape), dtype
        rtol = {"float16": 2e-2, "float32": 1e-5}.get(dtype, 1e-12 if dtype == "float64" else 0)
        assert np.allclose(found.astype(float), expected.astype(float), rtol, 40 * rtol), dtype


def test_bytes_exactly():
    seen = 0
    for _ in range(60):
        h, w, a, b = RNG.integers(1, 12, 4)
        x = RNG.integers(0, 256, (1, 2, h, w)).astype(np.uint8)
        for mode in ("bilinear", "bicubic"):
            for setting in ({"size": (int(a), int(b))}, {"size": (int(a), int(b)), "align_corners": True}):
                theirs = torch.nn.functional.interpolate(torch.tensor(x), mode=mode, **setting).detach().numpy()
                ours = tg.nn.functional.interpolate(tg.tensor(x), mode=mode, **setting).detach().numpy()
                assert np.array_equal(ours, theirs)
                seen += 1
    assert seen == 240
