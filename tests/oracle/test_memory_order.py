"""In which order of dimensions results lie in memory, against PyTorch: random draws follow it, and ``view`` answers by it."""

import io

import pytest
import torch

import tinygrad_fr as tg

LAYOUTS = {
    "channels last": lambda tp: wave(tp, 2, 3, 4, 5).contiguous(memory_format=tp.channels_last),
    "permuted": lambda tp: wave(tp, 3, 4, 5).permute(2, 0, 1),
    "transposed": lambda tp: wave(tp, 3, 4).t(),
    "sliced": lambda tp: wave(tp, 6, 8)[::2, 1:5],
    "sliced and transposed": lambda tp: wave(tp, 4, 5, 6).transpose(0, 2)[::2],
    "repeated rows": lambda tp: wave(tp, 4).expand(3, 4),
    "repeated columns": lambda tp: wave(tp, 3)[:, None].expand(3, 4),
    "a batch of one": lambda tp: wave(tp, 1, 3, 4).transpose(1, 2),
    "in rows": lambda tp: wave(tp, 5, 4),
}
RANDOM = {
    "rand_like": lambda tp, nf, x: tp.rand_like(x),
    "randn_like": lambda tp, nf, x: tp.randn_like(x),
    "randint_like": lambda tp, nf, x: tp.randint_like(x, 9),
    "dropout": lambda tp, nf, x: nf.dropout(x, 0.5),
    "dropout of softmax": lambda tp, nf, x: nf.dropout(x.softmax(1), 0.5),
    "dropout of sort": lambda tp, nf, x: nf.dropout(x.sort(1)[0], 0.5),
    "dropout of flip": lambda tp, nf, x: nf.dropout(x.flip(0), 0.5),
    "dropout of a sum": lambda tp, nf, x: nf.dropout(x + x.contiguous(), 0.5),
    "dropout of a copy": lambda tp, nf, x: nf.dropout(x.clone(), 0.5),
    "dropout of rows": lambda tp, nf, x: nf.dropout(x.contiguous(), 0.5),
    "dropout of channels": lambda tp, nf, x: nf.dropout2d(x, 0.5),
    "alpha dropout": lambda tp, nf, x: nf.alpha_dropout(x, 0.3, True),
    "bernoulli": lambda tp, nf, x: tp.bernoulli(x.abs()),
    "filled": lambda tp, nf, x: x.clone().normal_(),
}
OPERATIONS = RANDOM | {
    "softmax": lambda tp, nf, x: x.softmax(-1),
    "log_softmax": lambda tp, nf, x: x.log_softmax(1),
    "cumsum": lambda tp, nf, x: x.cumsum(1),
    "cumprod": lambda tp, nf, x: x.cumprod(0),
    "cummax": lambda tp, nf, x: x.cummax(1),
    "cummin": lambda tp, nf, x: x.cummin(0),
    "logcumsumexp": lambda tp, nf, x: x.logcumsumexp(1),
    "sort": lambda tp, nf, x: x.sort(1),
    "argsort": lambda tp, nf, x: x.argsort(0),
    "topk": lambda tp, nf, x: x.topk(1, 1),
    "flip": lambda tp, nf, x: x.flip(0, 1),
    "rot90": lambda tp, nf, x: x.rot90(),
    "roll": lambda tp, nf, x: x.roll(1, 1),
    "roll of all": lambda tp, nf, x: x.roll(1),
    "stack": lambda tp, nf, x: tp.stack([x, x]),
    "stack last": lambda tp, nf, x: tp.stack([x, x], -1),
    "cat": lambda tp, nf, x: tp.cat([x, x * 1], 1),
    "cat of both": lambda tp, nf, x: tp.cat([x, x.contiguous()], 1),
    "clone": lambda tp, nf, x: x.clone(),
    "clone in rows": lambda tp, nf, x: x.clone(memory_format=tp.contiguous_format),
    "empty_like": lambda tp, nf, x: tp.empty_like(x),
    "zeros_like": lambda tp, nf, x: tp.zeros_like(x, dtype=tp.int64),
    "zeros_like in rows": lambda tp, nf, x: tp.zeros_like(x, memory_format=tp.contiguous_format),
    "full_like": lambda tp, nf, x: tp.full_like(x, 2.0),
    "exp": lambda tp, nf, x: x.exp(),
    "of both": lambda tp, nf, x: x + x.contiguous(),
    "of both turned": lambda tp, nf, x: x.contiguous() + x,
    "broadcast": lambda tp, nf, x: x + x[:1],
    "broadcast first": lambda tp, nf, x: x[:1] * x,
    "of two dtypes": lambda tp, nf, x: x + x.contiguous().double(),
    "compared": lambda tp, nf, x: x > x.contiguous(),
    "masked_fill": lambda tp, nf, x: x.masked_fill(x > 0, 0.0),
    "where": lambda tp, nf, x: tp.where(x > 0, x, 0.0),
    "where of rows": lambda tp, nf, x: tp.where(x.contiguous() > 0, x, x * 2),
    "relu": lambda tp, nf, x: x.relu(),
    "gelu": lambda tp, nf, x: nf.gelu(x),
    "lerp": lambda tp, nf, x: tp.lerp(x, x * 2, 0.5),
    "atan2": lambda tp, nf, x: tp.atan2(x, x.contiguous()),
    "sum": lambda tp, nf, x: x.sum(1),
    "mean": lambda tp, nf, x: x.mean(-1, keepdim=True),
    "max": lambda tp, nf, x: x.max(0),
    "var": lambda tp, nf, x: x.var(1),
    "std": lambda tp, nf, x: x.std(0),
    "logsumexp": lambda tp, nf, x: x.logsumexp(1),
    "instance_norm": lambda tp, nf, x: nf.instance_norm(x),
    "rms_norm": lambda tp, nf, x: nf.rms_norm(x, x.shape[-1:]),
    "layer_norm": lambda tp, nf, x: nf.layer_norm(x, x.shape[-1:]),
    "batch_norm": lambda tp, nf, x: nf.batch_norm(x, None, None, training=True),
    "group_norm": lambda tp, nf, x: nf.group_norm(x, 1),
    "normalize": lambda tp, nf, x: nf.normalize(x),
    "pad": lambda tp, nf, x: nf.pad(x, (1, 1)),
    "max_pool2d": lambda tp, nf, x: nf.max_pool2d(x, 2),
    "interpolate": lambda tp, nf, x: nf.interpolate(x, scale_factor=2),
    "conv2d": lambda tp, nf, x: nf.conv2d(x, tp.ones(2, x.shape[-3], 2, 2)),
    "index_select": lambda tp, nf, x: x.index_select(1, tp.tensor([0, 1])),
    "gather": lambda tp, nf, x: x.gather(0, tp.zeros(x.shape, dtype=tp.int64)),
    "scatter": lambda tp, nf, x: x.scatter(0, tp.zeros(x.shape, dtype=tp.int64), x.contiguous()),
    "index_add": lambda tp, nf, x: x.index_add(0, tp.tensor([0]), x[:1].contiguous()),
    "masked_scatter": lambda tp, nf, x: x.masked_scatter(x > 0, x.contiguous()),
    "tril": lambda tp, nf, x: x.tril(),
    "matmul": lambda tp, nf, x: x @ x.transpose(-1, -2),
    "linear": lambda tp, nf, x: nf.linear(x, tp.ones(3, x.shape[-1])),
    "repeat": lambda tp, nf, x: x.repeat(*[2] * x.ndim),
    "contiguous": lambda tp, nf, x: x.contiguous(),
    "in place": lambda tp, nf, x: x.clone().mul_(2),
    "written": lambda tp, nf, x: tp.zeros(x.shape).copy_(x),
    "one_hot": lambda tp, nf, x: nf.one_hot((x > 0).long(), 2),
    "cross": lambda tp, nf, x: tp.cross(x, x * 2, dim=[*x.shape].index(3)),
    "linalg.cross": lambda tp, nf, x: tp.linalg.cross(x, x * 2, dim=[*x.shape].index(3)),
    "renorm": lambda tp, nf, x: x.renorm(2, 0, 1.0),
    "index_copy": lambda tp, nf, x: x.index_copy(0, tp.tensor([0]), x[:1].contiguous()),
    "put": lambda tp, nf, x: x.put(tp.tensor([0]), tp.tensor([1.0])),
    "channel_shuffle": lambda tp, nf, x: nf.channel_shuffle(tp.cat([x, x], 1), 2),
    "unfold": lambda tp, nf, x: nf.unfold(x, 2),
    "fold": lambda tp, nf, x: nf.fold(nf.unfold(x, 2), x.shape[-2:], 2),
    "local_response_norm": lambda tp, nf, x: nf.local_response_norm(x, 2),
    "conv_transpose2d": lambda tp, nf, x: nf.conv_transpose2d(x, tp.ones(x.shape[-3], 2, 2, 2)),
    "quantile": lambda tp, nf, x: x.quantile(0.5, 0),
    "quantiles": lambda tp, nf, x: x.quantile(tp.tensor([0.1, 0.5, 0.9]), 1),
    "nanquantile": lambda tp, nf, x: x.nanquantile(tp.tensor([0.1, 0.5]), 0, keepdim=True),
    "double": lambda tp, nf, x: x.double(),
    "long": lambda tp, nf, x: x.long(),
    "float_power": lambda tp, nf, x: tp.float_power(x, 2),
    "divided": lambda tp, nf, x: x.long() / 2,
}
# What PyTorch lays out otherwise: an index that is written to repeated elements.
WRITTEN = {
    "index_fill": lambda tp, nf, x: x.index_fill(1, tp.tensor([0]), 2.0),
    "index_put": lambda tp, nf, x: x.index_put((tp.tensor([0]),), tp.tensor(1.0)),
}


