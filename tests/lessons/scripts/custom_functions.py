"""Functions with a backward of one's own: a leg of a polynomial, a rounding that lets gradients through, checked numerically."""

import math

import torch


class LegendrePolynomial3(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        ctx.save_for_backward(input)
        return 0.5 * (5 * input**3 - 3 * input)

    @staticmethod
    def backward(ctx, grad_output):
        (input,) = ctx.saved_tensors
        return grad_output * 1.5 * (5 * input**2 - 1)


class StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, levels):
        ctx.mark_non_differentiable()
        ctx.levels = levels
        return (x * levels).round() / levels

    @staticmethod
    def backward(ctx, g):
        return g if ctx.needs_input_grad[0] else None, None


class Clamp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, low, high):
        ctx.save_for_backward(x)
        ctx.bounds = low, high
        return x.clamp(low, high)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        low, high = ctx.bounds
        return g * ((x >= low) & (x <= high)).to(g.dtype), None, None


x = torch.linspace(-math.pi, math.pi, 200)
y = torch.sin(x)
a, b, c, d = (torch.full((), v, requires_grad=True) for v in (0.0, -1.0, 0.0, 0.3))
P3 = LegendrePolynomial3.apply
for t in range(200):
    y_pred = a + b * P3(c + d * x)
    loss = (y_pred - y).pow(2).sum()
    if t % 40 == 39:
        print(t, f"{loss.item():.4f}")
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c, d):
            p -= 5e-6 * p.grad * 10
            p.grad = None
print(f"Result: y = {a.item():.4f} + {b.item():.4f} * P3({c.item():.4f} + {d.item():.4f} x)")
w = torch.tensor([0.12, 0.37, -0.81], requires_grad=True)
q = StraightThrough.apply(w, 4)
(q * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
print(q.tolist(), w.grad.tolist())
v = torch.tensor([-2.0, 0.5, 3.0], dtype=torch.double, requires_grad=True)
Clamp.apply(v, -1.0, 1.0).sum().backward()
print(v.grad.tolist(), torch.autograd.gradcheck(lambda t: Clamp.apply(t, -1.0, 1.0), (v,)))
print(torch.autograd.gradcheck(P3, torch.linspace(-1, 1, 5, dtype=torch.double, requires_grad=True)))
u = torch.tensor(1.3, requires_grad=True)
(first,) = torch.autograd.grad(P3(u), u, create_graph=True)
(second,) = torch.autograd.grad(first, u)
print(f"{first.item():.4f} {second.item():.4f}")
