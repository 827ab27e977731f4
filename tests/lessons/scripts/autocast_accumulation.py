"""A device chosen, autocast and GradScaler disabled on the CPU, gradients accumulated over micro-batches, progress printed."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
use_amp = device.type == "cuda"
print(f"Using {device} device")
grid = torch.arange(320, dtype=torch.float32).view(32, 10)
X = torch.sin(grid * 0.3)
y = (X[:, 0] > X[:, 5]).long()
loader = DataLoader(TensorDataset(X, y), batch_size=4, shuffle=False, num_workers=0, pin_memory=False, drop_last=True)


class NeuralNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.linear_relu_stack = nn.Sequential(
            nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 2)
        )

    def forward(self, x):
        return self.linear_relu_stack(self.flatten(x))


model = NeuralNetwork().to(device)
for i, p in enumerate(model.parameters()):
    p.data.copy_((torch.arange(p.numel(), device=device) * 0.618 + i).frac().sub(0.5).view(p.shape))
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.RAdam(model.parameters(), lr=0.01)
scaler = torch.amp.GradScaler("cuda", enabled=use_amp)
warm = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.3, total_iters=4)
decay = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, schedulers=[warm, decay], milestones=[4])
accumulate = 2


def train_loop():
    size = len(loader.dataset)
    model.train()
    for batch, (xb, yb) in enumerate(loader):
        xb, yb = xb.to(device, non_blocking=True), yb.to(device)
        with torch.autocast(device_type=device.type, dtype=torch.float16, enabled=use_amp):
            pred = model(xb)
            loss = loss_fn(pred, yb) / accumulate
        scaler.scale(loss).backward()
        if (batch + 1) % accumulate == 0:
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0, norm_type="inf")
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
        if batch % 4 == 0:
            loss, current = loss.item() * accumulate, batch * 4 + len(xb)
            print(f"loss: {loss:>7f}  [{current:>5d}/{size:>5d}]")


def test_loop():
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for xb, yb in loader:
            pred = model(xb.to(device))
            test_loss += loss_fn(pred, yb).item()
            correct += (pred.argmax(1) == yb).type(torch.float).sum().item()
    print(
        f"Test Error: \n Accuracy: {(100 * correct / len(loader.dataset)):>0.1f}%, Avg loss: {test_loss / len(loader):>8f} \n"
    )


for t in range(4):
    print(f"Epoch {t + 1}\n-------------------------------")
    train_loop()
    test_loop()
    scheduler.step()
    print(f"{scheduler.get_last_lr()[0]:.6f}")
print("Done!")
