"""The backward pass bears PyTorch's names, for the expressions of lessons."""

import linecache

import pytest
import torch

import tinygrad_fr as tg

EXPRESSIONS = """
x*2; 2*x; x+1; 1+x; x-1; 1-x; x/2; 1/x; x**2; x**y; 2**x; -x; x@y; x@x.T; x.sum(); x.sum(0); x.mean(); x.mean(dim=1); x.max()
x.max(0)[0]; x.min(); x.prod(); x.exp(); x.log(); x.sqrt(); x.abs(); x.sin(); x.relu(); x.tanh(); x.sigmoid(); F.softmax(x,1)
F.log_softmax(x,1); x[0]; x[:,0]; x[0:1]; x[:]; x[...,None]; x[0,1]; x[x>0]; x[[0,1]]; x.T; x.t(); x.view(-1); x.reshape(4,1)
x.reshape(-1); x.flatten(); x.unsqueeze(0); x[None]; x.squeeze(); x[None].squeeze(0); x.transpose(0,1); x.permute(1,0)
x.T.reshape(4); x.expand(3,2,2); x.clone(); x.double(); x.contiguous(); x.T.contiguous(); torch.cat([x,y]); torch.stack([x,y])
x.chunk(2)[0]; x.split(1)[0]; x.unbind()[0]; list(x)[0]; F.linear(x,y); F.linear(x,y,y[0]); F.linear(x[None],y,y[0])
F.linear(x[None],y); x@y[0]; x[0]@y; x[0]@y[0]; x[None]@y[None]; x[None]@y; x[None]@y[0]; F.mse_loss(x,y); F.l1_loss(x,y)
F.cross_entropy(x,t); F.nll_loss(x,t); F.binary_cross_entropy_with_logits(x,y); F.dropout(x,0.5); x.std(); x.var(); x.norm()
torch.norm(x); x.clamp(0); x.clamp(0,1); x.clamp(max=1); torch.where(x>0,x,y); x.masked_fill(x>0,0.); x.cumsum(0); x.tril()
x.sort()[0]; x.topk(1)[0]; x.gather(1,t[:,None]); torch.dot(x[0],y[0]); torch.mm(x,y); torch.matmul(x,y); torch.bmm(x[None],y[None])
torch.einsum('ij,jk->ik',x,y); torch.outer(x[0],y[0]); F.gelu(x); F.leaky_relu(x); F.elu(x); F.softplus(x); F.silu(x); F.hardtanh(x)
F.conv2d(m,m); F.conv1d(m[0],m[0]); F.max_pool2d(m,2); F.avg_pool2d(m,2); F.batch_norm(x,None,None,training=True)
F.layer_norm(x,(2,)); F.embedding(t,x); lin(x); lin(x[0]); lin(x[None]); seq(x); rnn(x[None])[0]; gru(x[None])[0]; lstm(x[None])[0]
x.pow(2); x.pow(0.5); x.square(); x.repeat(2,1); x.roll(1); x.flip(0); torch.maximum(x,y); x.logsumexp(0); x.round(); x.floor()
F.pad(x,(1,1)); F.normalize(x); F.cosine_similarity(x,y); x.softmax(-1); (x*y).sum(-1,keepdim=True); x.mul(2); x.add(1); x.sub(y)
x.div(y); x.neg(); x.float(); x.mT; x.diag(); x.trace(); torch.diagonal(x); x.index_select(0,t); x.fmod(2); x%2; x.lerp(y,.5)
F.smooth_l1_loss(x,y); F.kl_div(x,y); x.numel()*x; torch.tensor(3.)*x; bn(x); mha(x[None],x[None],x[None])[0]; drop(x); x.log1p()
x.rsqrt(); x.addmm(x,y); torch.add(x,y); torch.sum(x); torch.mean(x); x.atan2(y); x.detach()*y; x.sum().sqrt(); x.sum()/2; conv(m)
flat(m); ad(m); pool(m); ln(x); emb(t); F.one_hot(t).float()*x
"""


def named(package, expression, number):
    nn = package.nn
    package.manual_seed(0)
    space = {
        "torch": package, "F": nn.functional, "x": package.tensor([[0.1, 0.7], [0.4, 0.3]], requires_grad=True),
        "y": package.tensor([[0.9, 0.2], [0.5, 0.8]], requires_grad=True), "t": package.tensor([1, 0]),
        "m": package.arange(16.0).reshape(1, 1, 4, 4).requires_grad_(), "lin": nn.Linear(2, 3), "rnn": nn.RNN(2, 3), "gru": nn.GRU(2, 3),
        "seq": nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)), "lstm": nn.LSTM(2, 3), "bn": nn.BatchNorm1d(2), "drop": nn.Dropout(0.5),
        "mha": nn.MultiheadAttention(2, 1), "conv": nn.Conv2d(1, 2, 3), "flat": nn.Flatten(), "pool": nn.MaxPool2d(2), "ln": nn.LayerNorm(2),
        "ad": nn.AdaptiveAvgPool2d(1), "emb": nn.Embedding(3, 2),
    }  # fmt: skip
    file = f"<lesson {number}>"  # what was called is read from the line
    linecache.cache[file] = (len(expression), None, [expression + "\n"], file)
    found = eval(compile(expression, file, "eval"), space)
    return found, found.grad_fn


LIST = [part.strip() for part in EXPRESSIONS.replace("\n", ";").split(";") if part.strip()]


@pytest.mark.parametrize("number", range(len(LIST)), ids=LIST)
@pytest.mark.filterwarnings("ignore")
def test_names(number):
    (theirs, wanted), (ours, found) = (named(package, LIST[number], number) for package in (torch, tg))
    assert (found and found.name()) == (wanted and type(wanted).__name__)
    assert repr(ours).partition("grad_fn=")[2] == repr(theirs).partition("grad_fn=")[2]


def test_the_way_back_is_walked():
    steps = []
    for package in (torch, tg):
        w = package.tensor([1.0, 2.0], requires_grad=True)
        node, found = ((w * 3).exp() + 1).sum().grad_fn, []
        while node is not None:
            found.append(node.name())
            node = node.next_functions[0][0] if node.next_functions else None
        steps.append([name.rpartition("::")[2] for name in found])
    assert steps[0] == steps[1]