def wave(package, *shape):
    size = int(torch.Size(shape).numel())
    return package.arange(float(size)).reshape(shape).sin()


def told(result):
    """Steps in memory, those of sides of one element left out."""
    parts = result if isinstance(result, tuple | list) else [result]
    return [tuple(step for side, step in zip(x.shape, x.stride(), strict=True) if side > 1) for x in parts]


def result(package, call, layout, compiled=False):
    package.manual_seed(0)
    x = LAYOUTS[layout](package)

    def step(x):
        return call(package, package.nn.functional, x)

    return (package.compile(step) if compiled else step)(x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", [*OPERATIONS, *WRITTEN])
def test_lies_as_pytorchs(name, layout):
    call = (OPERATIONS | WRITTEN)[name]
    if name in WRITTEN and "repeated" in layout:
        pytest.skip("a copy of repeated elements")
    try:
        theirs = result(torch, call, layout)
    except (RuntimeError, ValueError, IndexError):
        pytest.skip("PyTorch takes no such shape")
    assert told(result(tg, call, layout)) == told(theirs)


@pytest.mark.parametrize("layout", ["channels last", "permuted", "transposed", "a batch of one", "in rows"])
@pytest.mark.parametrize("writer", [torch, tg], ids=["of PyTorch", "ours"])
def test_a_file_keeps_the_order(writer, layout):
    x, file = LAYOUTS[layout](writer), io.BytesIO()
    writer.save([x, writer.nn.Parameter(x)], file)
    for read in tg.load(io.BytesIO(file.getvalue())):
        assert told(read) == told(x)
        assert read.tolist() == x.tolist()


@pytest.mark.parametrize("layout", ["channels last", "permuted", "transposed", "sliced and transposed"])
@pytest.mark.parametrize(
    "name", ["exp", "of both", "compared", "softmax", "masked_fill", "clone", "contiguous", "sort"]
)
def test_what_a_replay_gives_lies_as_what_was_recorded(name, layout):
    @tg.compile
    def step(x):
        return OPERATIONS[name](tg, tg.nn.functional, x)

    x = LAYOUTS[layout](tg)
    expected = told(result(torch, OPERATIONS[name], layout))
    assert [told(step(x)) for _call in range(3)] == [expected] * 3
    assert step.replays == 2


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("compiled", [False, True], ids=["", "compiled"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", RANDOM)
def test_draws_follow_memory(name, layout, compiled):
    try:
        theirs = result(torch, RANDOM[name], layout)
    except (RuntimeError, ValueError):
        pytest.skip("PyTorch takes no such shape")
    ours = result(tg, RANDOM[name], layout, compiled)
    assert torch.allclose(torch.tensor(ours.tolist(), dtype=theirs.dtype), theirs, 1e-5, 1e-6)
