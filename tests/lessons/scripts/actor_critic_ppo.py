"""Proximal policy optimization on a small grid: advantages by GAE, clipped ratios, several epochs over the same rollout."""

import torch
import torch.nn as nn
from torch.distributions import Bernoulli, Categorical, Normal


class ActorCritic(nn.Module):
    def __init__(self):
        super().__init__()
        self.actor = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 4))
        self.critic = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))

    def evaluate(self, state, action):
        dist = Categorical(logits=self.actor(state))
        return dist.log_prob(action), self.critic(state).squeeze(-1), dist.entropy()


policy = ActorCritic()
for i, p in enumerate(policy.parameters()):
    p.data = torch.sin(torch.arange(p.numel()) * 1.41 + i).view(p.shape) * 0.5
optimizer = torch.optim.Adam(
    [{"params": policy.actor.parameters(), "lr": 0.01}, {"params": policy.critic.parameters(), "lr": 0.02}]
)
moves = torch.tensor([[0, 1], [1, 0], [0, -1], [-1, 0]])
for episode in range(6):
    place, states, actions, rewards = torch.tensor([0, 0]), [], [], []
    for t in range(12):
        state = place.float() / 3
        action = torch.tensor((t * 3 + episode * t + 1) % 4)
        place = (place + moves[action]).clamp(0, 3)
        states.append(state)
        actions.append(action)
        rewards.append(-(place - 3).abs().sum().item() / 6)
    states, actions = torch.stack(states), torch.stack(actions)
    with torch.no_grad():
        old, values, _ = policy.evaluate(states, actions)
        values = torch.cat([values, torch.zeros(1)])
        advantages, running = torch.zeros(12), 0.0
        for t in reversed(range(12)):
            delta = rewards[t] + 0.95 * values[t + 1] - values[t]
            running = delta + 0.95 * 0.9 * running
            advantages[t] = running
        returns = advantages + values[:-1]
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    for epoch in range(3):
        log_prob, value, entropy = policy.evaluate(states, actions)
        ratio = torch.exp(log_prob - old)
        clipped = torch.clamp(ratio, 0.8, 1.2)
        loss = (
            -torch.min(ratio * advantages, clipped * advantages)
            + 0.5 * nn.functional.mse_loss(value, returns)
            - 0.01 * entropy
        )
        optimizer.zero_grad()
        loss.mean().backward()
        optimizer.step()
    print(
        f"episode {episode} value loss {nn.functional.mse_loss(value, returns).item():.5f} ratio {ratio.max().item():.5f}"
    )
gauss, coin = Normal(torch.tensor([0.0, 1.0]), torch.tensor([1.0, 0.5])), Bernoulli(probs=torch.tensor([0.2, 0.9]))
print(
    [f"{v:.5f}" for v in gauss.log_prob(torch.tensor([0.3, 0.3])).tolist()],
    [f"{v:.5f}" for v in gauss.entropy().tolist()],
)
print(
    [f"{v:.5f}" for v in coin.log_prob(torch.tensor([1.0, 0.0])).tolist()],
    coin.mean.tolist(),
    [f"{v:.4f}" for v in coin.variance.tolist()],
)
