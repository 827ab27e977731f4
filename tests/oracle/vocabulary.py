"""The words of lessons: each name of PyTorch's that they use, with a call as they make it.

``python tests/oracle/vocabulary.py TABLE.csv`` says what share of the uses in a table (name,uses,…,left_out) is answered here by a call
that gives PyTorch's result. A call is an expression of ``torch``, which is PyTorch or this package in turn, and of small tensors.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np

# Methods and functions of one tensor x of floats between 0 and 1, of two (x, y), without other arguments.
ONE = "abs acos cos cosh erf exp floor log log1p log2 sigmoid sin sinh sqrt square tan tanh relu neg sign arcsin arccos arctan isnan"
FOLDED = "sum mean max min std norm prod numel nelement dim argmax numpy tolist contiguous clone detach cpu float double half byte long flatten t trace unique sort argsort squeeze triu tril det size ndimension type"
TWO = "add sub mul pow maximum eq gt mm matmul dist allclose equal view_as expand_as type_as"
CALLS = {
    ".shape": "x.shape", ".to": "x.to('cpu', torch.float64)", "torch.tensor": "torch.tensor([[1., 2.], [3, 4]])", ".data": "w.data",
    ".reshape": "x.reshape(-1, 2)", ".item": "x.sum().item()", ".size": "(x.size(), x.size(0))", ".view": "x.view(-1)", ".split": "x.split(1, dim=1)",
    ".sum": "x.sum(1, keepdim=True)", ".add": "x.add(y, alpha=2)", ".backward": "back(w)", ".grad": "back(w)", "torch.zeros": "torch.zeros((2, 3))",
    "torch.arange": "torch.arange(1, 9, 2)", ".transpose": "x.transpose(0, 1)", ".device": "str(x.device)", "torch.cat": "torch.cat((x, y), dim=1)",
    "torch.no_grad": "still(w)", ".unsqueeze": "x.unsqueeze(-1)", "torch.long": "torch.ones(2, dtype=torch.long)", "torch.float32": "torch.ones(2, dtype=torch.float32)",
    "torch.float64": "torch.ones(2, dtype=torch.float64)", "torch.double": "torch.ones(2, dtype=torch.double)", "torch.int32": "torch.ones(2, dtype=torch.int32)", "torch.int64": "torch.ones(2, dtype=torch.int64)",
    "torch.float16": "torch.ones(2, dtype=torch.float16)", "torch.float": "torch.ones(2, dtype=torch.float)", "torch.bool": "torch.ones(2, dtype=torch.bool)", ".dtype": "x.dtype == torch.float32",
    "torch.ones": "torch.ones(2, 3)", "torch.sqrt": "torch.sqrt(x)", ".permute": "x.permute(1, 0)", ".squeeze": "x[None].squeeze(0)",
    "torch.device": "str(torch.device('cpu'))", ".type": "x.type(torch.float64)", "torch.LongTensor": "torch.LongTensor([1, 2])",
    "torch.FloatTensor": "torch.FloatTensor([1, 2])", "torch.Tensor": "torch.Tensor([1, 2])", "torch.manual_seed": "seeded(lambda: torch.rand(3))",
    "torch.rand": "seeded(lambda: torch.rand(2, 3))", "torch.randn": "seeded(lambda: torch.randn(4, 5))", "torch.randint": "seeded(lambda: torch.randint(0, 9, (5,)))",
    "torch.randperm": "seeded(lambda: torch.randperm(7))", "torch.normal": "seeded(lambda: torch.normal(0, 0.01, (4, 8)))",
    "torch.randn_like": "seeded(lambda: torch.randn_like(x))", "torch.multinomial": "seeded(lambda: torch.multinomial(x[0], 2))",
    "torch.Generator": "torch.rand(3, generator=torch.Generator().manual_seed(3))", "torch.stack": "torch.stack([x, y], 1)", ".max": "x.max(1)", ".T": "x.T",
    ".mT": "x.mT", ".H": "x.H", "torch.max": "torch.max(x, 1)", "torch.min": "torch.min(x, y)", "torch.pi": "torch.pi", ".zero_": "x.clone().zero_()", ".fill_": "x.clone().fill_(3.)",
    ".copy_": "torch.zeros(2, 2).copy_(x)", ".requires_grad": "(w.requires_grad, x.requires_grad)", ".requires_grad_": "x.clone().requires_grad_().requires_grad",
    "torch.mm": "torch.mm(x, y)", "torch.matmul": "torch.matmul(x, y)", "torch.bmm": "torch.bmm(x[None], y[None])", ".bmm": "x[None].bmm(y[None])", "torch.mv": "torch.mv(x, y[0])",
    "torch.dot": "torch.dot(x[0], y[0])", ".dot": "x[0].dot(y[0])", "torch.mean": "torch.mean(x, dim=0)", "torch.sum": "torch.sum(x, dim=0)", ".repeat": "x.repeat(2, 1)",
    "torch.norm": "torch.norm(x)", "torch.topk": "torch.topk(x, 1)", ".topk": "x.topk(1, dim=0)", ".scatter": "x.scatter(1, i, 5.)", ".gather": "x.gather(1, i)",
    "torch.gather": "torch.gather(x, 1, i)", ".masked_fill": "x.masked_fill(x > 0.5, -1e9)", ".masked_fill_": "x.clone().masked_fill_(x > 0.5, 0)", ".expand": "x[:, :1].expand(-1, 3)",
    "torch.ones_like": "torch.ones_like(x)", "torch.zeros_like": "torch.zeros_like(x)", "torch.flatten": "torch.flatten(x)", "torch.full": "torch.full((2,), 3.)",
    ".cumsum": "x.cumsum(0)", "torch.cumsum": "torch.cumsum(x, 1)", "torch.sort": "torch.sort(x, descending=True)", "torch.unsqueeze": "torch.unsqueeze(x, 0)",
    "torch.linspace": "torch.linspace(-1, 1, 5)", "torch.diag": "torch.diag(x)", "torch.eye": "torch.eye(2)", "torch.empty": "torch.empty(2, 3).shape", "torch.from_numpy": "torch.from_numpy(a)",
    "torch.repeat_interleave": "torch.repeat_interleave(x, 2, dim=0)", ".repeat_interleave": "x.repeat_interleave(2, 0)", "torch.argmax": "torch.argmax(x, dim=1)",
    "torch.argsort": "torch.argsort(x, 1)", "torch.meshgrid": "torch.meshgrid(x[0], y[0], indexing='ij')", "torch.nonzero": "torch.nonzero(x > 0.5)", "torch.where": "torch.where(x > y, x, y)",
    ".where": "x.where(x > y, y)", "torch.clamp": "torch.clamp(x, 0.2, 0.6)", ".clamp": "x.clamp(min=0.5)", ".clip": "x.clip(0.2, 0.6)", ".new_tensor": "x.new_tensor([1, 2])", ".new_zeros": "x.new_zeros(2)",
    ".swapaxes": "x.swapaxes(0, 1)", "torch.einsum": "torch.einsum('ij,kj->ik', x, y)", ".flip": "x.flip(0)", "torch.roll": "torch.roll(x, 1, 0)", "torch.reshape": "torch.reshape(x, (4,))",
    "torch.squeeze": "torch.squeeze(x[None])", "torch.split": "torch.split(x, 1)", ".softmax": "x.softmax(-1)", "torch.pow": "torch.pow(x, 2)", ".pow": "x.pow(3)", ".ndim": "x.ndim",
    ".mul_": "x.clone().mul_(2)", ".add_": "x.clone().add_(y)", ".sub_": "x.clone().sub_(1)", ".div_": "x.clone().div_(3)", ".__getitem__": "x.__getitem__(0)", "torch.is_grad_enabled": "torch.is_grad_enabled()",
    "torch.inference_mode": "still(w, torch.inference_mode)", "torch.bitwise_and": "torch.bitwise_and(i, i + 1)", "torch.add": "torch.add(x, y)", ".std": "x.std(0)", ".norm": "x.norm(p=2, dim=1)",
    ".normal_": "seeded(lambda: torch.zeros(3).normal_(0, 0.1))", "torch.accelerator.is_available": "torch.accelerator.is_available()",
    "torch.accelerator.current_accelerator": "torch.accelerator.current_accelerator(check_available=True)", "torch.accelerator.device_count": "torch.accelerator.device_count()",
    "torch.backends.mps.is_available": "torch.backends.mps.is_available()", "torch.save": "kept(torch, {'a': x, 'n': 3})", "torch.load": "kept(torch, [x, (i, 'word')])",
    "torch.nn.functional": "torch.nn.functional.relu(x - 0.5)", ".values": "x.max(1).values", "torch.amp.autocast": "scaled(torch, x)", "torch.backends.cudnn.allow_tf32": "hasattr(torch.backends.cudnn, 'allow_tf32')", "torch.compile": "torch.compile(lambda v: v * 2, backend='eager')(x)",
    ".name": "(w * 2).grad_fn.name()", ".__dict__": "net.__dict__['training']", ".index": "x.shape.index(2)", ".pin_memory": "torch.utils.data.DataLoader([1.0]).pin_memory",
    ".resize": "x.resize(4, 1)", ".__name__": "(torch.relu.__name__, type(net[1]).__name__)", ".__module__": "torch.nn.Linear.__module__.partition('.')[2].partition('.')[0]",
    ".__class__": "net.__class__.__name__", "nn.Transformer": "torch.nn.Transformer(4, 2, 1, 1, 8).eval()(x.reshape(1, 1, 4), y.reshape(1, 1, 4)).shape",
    "torch.testing.assert_close": "torch.testing.assert_close(x, x + 1e-7)", "torch.nn.modules.activation.ReLU": "torch.nn.modules.activation.ReLU()(x)",
    "torch.nn.modules.conv.Conv2d": "torch.nn.modules.conv.Conv2d(1, 2, 3).weight.shape", "torch.nn.modules.pixelshuffle.PixelShuffle": "torch.nn.modules.pixelshuffle.PixelShuffle(2)(m.repeat(1, 4, 1, 1))",
    "torch.distributions": "torch.distributions.Normal(x, y).log_prob(x + 1)", "torch.distributions.binomial.Binomial": "torch.distributions.binomial.Binomial(4, x).log_prob(i.float())",
    "torch.distributions.poisson.Poisson": "torch.distributions.poisson.Poisson(y).log_prob(i.float())", "torch.set_printoptions": "shown(torch, x)",
    "torch.serialization.safe_globals": "type(torch.serialization.safe_globals([dict]).__enter__())",
}  # fmt: skip
# Layers with their arguments and the shape that they take.
LAYERS = {
    "Linear": ("2, 3", "x"), "ReLU": ("", "x - 0.5"), "LazyLinear": ("3", "x"), "LazyConv2d": ("2, kernel_size=2", "m"), "Embedding": ("5, 3", "i"), "Dropout": ("0.5", "x"), "LazyBatchNorm2d": ("", "m"),
    "LazyBatchNorm1d": ("", "x"), "Conv2d": ("1, 2, 3, padding=1", "m"), "MaxPool2d": ("2, stride=1", "m"), "LayerNorm": ("2", "x"), "Flatten": ("", "m"), "Sigmoid": ("", "x"), "BatchNorm2d": ("1", "m"),
    "ConvTranspose2d": ("1, 2, 2, stride=2", "m"), "Tanh": ("", "x"), "LeakyReLU": ("0.2", "x - 0.5"), "InstanceNorm2d": ("1, affine=True", "m"), "AvgPool2d": ("2", "m"), "Conv1d": ("4, 2, 3", "m[0]"),
    "AdaptiveAvgPool2d": ("(1, 1)", "m"), "AdaptiveAvgPool1d": ("2", "m[0]"), "AdaptiveMaxPool2d": ("2", "m"), "Softmax": ("dim=1", "x"), "Dropout2d": ("0.2", "m"), "GELU": ("", "x"), "BatchNorm1d": ("2", "x"), "PixelShuffle": ("2", "m.repeat(1, 4, 1, 1)"),
    "PReLU": ("", "x - 0.5"), "ReflectionPad2d": ("1", "m"), "LSTM": ("2, 3, batch_first=True", "x[None]"), "GRU": ("2, 3", "x[None]"), "RNN": ("2, 3", "x[None]"), "LSTMCell": ("2, 3", "x"),
}  # fmt: skip
LOSSES = {
    "MSELoss": "(x, y)", "L1Loss": "(x, y)", "CrossEntropyLoss": "(x, i[:, 0])", "NLLLoss": "(x.log_softmax(1), i[:, 0])", "BCELoss": "(x, y)", "BCEWithLogitsLoss": "(x, y)",
}  # fmt: skip
FUNCTIONS = {
    "relu": "(x - 0.5)", "softmax": "(x, dim=-1)", "cross_entropy": "(x, i[:, 0])", "nll_loss": "(x.log(), i[:, 0])", "log_softmax": "(x, dim=1)", "dropout": "(x, 0.5, training=False)", "tanh": "(x)", "sigmoid": "(x)",
    "max_pool2d": "(m, 2)", "smooth_l1_loss": "(x, y)", "one_hot": "(i, 5)", "conv2d": "(m, m)", "avg_pool2d": "(m, 2)", "layer_norm": "(x, (2,))", "elu": "(x - 0.5)", "binary_cross_entropy": "(x, y)",
    "scaled_dot_product_attention": "(x[None], y[None], x[None])", "interpolate": "(m, scale_factor=2, mode='nearest')", "binary_cross_entropy_with_logits": "(x, y)",
}  # fmt: skip
FILLS = {
    "xavier_uniform_": "",
    "normal_": ", 0, 0.01",
    "zeros_": "",
    "ones_": "",
    "xavier_normal_": "",
    "constant_": ", 0.3",
    "uniform_": ", -1, 1",
    "kaiming_normal_": "",
    "kaiming_uniform_": "",
}
OPTIMIZERS = {
    "SGD": "lr=0.1, momentum=0.9",
    "Adam": "lr=0.1",
    "AdamW": "lr=0.1",
    "Adagrad": "lr=0.1",
    "RMSprop": "lr=0.1",
    "Adadelta": "",
    "LBFGS": "lr=0.1",
}
MODULE = {
    ".__init__": "list(net.state_dict())", "nn.Module": "net(x)", "torch.nn.Module": "isinstance(net, torch.nn.Module)", "nn.Sequential": "net(x)", "torch.nn.Sequential": "net(x)", ".parameters": "list(net.parameters())",
    ".step": "stepped(torch, 'SGD', 'lr=0.1', net, x)", ".zero_grad": "cleared(net, x)", ".train": "net.train().training", ".eval": "net.eval().training", ".apply": "len(set(map(id, net.apply(lambda m: None).parameters())))",
    ".state_dict": "dict(net.state_dict())", ".load_state_dict": "str(net.load_state_dict(net.state_dict()))", ".add_module": "added(torch, net)", ".named_parameters": "[n for n, _p in net.named_parameters()]", ".forward": "net.forward(x)",
    ".children": "len(list(net.children()))", ".modules": "len(list(net.modules()))", ".named_modules": "[n for n, _m in net.named_modules()]", ".register_buffer": "buffered(net, x)", "nn.Parameter": "torch.nn.Parameter(x)", "nn.ModuleList": "len(torch.nn.ModuleList([net, net]))",
    "nn.ModuleDict": "list(torch.nn.ModuleDict({'a': net}))", "torch.nn.utils.clip_grad_norm_": "clipped(torch, net, x)", "nn.Embedding.from_pretrained": "torch.nn.Embedding.from_pretrained(x)(i)",
    "torch.optim.lr_scheduler.StepLR": "scheduled(torch, net)", "torch.utils.data.DataLoader": "list(torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=1))",
    "torch.utils.data.TensorDataset": "torch.utils.data.TensorDataset(x, y)[1]", "torch.utils.data.RandomSampler": "seeded(lambda: list(torch.utils.data.RandomSampler(range(5))))", "torch.utils.data.Dataset": "isinstance(torch.utils.data.TensorDataset(x), torch.utils.data.Dataset)",
}  # fmt: skip


def calls() -> dict[str, str]:
    """Name → expression."""
    found = {
        f"{a}{name}": f"{'x.' if a == '.' else 'torch.'}{name}({'' if a == '.' else 'x'})"
        for name in ONE.split()
        for a in (".", "torch.")
    }
    found |= {f".{name}": f"x.{name}()" for name in FOLDED.split()}
    found |= {f"torch.{name}": f"torch.{name}(x)" for name in ["abs", "square", "relu", "tril", "triu", "det", "isnan"]}
    found |= {
        f"{a}{name}": f"x.{name}(y)" if a == "." else f"torch.{name}(x, y)"
        for name in TWO.split()
        for a in (".", "torch.")
    }
    for prefix in ("nn.", "torch.nn."):
        found |= {prefix + name: f"layer(torch.nn.{name}({given}), {x})" for name, (given, x) in LAYERS.items()}
        found |= {prefix + name: f"torch.nn.{name}(){given}" for name, given in LOSSES.items()}
        found |= {
            f"{prefix}init.{name}": f"seeded(lambda: torch.nn.init.{name}(torch.empty(4, 5){given}))"
            for name, given in FILLS.items()
        }
        found |= {
            f"{prefix}functional.{name}": f"torch.nn.functional.{name}{given}" for name, given in FUNCTIONS.items()
        }
    found |= {f"F.{name}": f"torch.nn.functional.{name}{given}" for name, given in FUNCTIONS.items()}
    for prefix in ("optim.", "torch.optim."):
        found |= {prefix + name: f"stepped(torch, {name!r}, {given!r}, net, x)" for name, given in OPTIMIZERS.items()}
    for name in ("view_as", "expand_as", "type_as"):  # methods alone
        del found[f"torch.{name}"]
    return found | CALLS | MODULE


def value(torch: Any, expression: str) -> Any:
    """What an expression gives, in plain Python's terms."""
    a = np.array([[0.1, 0.7], [0.4, 0.3]], dtype=np.float32)
    x, y, i = torch.tensor(a.tolist()), torch.tensor([[0.9, 0.2], [0.5, 0.8]]), torch.tensor([[1, 0], [0, 1]])
    m = torch.arange(16.0).reshape(1, 1, 4, 4) / 16
    w = torch.tensor(a.tolist(), requires_grad=True)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    filled(net)

    def seeded(draw: Any) -> Any:
        torch.manual_seed(5)
        return draw()

    def back(w: Any) -> Any:
        (w * w).sum().backward()
        return w.grad

    def still(w: Any, mode: Any = torch.no_grad) -> Any:
        with mode():
            return (w * 2).requires_grad

    def layer(made: Any, given: Any) -> Any:
        made.eval()
        made(given)
        filled(made)
        return made(given)

    known = {
        **globals(),
        "torch": torch,
        "a": a,
        "x": x,
        "y": y,
        "i": i,
        "m": m,
        "w": w,
        "net": net,
        "seeded": seeded,
        "back": back,
        "still": still,
        "layer": layer,
    }
    return plain(eval(expression, known))


