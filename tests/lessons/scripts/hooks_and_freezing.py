"""Forward and backward hooks that keep activations and gradients; a backbone frozen, its head replaced, fine-tuned in groups."""

from collections import OrderedDict

import torch
import torch.nn as nn
import torch.nn.functional as F

net = nn.Sequential(
    OrderedDict(
        [
            ("conv1", nn.Conv2d(1, 3, 3, padding=1)),
            ("relu1", nn.ReLU()),
            ("pool", nn.MaxPool2d(2)),
            ("flat", nn.Flatten()),
            ("fc", nn.Linear(48, 10)),
        ]
    )
)
for i, p in enumerate(net.parameters()):
    p.data = torch.sin(torch.arange(p.numel()) * 0.63 + i).view(p.shape) * 0.3
features, grads, sizes = {}, {}, []


def keep(name):
    def hook(module, input, output):
        features[name] = output.detach()
        sizes.append((name, tuple(input[0].shape), tuple(output.shape)))

    return hook


def keep_grad(module, grad_input, grad_output):
    grads[type(module).__name__] = (grad_output[0].norm().item(), grad_input[0] is not None)


handles = [layer.register_forward_hook(keep(name)) for name, layer in net.named_children()]
handles.append(net.fc.register_full_backward_hook(keep_grad))
x = torch.cos(torch.arange(5 * 64.0) * 0.21).view(5, 1, 8, 8)
y = torch.tensor([0, 1, 2, 1, 0])
out = net(x)
out.retain_grad()
F.cross_entropy(out, y).backward()
print(sizes)
print(
    {k: f"{v.mean():.4f}" for k, v in features.items()},
    grads["Linear"][1],
    f"{grads['Linear'][0]:.4f} {out.grad.norm():.4f}",
)
for handle in handles:
    handle.remove()
for p in net.parameters():
    p.requires_grad = False
net.fc = nn.Linear(net.fc.in_features, 3)
net.fc.weight.data = torch.sin(torch.arange(144.0) * 0.31).view(3, 48) * 0.2
net.fc.bias.data.fill_(0)
seen = []
net.fc.weight.register_hook(lambda g: seen.append(f"{g.abs().sum():.4f}"))
optimizer = torch.optim.SGD(filter(lambda p: p.requires_grad, net.parameters()), lr=0.1)
before = net.conv1.weight.clone()
for epoch in range(6):
    if epoch == 3:
        net.conv1.requires_grad_(True)
        optimizer.add_param_group({"params": net.conv1.parameters(), "lr": 0.01})
    loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(
        f"{epoch} {loss.item():.4f} {(net.conv1.weight - before).abs().max().item():.5f} {[g['lr'] for g in optimizer.param_groups]}"
    )
print(seen)
