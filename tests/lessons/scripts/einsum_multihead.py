"""Attention and other contractions by einsum, rotary positions, a mixture of experts with a balance loss, weights shared."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F


def waves(*shape, phase=0.0):
    return torch.sin(torch.arange(math.prod(shape)) * 0.73 + phase).reshape(shape) * 0.4


A, B = waves(3, 4), waves(4, 5, phase=1)
print(
    f"{torch.einsum('ij,jk->ik', A, B).sum():.5f} {torch.einsum('ij->j', A)[1]:.5f} {torch.einsum('ii->', waves(4, 4)):.5f}"
)
print(
    f"{torch.einsum('bij,bjk->bik', waves(2, 3, 4), waves(2, 4, 5)).norm():.5f} {torch.einsum('i,j->ij', A[0], B[0]).norm():.5f}"
)
print(
    f"{torch.einsum(A, [0, 1], B, [1, 2], [0, 2]).sum():.5f} {torch.einsum('...d,hd->...h', waves(2, 3, 4), A).sum():.5f}"
)


def rotary(x):
    b, t, h, d = x.shape
    inv = 1.0 / (10000 ** (torch.arange(0, d, 2).float() / d))
    angle = torch.einsum("t,f->tf", torch.arange(t).float(), inv)
    cos, sin = angle.cos()[None, :, None, :], angle.sin()[None, :, None, :]
    x1, x2 = x.chunk(2, dim=-1)
    return torch.cat([x1 * cos - x2 * sin, x1 * sin + x2 * cos], dim=-1)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Parameter(waves(3, heads, dim, dim // heads, phase=2))
        self.out = nn.Parameter(waves(heads, dim // heads, dim, phase=3))

    def forward(self, x):
        q, k, v = torch.einsum("btd,shde->sbthe", x, self.qkv).unbind(0)
        scores = torch.einsum("bqhe,bkhe->bhqk", rotary(q), rotary(k)) * q.shape[-1] ** -0.5
        mask = torch.ones(x.shape[1], x.shape[1]).triu(1).bool()
        weights = scores.masked_fill(mask, -torch.inf).softmax(dim=-1)
        return torch.einsum("bhqk,bkhe,hed->bqd", weights, v, self.out)


class Experts(nn.Module):
    def __init__(self, dim, count=3):
        super().__init__()
        self.gate = nn.Parameter(waves(dim, count, phase=4))
        self.up, self.down = nn.Parameter(waves(count, dim, 8, phase=5)), nn.Parameter(waves(count, 8, dim, phase=6))

    def forward(self, x):
        gates = F.softmax(x @ self.gate, -1)
        top, index = gates.topk(2, dim=-1)
        sparse = torch.zeros_like(gates).scatter(-1, index, top / top.sum(-1, keepdim=True))
        y = torch.einsum("btd,ndf->btnf", x, self.up)
        y = torch.einsum("btnf,nfd,btn->btd", F.silu(y), self.down, sparse)
        importance = gates.mean((0, 1))
        return y, (importance * importance).sum() * len(importance)


class Model(nn.Module):
    def __init__(self, dim=8):
        super().__init__()
        self.attention, self.experts, self.norm = Attention(dim, 2), Experts(dim), nn.RMSNorm(dim)

    def forward(self, x):
        x = x + self.attention(self.norm(x))
        y, balance = self.experts(self.norm(x))
        return x + y, balance


model, x, target = Model(), waves(2, 5, 8, phase=7), waves(2, 5, 8, phase=8)
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
for step in range(10):
    out, balance = model(x)
    loss = F.mse_loss(out, target) + 0.01 * balance
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 3 == 0:
        print(f"{step} {loss.item():.5f} {balance.item():.5f}")
print({name: f"{p.grad.norm().item():.5f}" for name, p in model.named_parameters()})
