"""Forms of operations, as people write them, between element-wise operations: compiled, three draws each, values and gradients."""

import warnings

import numpy as np
import pytest

import tinygrad_fr as tg
from tinygrad_fr import nn, tensor
from tinygrad_fr.errors import CompileWarning
from tinygrad_fr.nn import functional as F
from tinygrad_fr.testing.proving.subject import weights

# Of x and y, 3 by 4; m, 2 by 3 by 4; i, indices below 3 of the shape of x; b, truths of the shape of x.
FORMS = """
x.abs() | x.acos() | x.cosh() | x.erf() | x.exp() | x.floor() | x.log() | x.log1p() | x.log2() | x.sigmoid() | x.sqrt() | x.square() | x.tan() | x.tanh() | x.relu()
-x | abs(x) | x + y | x - y | x * y | x / y | x ** 2 | x ** y | 2 ** x | 1 / x | 1 - x | (3 // x.detach()) + x | (x.detach() // 0.3) * x | x % 0.3 | x @ y.T | x > y | (x > 0.5) * y | ~b | b & (x > 0.5) | b | (x > 0.2) | b ^ b
x.sum() | x.sum(0) | x.sum(dim=1, keepdim=True) | x.sum((0, 1)) | m.sum((0, 2)) | x.mean() | x.mean(-1) | x.std() | x.std(0, keepdim=True) | x.var(1, correction=0) | x.prod() | x.prod(1)
x.max() | x.max(1).values | x.max(1).indices | tg.max(x, y) | x.min(0)[0] | x.amax((0, 1)) | x.amin(1, keepdim=True) | x.argmax() | x.argmin(1) | x.median() | x.median(1).values | x.norm() | x.norm(dim=1) | x.norm(p=1, dim=0)
x.cumsum(0) | x.cumprod(1) | x.logsumexp(1) | x.softmax(-1) | x.log_softmax(0) | x.sort(1).values | x.sort(1, descending=True)[0] | x.argsort(0) | x.topk(2).values | x.topk(2, dim=0).indices | x.kthvalue(2).values
x.reshape(-1) | x.reshape(2, 6) | x.view(4, 3) | x.T | x.t() | x.mT | m.permute(2, 0, 1) | m.transpose(0, 2) | x.unsqueeze(0) | x[None].squeeze(0) | x.flatten() | m.flatten(1) | m.movedim(0, 2) | x.unflatten(1, (2, 2))
x.expand(2, 3, 4) | x[:1].expand(3, -1) | x.repeat(2, 1) | x.repeat_interleave(2, 0) | x.flip(0) | x.roll(1, 1) | x.rot90() | tg.tile(x, (1, 2)) | x.tril() | x.triu(1) | x.diagonal() | tg.diag(x[0]) | x[:, :3].trace()
x[0] | x[-1] | x[1:] | x[:, 1] | x[:, ::2] | x[1, 2] | x[..., None] | x[[0, 2]] | x[[2, 0], [1, 1]] | x[i[:, 0]] | x[:, i[0]] | x[i[:, 0], i[:, 1]] | x[None, :, 1:3] | x.narrow(1, 1, 2) | x.select(0, 1) | m[0, :, 1:][1:]
x.gather(1, i) | x.take(i) | x.index_select(0, i[:, 0]) | tg.take_along_dim(x, i, 1) | x.masked_fill(b, 0.5) | x.masked_fill(x > 0.5, -1e9) | x.scatter(1, i, 5.0) | x.scatter(1, i, y) | x.scatter_add(1, i, y) | x.index_add(0, i[:, 0], y)
x.where(b, y) | tg.where(b, x, y) | tg.where(x > 0.5, x, 0.0) | tg.where(b, 1.0, y) | x.clamp(0.2, 0.6) | x.clamp(min=0.5) | x.clip(max=0.5) | tg.maximum(x, y) | tg.minimum(x, y) | x.sign() | x.round() | x.frac() | x.nan_to_num()
tg.cat((x, y), 1) | tg.cat([x, y, x]) | tg.stack((x, y)) | tg.stack([x, y], -1) | tg.hstack((x, y)) | tg.vstack((x, y)) | x.split(2, 1)[1] | x.chunk(2, 1)[0] | x.unbind(0)[1] | tg.split(x, [1, 3], dim=1)[1] | sum(x.unbind(1))
x.mm(y.T) | tg.matmul(m, y.T) | m.bmm(m.mT) | x.mv(y[0]) | x[0].dot(y[0]) | tg.outer(x[0], y[0]) | tg.einsum('ij,kj->ik', x, y) | tg.einsum('bij->ji', m) | tg.tensordot(x, y, ([1], [1])) | F.linear(x, y) | F.linear(x, y, y[0, :3])
x.add(y, alpha=2) | x.sub(y, alpha=0.5) | tg.addmm(x[:, :3], x, y.T) | tg.lerp(x, y, 0.3) | x.addcmul(y, y, value=2) | tg.cdist(x, y) | F.cosine_similarity(x, y) | F.pairwise_distance(x, y) | x.dist(y) | F.normalize(x, dim=1)
x.clone() | x.detach() | x.contiguous() | x.double() | x.float() | x.half().double() | x.to(tg.float32) | x.long() | x.bool() | b.float() | i.double() + x | x.type(tg.float32) | tg.zeros_like(x) + x | tg.ones(3, 4) * x | tg.full((4,), 2.0) * x | x.new_zeros(4) + x
F.relu(x - 0.5) | F.leaky_relu(x - 0.5, 0.2) | F.gelu(x) | F.gelu(x, approximate='tanh') | F.silu(x) | F.elu(x - 0.5) | F.softplus(x) | F.hardtanh(x - 0.5, -0.2, 0.2) | F.softmax(x, dim=1) | F.log_softmax(x, dim=0) | F.glu(x) | F.prelu(x - 0.5, y[0])
F.mse_loss(x, y) | F.mse_loss(x, y, reduction='sum') | F.l1_loss(x, y) | F.smooth_l1_loss(x, y) | F.huber_loss(x, y) | F.binary_cross_entropy(x, y) | F.binary_cross_entropy_with_logits(x, y) | F.kl_div(x.log(), y) | F.nll_loss(x, i[:, 0])
F.cross_entropy(x, i[:, 0]) | F.cross_entropy(x, i[:, 0], reduction='none') | F.cross_entropy(x, i[:, 0], weight=y[0]) | F.cross_entropy(x, i[:, 0], label_smoothing=0.1) | F.cross_entropy(x, y.softmax(1)) | F.hinge_embedding_loss(x, b.double() * 2 - 1)
F.layer_norm(x, (4,)) | F.layer_norm(x, (4,), y[0], y[1]) | F.batch_norm(x, None, None, training=True) | F.group_norm(m, 3) | F.embedding(i, y) | F.one_hot(i, 3) * x[..., :3, None].sum() | F.pad(x, (1, 2)) | F.pad(x, (1, 1), value=2.0) | F.unfold(m[None, :, :2, :2], 2)
F.conv1d(m, m) | F.conv1d(m, m, padding=1) | F.conv2d(m[None], m[None, :, :2, :2]) | F.conv_transpose1d(m, m[:1].mT.reshape(3, 2, 2)) | F.max_pool1d(m, 2) | F.avg_pool1d(m, 2) | F.adaptive_avg_pool1d(m, 2) | F.max_pool2d(m, 2) | F.interpolate(m, scale_factor=2)
F.scaled_dot_product_attention(m, m, m) | F.scaled_dot_product_attention(m, m, m, is_causal=True) | F.dropout(x, 0.5) | F.dropout(x, 0.5, training=False) | x + tg.rand(3, 4) | x * tg.randn_like(x) | tg.bernoulli(x) | x + tg.randint(0, 3, (4,))
x.clone().add_(y) | x.clone().mul_(2) | x.clone().fill_(1.0) + y | x.clone().copy_(y) | x.clone().zero_() + x | x.clone().clamp_(0.2, 0.6) | x.clone().masked_fill_(b, 0.0) | x.clone().index_fill_(0, i[0, :2], 1.0) | written(x, y) | chained(x) | loop(x, y)
x.mean(0, keepdim=True).expand_as(x) - x | (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5) | (x.exp() / x.exp().sum(1, keepdim=True)).log().sum() | x.unsqueeze(1) - y.unsqueeze(0) | x.shape[0] * x | len(x) * x | x.size(1) + x | x.numel() * x
tg.linalg.norm(x) | tg.linalg.inv(x[:, :3] + 3 * tg.eye(3)) | tg.linalg.det(x[:, :3] + tg.eye(3)) | tg.linalg.solve(x[:, :3] + 3 * tg.eye(3), y[:, :2]) | tg.linalg.qr(x).R.abs() | tg.linalg.svdvals(x) | x.logical_not() | x.isnan() | x.eq(y)
""".replace("\n", " | ")
TABLE = [each.strip() for each in FORMS.split(" | ") if each.strip()]


