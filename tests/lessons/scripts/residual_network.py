"""A small residual network with batch normalization, weight decay and a step schedule; evaluation with running statistics."""

import torch
import torch.nn as nn
import torch.optim as optim


def conv3x3(inside, outside, stride=1):
    return nn.Conv2d(inside, outside, kernel_size=3, stride=stride, padding=1, bias=False)


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inside, outside, stride=1, downsample=None):
        super().__init__()
        self.conv1 = conv3x3(inside, outside, stride)
        self.bn1 = nn.BatchNorm2d(outside)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = conv3x3(outside, outside)
        self.bn2 = nn.BatchNorm2d(outside)
        self.downsample = downsample

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        if self.downsample is not None:
            identity = self.downsample(x)
        out += identity
        return self.relu(out)


class ResNet(nn.Module):
    def __init__(self, block, layers, num_classes=3):
        super().__init__()
        self.inside = 4
        self.stem = nn.Sequential(conv3x3(1, 4), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.layer1 = self.make_layer(block, 4, layers[0])
        self.layer2 = self.make_layer(block, 8, layers[1], stride=2)
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8, num_classes)

    def make_layer(self, block, outside, count, stride=1):
        downsample = None
        if stride != 1 or self.inside != outside:
            downsample = nn.Sequential(conv3x3(self.inside, outside, stride), nn.BatchNorm2d(outside))
        blocks = [block(self.inside, outside, stride, downsample)]
        self.inside = outside
        blocks += [block(outside, outside) for _ in range(1, count)]
        return nn.Sequential(*blocks)

    def forward(self, x):
        x = self.layer2(self.layer1(self.stem(x)))
        return self.fc(torch.flatten(self.pool(x), 1))


model = ResNet(BasicBlock, [1, 2])
k = 0
for module in model.modules():
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        w = module.weight
        with torch.no_grad():
            w.copy_(torch.sin(torch.arange(w.numel()) * 0.61 + k).view_as(w) * (2.0 / w[0].numel()) ** 0.5)
        k += 1
nn.init.zeros_(model.fc.bias)
rows = torch.arange(8.0)
images = torch.stack([torch.outer(torch.sin(rows * (0.4 + c % 3)), torch.cos(rows * 0.3 * (c + 1))) for c in range(9)])
images, labels = images.unsqueeze(1), torch.arange(9) % 3
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.3)
print(sum(p.numel() for p in model.parameters() if p.requires_grad), "parameters")
for epoch in range(8):
    model.train()
    optimizer.zero_grad()
    outputs = model(images)
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.step()
    scheduler.step()
    _, predicted = torch.max(outputs.data, 1)
    correct = (predicted == labels).sum().item()
    print(
        f"[{epoch + 1}] loss: {loss.item():.4f} correct: {correct}/{labels.size(0)} lr: {scheduler.get_last_lr()[0]:.4f}"
    )
model.eval()
with torch.no_grad():
    print(f"{criterion(model(images), labels).item():.4f}")
print([f"{value:.4f}" for value in model.layer2[0].bn1.running_var[:3].tolist()])
