"""A neuron at a time, scalars of tensors: the moons of a first lecture with a hinge loss and explicit loops."""

import torch


class Neuron:
    def __init__(self, inputs, seed, nonlinear=True):
        self.w = [torch.tensor(((seed * 7 + i * 13) % 17 - 8) / 8.0, requires_grad=True) for i in range(inputs)]
        self.b = torch.tensor(0.0, requires_grad=True)
        self.nonlinear = nonlinear

    def __call__(self, x):
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)
        return act.relu() if self.nonlinear else act

    def parameters(self):
        return [*self.w, self.b]


class Layer:
    def __init__(self, inputs, outputs, seed, **options):
        self.neurons = [Neuron(inputs, seed + k, **options) for k in range(outputs)]

    def __call__(self, x):
        out = [n(x) for n in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self):
        return [p for n in self.neurons for p in n.parameters()]


class MLP:
    def __init__(self, inputs, outputs):
        sizes = [inputs, *outputs]
        self.layers = [
            Layer(sizes[i], sizes[i + 1], 3 * i + 1, nonlinear=i != len(outputs) - 1) for i in range(len(outputs))
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


angles = torch.linspace(0, 3.14159, 8)
xs = [(a.cos().item(), a.sin().item()) for a in angles] + [(1 - a.cos().item(), 0.5 - a.sin().item()) for a in angles]
ys = [1] * 8 + [-1] * 8
model = MLP(2, [4, 4, 1])
print(len(model.parameters()))
for k in range(12):
    scores = [model(x) for x in xs]
    losses = [(1 + -yi * si).relu() for yi, si in zip(ys, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum(p * p for p in model.parameters())
    total = data_loss + reg_loss
    for p in model.parameters():
        p.grad = None
    total.backward()
    rate = 0.2 - 0.18 * k / 12
    for p in model.parameters():
        if p.grad is not None:
            p.data -= rate * p.grad
    accuracy = sum((yi > 0) == (si.item() > 0) for yi, si in zip(ys, scores)) / len(ys)
    if k % 3 == 0:
        print(f"step {k} loss {total.item():.5f}, accuracy {accuracy * 100}%")
a, b = torch.tensor(-4.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
c = a + b
d = a * b + b**3
c = c + c + 1
c = c + 1 + c + (-a)
d = d + d * 2 + (b + a).relu()
d = d + 3 * d + (b - a).relu()
e = c - d
f = e**2
g = f / 2.0
g = g + 10.0 / f
g.backward()
print(f"{g.item():.4f} {a.grad.item():.4f} {b.grad.item():.4f}")