def written(x, y):
    z = x * 1
    z[0] = y[1]
    z[:, 1] = 0.5
    z[1:, 2:] *= 2
    return z


def chained(x):
    z = x.clone()
    part = z[1:]
    part.mul_(3)
    return z + part.sum()


def loop(x, y):
    h = y[0]
    for row in x:
        h = (h * 0.5 + row).tanh()
    return h


def step_of(form, kinds):
    """The form as a step: of arguments, or of tensors that it captures."""
    scope = {"tg": tg, "F": F, "nn": nn, "written": written, "chained": chained, "loop": loop, "captured": kinds}
    names = "x, y, m, i, b"
    before = "x, y, m = -(-x), y * 1.0, m + 0.0"
    source = f"def make(captured):\n    cx, cy, cm, ci, cb = captured\n    def step({names}):\n        {before}\n        first = {form}\n        x, y, m, i, b = cx, cy * 1, cm, ci, cb\n        return first * 1.5, ({form}) * 0.5\n    return step"
    exec(source, scope)
    return scope["make"](kinds)


def drawn(k):
    """One draw of the tensors."""
    source = np.random.default_rng(k)
    x, y = (tensor(source.uniform(0.1, 0.9, (3, 4)), requires_grad=True) for _each in range(2))
    m = tensor(source.uniform(0.1, 0.9, (2, 3, 4)), requires_grad=True)
    i = tensor(np.stack([source.permutation(3) for _each in range(4)], 1))
    return x, y, m, i, tensor(source.random((3, 4)) > 0.5)


