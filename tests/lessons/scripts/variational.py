"""A variational autoencoder whose noise is given, with distributions and their divergence."""

import torch
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

data = (torch.arange(8 * 12).reshape(8, 12) * 7 % 5 > 2).float()
noise = torch.sin(torch.arange(8 * 3) * 2.1).reshape(8, 3)


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(12, 10), nn.ReLU())
        self.mean, self.log_var = nn.Linear(10, 3), nn.Linear(10, 3)
        self.decoder = nn.Sequential(nn.Linear(3, 10), nn.ReLU(), nn.Linear(10, 12))

    def forward(self, x, noise):
        h = self.encoder(x)
        q = Independent(Normal(self.mean(h), (0.5 * self.log_var(h)).exp()), 1)
        z = q.mean + q.stddev * noise
        return Independent(Bernoulli(logits=self.decoder(z)), 1), q


vae = VAE()
for i, p in enumerate(vae.parameters()):
    p.data.copy_(torch.sin(torch.arange(p.numel()) * 0.61 + i).view_as(p) * 0.4)
prior = Independent(Normal(torch.zeros(3), torch.ones(3)), 1)
optimizer = torch.optim.AdamW(vae.parameters(), lr=0.02)
for step in range(16):
    p, q = vae(data, noise)
    loss = (-p.log_prob(data) + kl_divergence(q, prior)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 4 == 0:
        print(f"step {step:2d}: {loss:.4f} (divergence {kl_divergence(q, prior).mean():.4f})")