def filled(module: Any) -> None:
    """Parameters set by arithmetic."""
    for k, (_name, p) in enumerate(module.named_parameters()):
        array = np.sin(np.arange(int(np.prod(p.shape))) * 0.7 + k).reshape(tuple(p.shape)).tolist()
        p.data.copy_(p.data.new_tensor(array))


def shown(torch: Any, x: Any) -> str:
    """A tensor as text, with other options of printing."""
    torch.set_printoptions(precision=2, sci_mode=True)
    try:
        return repr(x / 3)
    finally:
        torch.set_printoptions(profile="default")


def stepped(torch: Any, name: str, given: str, net: Any, x: Any) -> Any:
    """Weights after two steps."""
    optimizer = getattr(torch.optim, name)(net.parameters(), **eval(f"dict({given})"))

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (net(x) ** 2).mean()
        loss.backward()
        return loss

    for _step in range(2):
        optimizer.step(closure)
    return list(net.parameters())


def cleared(net: Any, x: Any) -> Any:
    """Gradients after they were cleared."""
    net(x).sum().backward()
    net.zero_grad()
    return [p.grad for p in net.parameters()]


def clipped(torch: Any, net: Any, x: Any) -> Any:
    """The norm, and the gradients clipped."""
    net(x).sum().backward()
    return torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1), [p.grad for p in net.parameters()]


