"""A multilayer perceptron on three classes, with batches, a schedule, a checkpoint and early stopping."""

import io

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Rings(Dataset):
    def __init__(self, n):
        angles = torch.arange(n) * 2.399963
        self.labels = torch.arange(n) % 3
        radius = self.labels.float() + 0.5
        self.points = torch.stack([radius * torch.cos(angles), radius * torch.sin(angles)], dim=1)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.points[index], self.labels[index].item()


class Net(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.hidden = nn.Linear(2, hidden)
        self.out = nn.Linear(hidden, 3)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x)))


net = Net(16).to(device)
with torch.no_grad():
    for i, p in enumerate(net.parameters()):
        p.copy_(torch.sin(torch.arange(p.numel()) * 1.7 + i).reshape(p.shape) * 0.8)
print(net)
loader = DataLoader(Rings(90), batch_size=30, shuffle=False)
optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
best, patience, kept = float("inf"), 0, io.BytesIO()
for epoch in range(25):
    total, correct, count = 0.0, 0, 0
    for points, labels in loader:
        points, labels = points.to(device), labels.to(device)
        logits = net(points)
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        total += loss.item() * labels.size(0)
        correct += (logits.argmax(dim=1) == labels).sum().item()
        count += labels.size(0)
    scheduler.step()
    if total < best:
        best, patience, kept = total, 0, io.BytesIO()
        torch.save({"epoch": epoch, "model": net.state_dict(), "optimizer": optimizer.state_dict()}, kept)
    else:
        patience += 1
        if patience > 3:
            break
    if epoch % 6 == 0:
        print(f"epoch {epoch}: loss {total / count:.4f}, accuracy {100 * correct / count:.1f} %")
kept.seek(0)
checkpoint = torch.load(kept)
print(net.load_state_dict(checkpoint["model"]))
net.eval()
with torch.no_grad():
    data = Rings(90)
    print(f"kept at epoch {checkpoint['epoch']}: {F.cross_entropy(net(data.points), data.labels):.4f}")
