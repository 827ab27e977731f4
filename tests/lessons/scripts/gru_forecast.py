"""A GRU that forecasts a wave from windows of it; early stopping on held-out windows, the best weights kept and loaded."""

import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

series = torch.sin(torch.arange(0, 120) * 0.25) + 0.3 * torch.cos(torch.arange(0, 120) * 0.7)
mean, std = series.mean(), series.std()
series = (series - mean) / std
windows = series.unfold(0, 11, 1)
X, Y = windows[:, :10].unsqueeze(-1), windows[:, 10:]
split = int(0.8 * len(X))
train = DataLoader(TensorDataset(X[:split], Y[:split]), batch_size=22)
held = TensorDataset(X[split:], Y[split:])


class EarlyStopping:
    def __init__(self, patience=2, delta=1e-3):
        self.patience, self.delta, self.counter, self.best, self.stop = patience, delta, 0, float("inf"), False

    def __call__(self, loss, model):
        if loss < self.best - self.delta:
            self.best, self.counter = loss, 0
            self.state = copy.deepcopy(model.state_dict())
        else:
            self.counter += 1
            self.stop = self.counter >= self.patience


class Forecaster(nn.Module):
    def __init__(self, hidden=12, layers=2):
        super().__init__()
        self.gru = nn.GRU(input_size=1, hidden_size=hidden, num_layers=layers, batch_first=True)
        self.linear = nn.Linear(hidden, 1)

    def forward(self, x):
        out, hn = self.gru(x)
        return self.linear(out[:, -1, :])


model = Forecaster()
with torch.no_grad():
    for i, p in enumerate(model.parameters()):
        p.set_(torch.cos(torch.arange(p.numel(), dtype=torch.float32) * 1.37 + i).reshape(p.shape) * 0.35)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="min", factor=0.5, patience=1)
stopper = EarlyStopping()
for epoch in range(25):
    model.train()
    for xb, yb in train:
        optimizer.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        xs, ys = held[:]
        validation = loss_fn(model(xs), ys).item()
    plateau.step(validation)
    if epoch % 4 == 0:
        print(
            f"Epoch {epoch:2d}: train {loss.item():.4f} validation {validation:.4f} lr {optimizer.param_groups[0]['lr']:.4f}"
        )
    stopper(validation, model)
    if stopper.stop:
        print(f"stopped at {epoch}")
        break
print(model.load_state_dict(stopper.state))
with torch.no_grad():
    print([f"{v:.3f}" for v in (model(held[:3][0]) * std + mean).squeeze(1).tolist()])
