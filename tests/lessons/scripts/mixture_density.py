"""A mixture density network: the inverse of a wave has several answers, and the network says how likely each is."""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import distributions as D

t = torch.linspace(0, 1, 80).unsqueeze(1)
x = t + 0.3 * torch.sin(2 * math.pi * t) + 0.03 * torch.sin(t * 200)
y = t


class MDN(nn.Module):
    def __init__(self, hidden=12, mixtures=3):
        super().__init__()
        self.hidden = nn.Sequential(nn.Linear(1, hidden), nn.Tanh())
        self.pi, self.mu, self.sigma = (nn.Linear(hidden, mixtures) for _ in range(3))

    def forward(self, x):
        h = self.hidden(x)
        return F.log_softmax(self.pi(h), -1), self.mu(h), torch.exp(self.sigma(h)).clamp(min=1e-3)


def nll(log_pi, mu, sigma, y):
    normal = D.Normal(mu, sigma)
    return -torch.logsumexp(log_pi + normal.log_prob(y.expand_as(mu)), dim=1).mean()


model = MDN()
for i, p in enumerate(model.parameters()):
    p.data = torch.sin(torch.arange(p.numel()).float() * 2.3 + i).view(p.shape) * 0.8
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
for step in range(40):
    optimizer.zero_grad()
    loss = nll(*model(x), y)
    loss.backward()
    optimizer.step()
    if step % 8 == 0:
        print(f"step {step:4d} nll {loss.item():.4f}")
with torch.no_grad():
    log_pi, mu, sigma = model(torch.tensor([[0.2], [0.5], [0.8]]))
    print(log_pi.exp().sum(1).round(decimals=3).tolist(), mu.argsort(dim=1).tolist())
    print([f"{v:.3f}" for v in (log_pi.exp() * mu).sum(-1).tolist()], [f"{v:.3f}" for v in sigma.mean(0).tolist()])
    mixture = D.Categorical(logits=log_pi)
    print(
        [f"{v:.4f}" for v in mixture.entropy().tolist()],
        f"{D.kl_divergence(D.Normal(0.0, 1.0), D.Normal(1.0, 2.0)):.4f}",
    )
