"""Hooks of every module, of nodes of the backward pass and of several tensors together, against PyTorch."""

import pytest

from tests.oracle.lines import alike

pytestmark = pytest.mark.filterwarnings("ignore")


def stack(t):
    return t.nn.Sequential(t.nn.Linear(3, 4), t.nn.Tanh(), t.nn.Linear(4, 1))


def every_module(t, compiled):
    ways, model, log, x = t.nn.modules.module, stack(t), [], t.randn(2, 3)
    step = compiled(model)
    found = [step(x)]
    hooks = [
        ways.register_module_forward_pre_hook(lambda m, a: log.append(f"before {type(m).__name__} {len(a)}")),
        ways.register_module_forward_hook(lambda m, _a, y: log.append(f"after {type(m).__name__} {tuple(y.shape)}")),
        ways.register_module_full_backward_hook(
            lambda m, sent, came: log.append(
                f"{type(m).__name__} {[g is None for g in sent]} {float(came[0].sum()):.4f}"
            )
        ),
        ways.register_module_full_backward_pre_hook(lambda m, came: log.append(f"{type(m).__name__} {len(came)}")),
        model[0].register_forward_hook(lambda *_all: log.append("own after")),
        model[0].register_forward_pre_hook(lambda *_all: log.append("own before")),
        model[0].register_full_backward_hook(lambda *_all: log.append("own backward")),
    ]
    y = step(x)
    y.sum().backward()
    found += [y, log[:]]
    for hook in hooks:
        hook.remove()
    del log[:]
    for register, hook in (
        (ways.register_module_forward_hook, lambda _m, _a, y: y * 2),
        (ways.register_module_forward_pre_hook, lambda _m, a: (a[0] + 1,)),
        (ways.register_module_forward_pre_hook, lambda _m, a: a[0] * 0.5),
        (
            ways.register_module_full_backward_hook,
            lambda _m, sent, _came: tuple(None if g is None else g * 2 for g in sent),
        ),
        (ways.register_module_full_backward_pre_hook, lambda _m, came: (came[0] * 3,)),
    ):
        with register(hook):
            model.zero_grad()
            y = step(x)
            y.sum().backward()
            found += [y, [p.grad for p in model.parameters()]]
    y = step(x)
    return found, y, log


def every_call(t, _compiled):
    ways, log = t.nn.modules.module, []

    class Wrong(t.nn.Module):
        def forward(self, _x):
            raise ValueError

    with ways.register_module_forward_hook(lambda _m, _a, named, _y: log.append(list(named)), with_kwargs=True):
        t.nn.Bilinear(1, 1, 1)(t.ones(1, 1), input2=t.ones(1, 1))
    for always in (False, True):
        with ways.register_module_forward_hook(lambda _m, _a, y: log.append(y is None), always_call=always):
            try:
                Wrong()(1)
            except ValueError:
                log.append("raised")
    return log


def of_a_node(t, _compiled):
    w = t.ones(3, requires_grad=True)
    y = w * t.arange(3.0)
    z, log, found = y.sum(), [], []
    hooks = [
        z.grad_fn.register_prehook(lambda came: log.append(f"before {len(came)} {float(came[0])}")),
        y.grad_fn.register_hook(lambda sent, came: log.append(f"after {float(sent[0].sum())} {float(came[0].sum())}")),
        z.grad_fn.register_prehook(lambda came: (came[0] * 2,)),
        y.grad_fn.register_hook(lambda sent, _came: (sent[0] * 3, *sent[1:])),
    ]
    while hooks:
        z.backward(retain_graph=True)
        found += [w.grad.clone(), log[:], t.autograd.grad(z, w, retain_graph=True)]
        hooks.pop().remove()
    z.backward()
    return found, w.grad, log


def of_a_node_twice(t, _compiled):
    w = t.arange(1.0, 4.0).requires_grad_()
    y = w**3
    y.grad_fn.register_hook(lambda sent, _came: (sent[0] * w.detach(),))
    (first,) = t.autograd.grad(y.sum(), w, create_graph=True)
    return first, t.autograd.grad(first.sum(), w)


def of_several_results(t, _compiled):
    x, log = t.randn(4, 3, requires_grad=True), []
    values, _places = x.max(1)
    values.grad_fn.register_hook(lambda sent, _came: log.append(float(sent[0].sum())))
    values.sum().backward()
    _u, s, _v = t.linalg.svd(x[:3])
    s.grad_fn.register_prehook(lambda came: log.append(len(came)))
    s.sum().backward()
    return log, x.grad


def of_a_leaf(t, _compiled):
    w, log, found = t.ones(2, requires_grad=True), [], []
    node = (w * 2).grad_fn.next_functions[0][0]
    hooks = [
        node.register_hook(lambda *all_: log.append(len(all_))),
        node.register_prehook(lambda came: (came[0] * 5,)),
    ]
    while hooks:
        (w * 3).sum().backward()
        found += [w.grad.clone(), log[:]]
        hooks.pop().remove()
    (w * 3).sum().backward()
    return found, w.grad, log


def of_several_tensors(t, _compiled):
    a, b, c = (t.full((2,), float(i), requires_grad=True) for i in (1, 2, 3))
    together, log = t.autograd.graph.register_multi_grad_hook, []
    passes = [lambda: (a * b).sum(), lambda: (a * b * c).sum(), lambda: c.sum(), lambda: (a * c * b * a).sum()]
    for mode in ("all", "any"):
        with together((a, b, c), lambda found: log.append([len(found), found[0] is None]), mode=mode):
            for each in passes:
                each().backward()
        passes[0]().backward()
    y = a * 2
    z = y * 3
    with together((y, z), lambda found: log.append([g.tolist() for g in found])):
        z.sum().backward()
    try:
        together((a, b), print, mode="some")
    except ValueError:
        log.append("refused")
    return log, a.grad, b.grad, c.grad


def in_a_step(t, compiled):
    w = t.ones(2, requires_grad=True)

    def step(x):
        y = w * x
        y.grad_fn.register_hook(lambda sent, _came: (sent[0] * 2, *sent[1:]))
        y.sum().backward()
        found, w.grad = w.grad.clone(), None
        return found

    run = compiled(step)
    return [run(t.ones(2) * i) for i in range(4)]


@pytest.mark.parametrize(
    "program",
    [
        every_module,
        every_call,
        of_a_node,
        of_a_node_twice,
        of_several_results,
        of_a_leaf,
        of_several_tensors,
        in_a_step,
    ],
)
def test_hooks(program):
    alike(program)
