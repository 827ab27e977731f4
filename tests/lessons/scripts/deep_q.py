"""Deep Q-learning on a corridor: replay memory, a target network that follows softly, smooth L1 loss, clipped gradients."""

import random
from collections import deque, namedtuple

import torch
import torch.nn as nn
import torch.optim as optim

random.seed(3)
Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))
LENGTH, GAMMA, TAU, BATCH = 5, 0.9, 0.1, 16


class ReplayMemory:
    def __init__(self, capacity):
        self.memory = deque(maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, size):
        return random.sample(self.memory, size)

    def __len__(self):
        return len(self.memory)


class DQN(nn.Module):
    def __init__(self, observations, actions):
        super().__init__()
        self.layer1 = nn.Linear(observations, 16)
        self.layer2 = nn.Linear(16, actions)

    def forward(self, x):
        return self.layer2(torch.relu(self.layer1(x)))


def observe(place):
    return torch.nn.functional.one_hot(torch.tensor([place]), LENGTH).float()


policy, target = DQN(LENGTH, 2), DQN(LENGTH, 2)
for i, p in enumerate(policy.parameters()):
    p.data.copy_(torch.sin(torch.arange(p.numel()) * 1.3 + i).view(p.shape).mul(0.4))
target.load_state_dict(policy.state_dict())
optimizer = optim.AdamW(policy.parameters(), lr=1e-2, amsgrad=True)
memory = ReplayMemory(200)


def optimize():
    if len(memory) < BATCH:
        return None
    batch = Transition(*zip(*memory.sample(BATCH)))
    final = torch.tensor(tuple(map(lambda s: s is not None, batch.next_state)), dtype=torch.bool)
    following = torch.cat([s for s in batch.next_state if s is not None])
    states, actions, rewards = torch.cat(batch.state), torch.cat(batch.action), torch.cat(batch.reward)
    values = policy(states).gather(1, actions)
    next_values = torch.zeros(BATCH)
    with torch.no_grad():
        next_values[final] = target(following).max(1).values
    expected = (next_values * GAMMA) + rewards
    loss = nn.SmoothL1Loss()(values, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy.parameters(), 100)
    optimizer.step()
    return loss


for episode in range(20):
    place, total = 0, 0.0
    for t in range(12):
        state = observe(place)
        if random.random() < 0.5:
            action = torch.tensor([[random.randrange(2)]], dtype=torch.long)
        else:
            with torch.no_grad():
                action = policy(state).max(1).indices.view(1, 1)
        place = max(0, place + (1 if action.item() else -1))
        done = place == LENGTH - 1
        reward = torch.tensor([1.0 if done else -0.05])
        memory.push(state, action, None if done else observe(place), reward)
        loss = optimize()
        kept, learned = target.state_dict(), policy.state_dict()
        for key in learned:
            kept[key] = learned[key] * TAU + kept[key] * (1 - TAU)
        target.load_state_dict(kept)
        total += reward.item()
        if done:
            break
    if episode % 4 == 3:
        print(f"episode {episode}: return {total:.2f}, loss {loss.item():.5f}")
with torch.no_grad():
    q = policy(torch.eye(LENGTH))
print([f"{value:.4f}" for value in q[:, 1].tolist()], q.argmax(1)[:4].tolist())
