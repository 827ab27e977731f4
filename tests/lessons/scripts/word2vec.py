"""Word2Vec twice: skip-gram with negative sampling by dot products, then CBOW with an embedding bag."""

from collections import Counter

import torch
import torch.nn as nn
import torch.nn.functional as F

corpus = [
    "the",
    "king",
    "rules",
    "the",
    "land",
    "the",
    "queen",
    "rules",
    "the",
    "land",
    "the",
    "dog",
    "runs",
    "the",
    "cat",
    "runs",
    "a",
    "king",
    "and",
    "a",
    "queen",
    "a",
    "dog",
    "and",
    "a",
    "cat",
]
counts = Counter(corpus)
vocab = [word for word, _ in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]
index = {word: i for i, word in enumerate(vocab)}
ids = [index[word] for word in corpus]
pairs = [(ids[i], ids[j]) for i in range(len(ids)) for j in range(max(0, i - 2), min(len(ids), i + 3)) if i != j]


class SkipGram(nn.Module):
    def __init__(self, words, width):
        super().__init__()
        self.center = nn.Embedding(words, width)
        self.context = nn.Embedding(words, width)

    def forward(self, center, context, negative):
        v, u, n = self.center(center), self.context(context), self.context(negative)
        positive = F.logsigmoid((v * u).sum(dim=1))
        others = F.logsigmoid(-torch.bmm(n, v.unsqueeze(2)).squeeze(2)).sum(1)
        return -(positive + others).mean()


def waves(shape, phase):
    return torch.sin(torch.arange(shape[0] * shape[1]) * 0.9 + phase).reshape(shape) * 0.5


model = SkipGram(len(vocab), 6)
model.center.weight.data.copy_(waves((len(vocab), 6), 0))
model.context.weight.data.copy_(waves((len(vocab), 6), 1))
frequencies = torch.FloatTensor([counts[word] for word in vocab]).pow(0.75)
frequencies /= frequencies.sum()
print([f"{p:.4f}" for p in frequencies[:4].tolist()])
center = torch.LongTensor([a for a, _ in pairs])
context = torch.LongTensor([b for _, b in pairs])
negative = torch.stack([(center * 7 + context * 3 + k) % len(vocab) for k in range(4)], dim=1)
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.2)
for epoch in range(10):
    optimizer.zero_grad()
    loss = model(center, context, negative)
    loss.backward()
    optimizer.step()
    if epoch % 3 == 0:
        print(f"skip-gram {epoch} {loss.item():.4f}")
table = F.normalize(model.center.weight.detach(), dim=1)
similar = table @ table.t()
best = similar[index["king"]].topk(3)
print([vocab[i] for i in best.indices], [f"{v:.4f}" for v in best.values])

bag = nn.EmbeddingBag(len(vocab), 6, mode="mean")
head = nn.Linear(6, len(vocab))
bag.weight.data = waves((len(vocab), 6), 2)
head.weight.data = waves((len(vocab), 6), 3)
head.bias.data.zero_()
flat = [ids[j] for i in range(2, len(ids) - 2) for j in (i - 2, i - 1, i + 1, i + 2)]
offsets = torch.arange(0, len(flat), 4)
target = torch.tensor(ids[2:-2])
optimizer = torch.optim.SGD([{"params": bag.parameters(), "lr": 2.0}, {"params": head.parameters()}], lr=0.5)
for epoch in range(9):
    loss = F.cross_entropy(head(bag(torch.tensor(flat), offsets)), target)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 4 == 0:
        print(f"cbow {epoch} {loss.item():.4f}")
