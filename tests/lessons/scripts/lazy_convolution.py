"""A small convolutional network in lazy layers, as a textbook writes it, with hooks that look inside."""

import torch
from torch import nn


def init_cnn(module):
    if isinstance(module, (nn.Linear, nn.Conv2d)):
        with torch.no_grad():
            module.weight.copy_(
                torch.sin(torch.arange(module.weight.numel()) * 0.83).reshape(module.weight.shape) * 0.3
            )
            module.bias.zero_()


net = nn.Sequential(
    nn.LazyConv2d(4, kernel_size=3, padding=1),
    nn.LazyBatchNorm2d(),
    nn.Sigmoid(),
    nn.AvgPool2d(kernel_size=2, stride=2),
    nn.LazyConv2d(6, kernel_size=3),
    nn.ReLU(),
    nn.Flatten(),
    nn.LazyLinear(10),
)
images = torch.cos(torch.arange(4 * 64) * 0.31).reshape(4, 1, 8, 8)
labels = torch.tensor([1, 7, 3, 3])
net(images)
net.apply(init_cnn)
for layer in net:
    images_shape = layer.__class__.__name__
seen = {}
net[4].register_forward_hook(lambda module, args, output: seen.update(shape=tuple(output.shape)))
net[7].register_full_backward_hook(lambda module, before, after: seen.update(norm=after[0].norm().item()))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
loss_fn = nn.CrossEntropyLoss(label_smoothing=0.1)
for step in range(6):
    optimizer.zero_grad()
    loss = loss_fn(net(images), labels)
    loss.backward()
    optimizer.step()
    print(f"{step}: {loss.item():.4f} {seen['shape']} {seen['norm']:.5f}")
net.eval()
with torch.no_grad():
    print(net(images).argmax(1).tolist(), sum(p.numel() for p in net.parameters()))
