"""Second-order fits: LBFGS with a closure, Newton's method by autograd's Hessian, and Rosenbrock's valley by several optimizers."""

import torch
from torch.autograd.functional import hessian, jacobian

x = torch.linspace(0, 2, 20, dtype=torch.double)
y = 1.5 * torch.exp(-1.2 * x) + 0.5 + 0.02 * torch.sin(40 * x)
params = torch.tensor([1.0, 1.0, 0.0], dtype=torch.double, requires_grad=True)


def model(p):
    return p[0] * torch.exp(-p[1] * x) + p[2]


optimizer = torch.optim.LBFGS([params], lr=0.5, max_iter=4, history_size=5)


def closure():
    optimizer.zero_grad()
    loss = ((model(params) - y) ** 2).mean()
    loss.backward()
    return loss


for i in range(5):
    loss = optimizer.step(closure)
    print("step:", i, "loss:", f"{loss.item():.6f}")
print([f"{v:.4f}" for v in params.tolist()])
J = jacobian(model, params.detach())
print(tuple(J.shape), f"{J.norm():.5f}")


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 20 * (p[1] - p[0] ** 2) ** 2


p = torch.tensor([-0.5, 0.8])
for i in range(4):
    q = p.clone().requires_grad_()
    (g,) = torch.autograd.grad(rosenbrock(q), q)
    H = hessian(rosenbrock, p)
    p = p - torch.linalg.solve(H, g)
    print(f"newton {i} {rosenbrock(p).item():.5f} {torch.linalg.eigvalsh(H)[0].item():.4f}")
for name, options in [
    ("SGD", {"lr": 0.005, "momentum": 0.9}), ("Adam", {"lr": 0.1}), ("RMSprop", {"lr": 0.02, "centered": True}), ("Adadelta", {"lr": 5.0}),
    ("Adagrad", {"lr": 0.3}), ("Adamax", {"lr": 0.1}), ("Rprop", {"lr": 0.05}), ("NAdam", {"lr": 0.1}),
]:  # fmt: skip
    w = torch.tensor([-0.5, 0.8], requires_grad=True)
    opt = getattr(torch.optim, name)([w], **options)
    for _ in range(30):
        opt.zero_grad()
        rosenbrock(w).backward()
        opt.step()
    print(f"{name:>8} {w[0].item():.4f} {w[1].item():.4f}")
