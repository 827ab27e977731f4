"""A siamese network: one tower for both inputs, contrastive and triplet losses, distances of pairs, cosine similarities."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, Subset, random_split


class Pairs(Dataset):
    def __init__(self, points, labels):
        self.points, self.labels = points, labels

    def __len__(self):
        return len(self.points) - 3

    def __getitem__(self, i):
        return self.points[i], self.points[i + 3 - i % 2], float(self.labels[i] != self.labels[i + 3 - i % 2])


labels = torch.arange(30) % 3
points = torch.stack([torch.sin(labels * 2.0 + k) + 0.3 * torch.cos(torch.arange(30) * (k + 1.0)) for k in range(5)], 1)


class ContrastiveLoss(torch.nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, different):
        distance = F.pairwise_distance(a, b, keepdim=True)
        return torch.mean(
            (1 - different) * torch.pow(distance, 2)
            + different * torch.pow(torch.clamp(self.margin - distance, min=0.0), 2)
        )


class Siamese(nn.Module):
    def __init__(self):
        super().__init__()
        self.tower = nn.Sequential(nn.Linear(5, 16), nn.ELU(), nn.LayerNorm(16), nn.Linear(16, 2))

    def forward_once(self, x):
        return self.tower(x)

    def forward(self, a, b):
        return self.forward_once(a), self.forward_once(b)


model = Siamese()
for i, (name, p) in enumerate(model.named_parameters()):
    if "2." not in name:
        p.data = torch.sin(torch.arange(p.numel()) * 1.9 + i).reshape(p.shape) * 0.4
dataset = Pairs(points, labels)
loader = DataLoader(Subset(dataset, list(range(0, 26))), batch_size=13)
criterion = ContrastiveLoss(margin=1.5)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(8):
    total = 0.0
    for a, b, different in loader:
        optimizer.zero_grad()
        loss = criterion(*model(a, b), different.unsqueeze(1).float())
        loss.backward()
        optimizer.step()
        total += loss.item()
    if epoch % 2 == 0:
        print(f"Epoch {epoch} contrastive {total / len(loader):.4f}")
triplet = nn.TripletMarginLoss(margin=1.0, p=2)
with torch.no_grad():
    e = model.forward_once(points)
    print(f"{triplet(e[0:9], e[3:12], e[1:10]):.4f} {F.cosine_similarity(e[:1], e[3:4]).item():.4f}")
    distances = torch.cdist(e, e)
    same = labels[:, None] == labels[None, :]
    print(f"{distances[same].mean():.4f} {distances[~same].mean():.4f}")
    nearest = (distances + torch.eye(30) * 99).argmin(1)
    print(f"{(labels[nearest] == labels).float().mean():.4f}")
first, second = random_split(dataset, [20, 7])
print(len(first), len(second), len({*first.indices, *second.indices}))