def seen(step, captured, *, inside):
    """Values and gradients of three draws."""
    tg.manual_seed(0)
    found = []

    def whole(*given):
        results = step(*given)
        back(results)
        return results

    def back(results):
        smooth = [y for y in results if y.requires_grad]
        for y, w in zip(smooth, weights([tuple(y.shape) for y in smooth]), strict=True):
            (y * tensor(w)).sum().backward()

    run = tg.compile(whole if inside else step) if inside is not None else step
    for k in range(4):
        given = drawn(k)
        for own, other in zip(captured, drawn(k + 10), strict=True):
            own.data, own.grad = other.data, None
        results = run(*given)
        if not inside:
            back(results)
        found += [y.detach().numpy().copy() for y in results]
        found += [None if t.grad is None else t.grad.numpy().copy() for t in (*given, *captured)]
    return found, run


@pytest.fixture(autouse=True)
def _doubles():
    before = tg.get_default_dtype()
    tg.set_default_dtype(tg.float64)
    yield
    tg.set_default_dtype(before)


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, len(TABLE), 20))
def test_forms(first):
    wrong = []
    for form in TABLE[first : first + 20]:
        captured = drawn(10)
        step = step_of(form, captured)
        expected, _step = seen(step, captured, inside=None)
        for inside in (True, False):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", CompileWarning)
                found, run = seen(step, captured, inside=inside)
            alike = all(
                (a is None) == (b is None)
                and (a is None or (a.dtype == b.dtype and np.allclose(a, b, rtol=1e-9, atol=1e-11, equal_nan=True)))
                for a, b in zip(found, expected, strict=True)
            )
            if not alike or (not run.replays and form not in EAGER):
                wrong.append((form, inside, repr(run)))
    assert wrong == []


EAGER = ("tg.bernoulli(x)",)  # forms that read a value into Python


def test_how_many():
    assert len(TABLE) > 250
