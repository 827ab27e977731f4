"""Linear regression by hand, then with a module and an optimizer."""

import torch

x = torch.linspace(-1, 1, 20).unsqueeze(1)
y = 3 * x + 0.5

w = torch.zeros(1, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for epoch in range(10):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        b -= 0.5 * b.grad
        w.grad.zero_()
        b.grad.zero_()
    print(f"by hand {epoch}: {loss:.6f}, w = {w.item():.4f}")

model = torch.nn.Linear(1, 1)
torch.nn.init.zeros_(model.weight)
torch.nn.init.zeros_(model.bias)
optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.5)
criterion = torch.nn.MSELoss()
for epoch in range(20):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(f"epoch {epoch}, loss {loss:.6f}")