def scheduled(torch: Any, net: Any) -> Any:
    """Learning rates of three epochs."""
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    rates = []
    for _epoch in range(3):
        optimizer.step()
        scheduler.step()
        rates += scheduler.get_last_lr()
    return rates


def added(torch: Any, net: Any) -> Any:
    """Names after one was added."""
    net.add_module("last", torch.nn.ReLU())
    return [name for name, _m in net.named_children()]


def scaled(torch: Any, x: Any) -> Any:
    """A product under autocast that is switched off."""
    with torch.amp.autocast("cpu", enabled=False):
        return x @ x


def buffered(net: Any, x: Any) -> Any:
    """The state with a buffer."""
    net.register_buffer("mean", x)
    return dict(net.state_dict())


def kept(torch: Any, thing: Any) -> Any:
    """A thing that was saved and loaded."""
    import io

    file = io.BytesIO()
    torch.save(thing, file)
    file.seek(0)
    return torch.load(file)


def plain(given: Any) -> Any:
    """Arrays, tuples, strings."""
    if isinstance(given, dict):
        return {key: plain(each) for key, each in given.items()}
    if isinstance(given, tuple | list):
        return [plain(each) for each in given]
    if hasattr(given, "detach"):
        return np.asarray(given.detach().numpy())
    return given


