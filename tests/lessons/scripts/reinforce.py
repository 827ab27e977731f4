"""REINFORCE with a baseline on a bandit with context: log-probabilities of a Categorical, entropy, standardized returns."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical


class Policy(nn.Module):
    def __init__(self):
        super().__init__()
        self.affine1 = nn.Linear(3, 12)
        self.action_head = nn.Linear(12, 3)
        self.value_head = nn.Linear(12, 1)
        self.saved_actions, self.rewards = [], []

    def forward(self, x):
        x = F.relu(self.affine1(x))
        return F.softmax(self.action_head(x), dim=-1), self.value_head(x)


model = Policy()
for i, p in enumerate(model.parameters()):
    p.data = torch.sin(torch.arange(p.numel()) * 0.91 + i).view(p.size()) * 0.4
optimizer = torch.optim.Adam(model.parameters(), lr=3e-2)
eps = torch.finfo(torch.float32).eps


def finish_episode():
    R, returns = 0, []
    for r in model.rewards[::-1]:
        R = r + 0.6 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    policy_losses, value_losses, entropies = [], [], []
    for (log_prob, value, entropy), R in zip(model.saved_actions, returns):
        advantage = R - value.item()
        policy_losses.append(-log_prob * advantage)
        value_losses.append(F.smooth_l1_loss(value, torch.tensor([R])))
        entropies.append(entropy)
    optimizer.zero_grad()
    loss = torch.stack(policy_losses).sum() + torch.stack(value_losses).sum() - 0.01 * torch.stack(entropies).sum()
    loss.backward()
    optimizer.step()
    del model.rewards[:]
    del model.saved_actions[:]
    return loss.item()


running = 0.0
for episode in range(12):
    for t in range(15):
        state = torch.eye(3)[(t * 2 + episode) % 3] + 0.1 * torch.sin(torch.arange(3.0) + t)
        probs, value = model(state)
        m = Categorical(probs)
        action = torch.tensor((t * 5 + episode) % 3) if t % 3 else probs.argmax()
        model.saved_actions.append((m.log_prob(action), value, m.entropy()))
        model.rewards.append(1.0 if action.item() == state.argmax().item() else 0.0)
    total = sum(model.rewards)
    running = 0.1 * total + 0.9 * running
    loss = finish_episode()
    if episode % 3 == 2:
        print(f"Episode {episode}\tLast reward: {total:.2f}\tAverage reward: {running:.4f}\tLoss: {loss:.4f}")
with torch.no_grad():
    print([[f"{value:.4f}" for value in row] for row in model(torch.eye(3))[0].tolist()])
