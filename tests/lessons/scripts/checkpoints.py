"""Training that stops, is saved with torch.save and goes on from the file as though nothing had happened."""

import os
import tempfile

import torch
import torch.nn as nn


def build():
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.BatchNorm1d(8), nn.Linear(8, 1))
    for i, p in enumerate(model.parameters()):
        if i not in (2, 3):
            p.data = torch.sin(torch.arange(p.numel()) * 0.7 + i).view(p.shape)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10, eta_min=1e-3)
    return model, optimizer, scheduler


x = torch.stack([torch.linspace(-1, 1, 16), torch.linspace(1, 0, 16) ** 2], dim=1)
y = (x[:, :1] * 2).sin() + x[:, 1:]


def step(model, optimizer, scheduler):
    model.train()
    loss = nn.functional.mse_loss(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    return loss.item()


whole = build()
losses = [step(*whole) for _ in range(10)]
model, optimizer, scheduler = build()
first = [step(model, optimizer, scheduler) for _ in range(5)]
path = os.path.join(tempfile.mkdtemp(), "checkpoint.pt")
torch.save(
    {
        "epoch": 5,
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "loss": first[-1],
    },
    path,
)
model, optimizer, scheduler = build()
checkpoint = torch.load(path, weights_only=True)
print(model.load_state_dict(checkpoint["model_state_dict"]))
optimizer.load_state_dict(checkpoint["optimizer_state_dict"])
scheduler.load_state_dict(checkpoint["scheduler"])
second = [step(model, optimizer, scheduler) for _ in range(checkpoint["epoch"], 10)]
for i, (a, b) in enumerate(zip(losses, first + second)):
    print(f"{i} {a:.5f} {b:.5f} {abs(a - b) < 1e-7}")
model.eval()
torch.save(model.state_dict(), path)
other = build()[0]
other.load_state_dict(torch.load(path))
other.eval()
with torch.no_grad():
    print(f"{(model(x) - other(x)).abs().max().item():.6f} {other(x).mean():.5f}")
print(sorted(checkpoint), len(checkpoint["model_state_dict"]), list(checkpoint["model_state_dict"])[:3])