def same(a: Any, b: Any) -> bool:
    """Whether two plain things are equal, numbers of single precision to 1e-5."""
    if isinstance(b, np.ndarray) or isinstance(a, np.ndarray):
        a, b = np.asarray(a), np.asarray(b)
        return (
            a.shape == b.shape and a.dtype == b.dtype and bool(np.allclose(a, b, rtol=1e-5, atol=1e-6, equal_nan=True))
        )
    if isinstance(b, list):
        return isinstance(a, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return isinstance(a, dict) and list(a) == list(b) and all(same(a[key], b[key]) for key in b)
    if isinstance(b, float):
        return abs(a - b) <= 1e-6 + 1e-5 * abs(b)
    return bool(a == b)


def answered(expression: str) -> str:
    """Nothing where both give the same; else what is wrong."""
    import torch

    import tinygrad_fr

    theirs = value(torch, expression)
    try:
        ours = value(tinygrad_fr, expression)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "" if same(ours, theirs) else f"{ours} instead of {theirs}"


def main(table: str) -> None:
    """Print the share of uses that are answered, and what is not."""
    rows = [
        row
        for row in csv.DictReader(Path(table).read_text(encoding="utf-8").splitlines())
        if row["left_out"] in ("0", "")
    ]
    known = calls()
    whole = sum(int(row["uses"]) for row in rows)
    good, wrong, absent = 0, [], []
    for row in rows:
        if row["name"] not in known:
            absent.append(row)
            continue
        try:
            what = answered(known[row["name"]])
        except Exception as error:
            what = f"(PyTorch) {error}"
        if what:
            wrong.append((row, what))
        else:
            good += int(row["uses"])
    for row, what in wrong:
        print(f"{row['name']} ({row['uses']}): {what[:300]}")
    print("not called:", ", ".join(f"{row['name']} ({row['uses']})" for row in absent))
    print(f"{good} of {whole} uses: {100 * good / whole:.1f} %")


if __name__ == "__main__":
    main(sys.argv[1])
