"""A VGG and a depthwise network on the same images: dropout at evaluation, augmentation by flips, top-2 accuracy, confusion."""

import torch
from torch import nn, optim

torch.set_default_dtype(torch.float64)
cfg = [4, "M", 6, 6, "M"]


def make_layers(cfg, batch_norm=False):
    layers, channels = [], 1
    for v in cfg:
        if v == "M":
            layers += [nn.MaxPool2d(kernel_size=2, stride=2)]
        else:
            conv = nn.Conv2d(channels, v, kernel_size=3, padding=1)
            layers += [conv, nn.BatchNorm2d(v), nn.ReLU(inplace=True)] if batch_norm else [conv, nn.ReLU(inplace=True)]
            channels = v
    return nn.Sequential(*layers)


class VGG(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((2, 2))
        self.classifier = nn.Sequential(nn.Linear(24, 12), nn.ReLU(True), nn.Dropout(p=0.5), nn.Linear(12, 4))

    def forward(self, x):
        return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))


class Depthwise(nn.Sequential):
    def __init__(self, inside, outside, stride):
        super().__init__(
            nn.Conv2d(inside, inside, 3, stride, 1, groups=inside, bias=False), nn.GroupNorm(1, inside), nn.ReLU6(inplace=True),
            nn.Conv2d(inside, outside, 1, bias=False), nn.InstanceNorm2d(outside, affine=True), nn.Hardswish(),
        )  # fmt: skip


def fill(model):
    for i, (name, p) in enumerate(model.named_parameters()):
        if p.dim() > 1:
            p.data = torch.cos(torch.arange(p.numel()) * 1.3 + i).view(p.shape).to(p.dtype) * (2 / p[0].numel()) ** 0.5
        elif "bias" in name:
            p.data.zero_()
    return model


grid = torch.arange(8 * 64).view(8, 1, 8, 8)
images, labels = torch.sin(grid * 0.11 * (torch.arange(8) % 4 + 1).view(-1, 1, 1, 1)), torch.arange(8) % 4
images = torch.cat([images, images.flip(-1), torch.roll(images, 1, dims=2)])
labels = labels.repeat(3)
small = nn.Sequential(Depthwise(1, 6, 2), Depthwise(6, 8, 1), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(8, 4))
for name, model in (("vgg", VGG(make_layers(cfg, batch_norm=True))), ("depthwise", small)):
    fill(model)
    model.eval() if name == "vgg" else model.train()
    optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    for epoch in range(7):
        out = model(images)
        loss = nn.functional.cross_entropy(out, labels, reduction="sum") / len(labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 2 == 0:
            _, pred = out.topk(2, 1, largest=True, sorted=True)
            correct = pred.eq(labels.view(-1, 1).expand_as(pred))
            print(
                f"{name} {epoch} {loss.item():.6f} top1 {correct[:, :1].sum().item()} top2 {correct.any(1).sum().item()}"
            )
    matrix = torch.zeros(4, 4, dtype=torch.int)
    for t, p in zip(labels, model(images).argmax(1)):
        matrix[t.long(), p.long()] += 1
    print(matrix.diagonal().tolist(), matrix.sum().item(), len(list(model.modules())))
