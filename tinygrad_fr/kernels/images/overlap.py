"""Columns added up at the positions of their windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinygrad_fr.kernels.runtime.jit import njit


@njit(cache=True, error_model="numpy")
def add_up(columns: Any, x: Any, kernel: Any, out: Any, stride: Any, dilation: Any) -> None:
    """Add columns (C · kernel, N · positions) to the padded images (N, C, H, W) that they are windows of."""
    # Flat and unsigned: an index that might count from the end would stop vectorisation.
    n, c, height, width = x.shape
    source, target = columns.reshape(-1), x.reshape(-1)
    one, length, step = np.uintp(1), np.uintp(out[1]), np.uintp(stride[1])
    for image in range(n):
        for channel in range(c):
            for i in range(kernel[0]):
                for j in range(kernel[1]):
                    row = (channel * kernel[0] + i) * kernel[1] + j
                    read = np.uintp((row * n + image) * out[0] * out[1])
                    for p in range(out[0]):
                        down = p * stride[0] + i * dilation[0]
                        place = np.uintp(((image * c + channel) * height + down) * width + j * dilation[1])
                        q = np.uintp(0)
                        if step == one:
                            while q < length:
                                target[place + q] += source[read + q]
                                q += one
                        else:
                            while q < length:
                                target[place + q * step] += source[read + q]
                                q += one
                        read += length
