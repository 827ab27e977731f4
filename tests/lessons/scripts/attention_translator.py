"""A sequence read by a GRU and written with attention, Python loops over time, gradients by hand at the end."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

source = torch.tensor([[1, 4, 2, 0], [3, 3, 1, 2]])
target = torch.tensor([[2, 4, 1], [2, 1, 3]])


class Translator(nn.Module):
    def __init__(self, words=5, width=8):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.encoder = nn.GRU(width, width, batch_first=True)
        self.cell = nn.GRUCell(2 * width, width)
        self.query = nn.Linear(width, width, bias=False)
        self.head = nn.Linear(2 * width, words)

    def forward(self, source, target):
        states, h = self.encoder(self.embed(source))
        h, word, logits = h[0], torch.zeros(source.size(0), dtype=torch.long), []
        for t in range(target.size(1)):
            scores = torch.einsum("bd,btd->bt", self.query(h), states) / math.sqrt(h.size(-1))
            weights = scores.masked_fill(source == 0, float("-inf")).softmax(-1)
            context = (weights.unsqueeze(-1) * states).sum(1)
            h = self.cell(torch.cat((self.embed(word), context), 1), h)
            logits.append(self.head(torch.cat((h, context), 1)))
            word = target[:, t]
        return torch.stack(logits, 1), weights


model = Translator()
for i, p in enumerate(model.parameters()):
    nn.init.constant_(p, 0.0)
    p.data += torch.sin(torch.arange(p.numel()) * 0.53 + i).view(p.shape) * 0.5
optimizer = torch.optim.Adam(model.parameters(), lr=0.03, betas=(0.9, 0.98))
warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 5))
for step in range(20):
    logits, weights = model(source, target)
    loss = F.cross_entropy(logits.reshape(-1, 5), target.reshape(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    warm.step()
    if step % 4 == 0:
        print(f"{step:3d} {loss:.4f} {warm.get_last_lr()[0]:.4f} {weights[0].max():.4f}")
print(model(source, target)[0].argmax(-1).tolist())
(g,) = torch.autograd.grad(model(source, target)[0].sum(), model.query.weight)
print(f"{g.norm():.5f}")
