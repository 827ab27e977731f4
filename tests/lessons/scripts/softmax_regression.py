"""Softmax regression written by hand on tensors, as a first chapter does: parameters, gradients and steps in plain sight."""

import torch

n, features, classes = 60, 4, 3
grid = torch.arange(n * features, dtype=torch.float32).reshape(n, features)
X = torch.sin(grid * 0.7) + 0.1 * torch.cos(grid * 1.3)
truth = torch.tensor([[2.0, -1.0, 0.0], [0.5, 1.0, -2.0], [-1.5, 0.0, 1.0], [1.0, 2.0, -1.0]])
y = (X @ truth).argmax(dim=1)


def softmax(logits):
    exps = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return exps / exps.sum(1, keepdim=True)


def cross_entropy(probabilities, labels):
    return -torch.log(probabilities[range(len(probabilities)), labels]).mean()


def accuracy(probabilities, labels):
    return (probabilities.argmax(axis=1) == labels).type(torch.float).mean().item()


W = torch.zeros(features, classes, requires_grad=True)
b = torch.zeros(classes, requires_grad=True)
learning_rate, batch = 0.5, 12
for epoch in range(6):
    total = 0.0
    for start in range(0, n, batch):
        rows = slice(start, start + batch)
        loss = cross_entropy(softmax(X[rows].mm(W) + b), y[rows])
        loss.backward()
        with torch.no_grad():
            for parameter in (W, b):
                parameter -= learning_rate * parameter.grad
                parameter.grad.zero_()
        total += float(loss) * batch
    with torch.no_grad():
        found = accuracy(softmax(X @ W + b), y)
    print(f"epoch {epoch + 1:d} loss {total / n:.5f} accuracy {found:.3f}")
confusion = torch.zeros(classes, classes, dtype=torch.int64)
for true, said in zip(y, softmax(X @ W + b).argmax(1)):
    confusion[true.item(), said.item()] += 1
print(confusion.tolist(), torch.diag(confusion).sum().item())
print([round(value, 4) for value in W.detach().numpy().ravel().tolist()])
