"""Backpropagation by hand through a batch-normalized MLP of characters, every gradient compared with autograd's."""

import math

import torch
import torch.nn.functional as F

names = ["emma", "olivia", "ava", "isabella", "sophia", "mia", "amelia", "ella"]
chars = sorted(set("".join(names)))
stoi = {s: i + 1 for i, s in enumerate(chars)}
stoi["."] = 0
itos = {i: s for s, i in stoi.items()}
vocab_size, block_size, n_embd, n_hidden = len(itos), 3, 4, 10
X, Y = [], []
for w in names:
    context = [0] * block_size
    for ch in w + ".":
        X.append(context)
        Y.append(stoi[ch])
        context = [*context[1:], stoi[ch]]
Xb, Yb = torch.tensor(X), torch.tensor(Y)
n = Xb.shape[0]
print(n, vocab_size)


def waves(*shape, scale=1.0, phase=0.0):
    return torch.sin(torch.arange(math.prod(shape)) * 1.618 + phase).view(*shape) * scale


C = waves(vocab_size, n_embd)
W1 = waves(n_embd * block_size, n_hidden, scale=0.5, phase=1)
b1 = waves(n_hidden, scale=0.1, phase=2)
W2 = waves(n_hidden, vocab_size, scale=0.3, phase=3)
b2 = waves(vocab_size, scale=0.1, phase=4)
bngain = waves(1, n_hidden, scale=0.1, phase=5) + 1.0
bnbias = waves(1, n_hidden, scale=0.1, phase=6)
parameters = [C, W1, b1, W2, b2, bngain, bnbias]
for p in parameters:
    p.requires_grad = True


def cmp(s, dt, t):
    exact = torch.all(dt == t.grad).item()
    approximate = torch.allclose(dt, t.grad, atol=1e-6)
    maxdiff = (dt - t.grad).abs().max().item()
    print(
        f"{s:15s} | approximate: {approximate!s:5s} | small: {maxdiff < 1e-6} | norm: {t.grad.norm():.5f}",
        exact or maxdiff < 1e-6,
    )


for step in range(3):
    emb = C[Xb]
    embcat = emb.view(emb.shape[0], -1)
    hprebn = embcat @ W1 + b1
    bnmeani = 1 / n * hprebn.sum(0, keepdim=True)
    bndiff = hprebn - bnmeani
    bndiff2 = bndiff**2
    bnvar = 1 / (n - 1) * (bndiff2).sum(0, keepdim=True)
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = bndiff * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    h = torch.tanh(hpreact)
    logits = h @ W2 + b2
    logit_maxes = logits.max(1, keepdim=True).values
    norm_logits = logits - logit_maxes
    counts = norm_logits.exp()
    counts_sum = counts.sum(1, keepdims=True)
    probs = counts * counts_sum**-1
    logprobs = probs.log()
    loss = -logprobs[range(n), Yb].mean()
    for p in parameters:
        p.grad = None
    for t in [logprobs, probs, counts, norm_logits, logit_maxes, logits, h, hpreact, bnraw, hprebn, embcat, emb]:
        t.retain_grad()
    loss.backward()
    dlogits = F.softmax(logits, 1)
    dlogits[range(n), Yb] -= 1
    dlogits /= n
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - h**2) * dh
    dbngain = (bnraw * dhpreact).sum(0, keepdim=True)
    dbnbias = dhpreact.sum(0, keepdim=True)
    dhprebn = (
        bngain * bnvar_inv / n * (n * dhpreact - dhpreact.sum(0) - n / (n - 1) * bnraw * (dhpreact * bnraw).sum(0))
    )
    dembcat = dhprebn @ W1.T
    dW1 = embcat.T @ dhprebn
    demb = dembcat.view(emb.shape)
    dC = torch.zeros_like(C)
    for k in range(Xb.shape[0]):
        for j in range(Xb.shape[1]):
            dC[Xb[k, j]] += demb[k, j]
    cmp("logits", dlogits, logits)
    cmp("h", dh, h)
    cmp("hprebn", dhprebn, hprebn)
    cmp("C", dC, C)
    cmp("W1", dW1, W1)
    cmp("bngain", dbngain, bngain)
    with torch.no_grad():
        for p, g in ((C, dC), (W1, dW1), (W2, dW2), (b2, db2), (bngain, dbngain), (bnbias, dbnbias)):
            p.data += -0.5 * g
    print(f"{step:7d}/{3:7d}: {loss.item():.4f}")
