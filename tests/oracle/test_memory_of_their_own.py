"""Whether a result shows the elements of its argument, where the function has nothing to change: what is written to the one, read in the other."""

import numpy as np
import pytest
import torch

import tinygrad_fr as tg
from tests.oracle.lines import table

CALLS = table("""
pad constant | F.pad(x, (0, 0))
pad reflect | F.pad(x, (0, 0), mode="reflect")
pad replicate | F.pad(x, (0, 0), mode="replicate")
pad circular | F.pad(x, (0, 0), mode="circular")
pad less reflect | F.pad(x, (0, -1), mode="reflect")
pad less replicate | F.pad(x, (-1, 0), mode="replicate")
ReflectionPad1d | nn.ReflectionPad1d(0)(x)
ReplicationPad2d | nn.ReplicationPad2d(0)(x[None])
pixel_shuffle 1 | F.pixel_shuffle(x, 1)
pixel_shuffle of points | F.pixel_shuffle(x.reshape(3, 4, 1, 1), 2)
pixel_unshuffle 1 | F.pixel_unshuffle(x, 1)
pixel_unshuffle of points | F.pixel_unshuffle(x.reshape(3, 1, 2, 2), 2)
channel_shuffle 1 | F.channel_shuffle(x, 1)
channel_shuffle of one each | F.channel_shuffle(x, 2)
matrix_power 1 | t.linalg.matrix_power(x[0, :2, :2], 1)
matrix_power 2 | t.linalg.matrix_power(x[0, :2, :2], 2)
matrix_power -1 | t.linalg.matrix_power(x[0, :2, :2], -1)
sum_to_size | x.sum_to_size(2, 2, 3)
sum_to_size smaller | x.sum_to_size(1, 2, 3)
repeat | x.repeat(1, 1, 1)
tile | x.tile(1)
roll | x.roll(0)
flip | x.flip(())
dropout 0 | F.dropout(x, 0.0)
dropout eval | F.dropout(x, 0.5, training=False)
interpolate | F.interpolate(x, scale_factor=1)
avg_pool1d | F.avg_pool1d(x, 1)
clamp | x.clamp(-100, 100)
to | x.to(t.float32)
to copy | x.to(t.float32, copy=True)
type_as | x.type_as(x)
contiguous | x.contiguous()
reshape | x.reshape(x.shape)
flatten | x.flatten(0, 0)
expand | x.expand(-1, -1, -1)
narrow | x.narrow(0, 0, 2)
tensor_split | x.tensor_split(1)[0]
cat | t.cat([x])
hstack | t.hstack([x])
column_stack | t.column_stack([x])
meshgrid | t.meshgrid(x[0, 0], indexing="ij")[0]
block_diag | t.block_diag(x[0])
pad_sequence | nn.utils.rnn.pad_sequence([x])
rot90 | x.rot90(0)
adjoint | x.adjoint()
mH | x.mH
reversed | reversed(x)
index_add | x.index_add(0, t.tensor([], dtype=t.long), x[:0])
masked_fill | x.masked_fill(x != x, 0)
where | t.where(x == x, x, x)
""")


def written(package, program):
    """Whether the argument changed, and whether it is the result itself."""
    x = package.tensor(np.linspace(0.1, 0.9, 12, dtype=np.float32).reshape(2, 2, 3))
    kept = x.tolist()
    y = eval(program, {"t": package, "nn": package.nn, "F": package.nn.functional, "x": x})
    shape = tuple(y.shape)
    y.fill_(7)
    return x.tolist() == kept, y is x, shape


@pytest.mark.parametrize("name", CALLS)
def test_what_is_written_to_a_result(name):
    assert written(tg, CALLS[name]) == written(torch, CALLS[name])
