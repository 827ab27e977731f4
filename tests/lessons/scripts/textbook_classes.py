"""A textbook's scaffold: Module, DataModule, Trainer with hyperparameters kept by inspection, and a LeNet of lazy layers."""

import inspect

import torch
from torch import nn
from torch.nn import functional as F


def add_to_class(Class):
    def wrapper(obj):
        setattr(Class, obj.__name__, obj)

    return wrapper


class HyperParameters:
    def save_hyperparameters(self, ignore=()):
        frame = inspect.currentframe().f_back
        _, _, _, values = inspect.getargvalues(frame)
        for key, value in values.items():
            if key not in {*ignore, "self"} and not key.startswith("_"):
                setattr(self, key, value)


class Module(nn.Module, HyperParameters):
    def loss(self, y_hat, y):
        return F.cross_entropy(y_hat.reshape((-1, y_hat.shape[-1])), y.reshape((-1,)))

    def forward(self, X):
        return self.net(X)

    def training_step(self, batch):
        return self.loss(self(*batch[:-1]), batch[-1])

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)

    def apply_init(self, inputs, init=None):
        self.forward(*inputs)
        if init is not None:
            self.net.apply(init)


class DataModule(HyperParameters):
    def __init__(self, batch_size=8):
        self.save_hyperparameters()
        grid = torch.arange(24 * 144).reshape(24, 1, 12, 12)
        self.y = torch.arange(24) % 4
        self.X = torch.sin(grid * 0.05 * (1 + self.y).reshape(-1, 1, 1, 1))

    def train_dataloader(self):
        dataset = torch.utils.data.TensorDataset(self.X, self.y)
        return torch.utils.data.DataLoader(dataset, self.batch_size, shuffle=False)


class Trainer(HyperParameters):
    def __init__(self, max_epochs, gradient_clip_val=0):
        self.save_hyperparameters()

    def fit(self, model, data):
        self.optim = model.configure_optimizers()
        for self.epoch in range(self.max_epochs):
            self.fit_epoch(model, data)

    def fit_epoch(self, model, data):
        model.train()
        losses = []
        for batch in data.train_dataloader():
            loss = model.training_step(batch)
            self.optim.zero_grad()
            with torch.no_grad():
                loss.backward()
                if self.gradient_clip_val > 0:
                    self.clip_gradients(self.gradient_clip_val, model)
                self.optim.step()
            losses.append(loss.detach().numpy())
        print(f"epoch {self.epoch + 1} loss {sum(losses) / len(losses):.4f}")


@add_to_class(Trainer)
def clip_gradients(self, grad_clip_val, model):
    params = [p for p in model.parameters() if p.requires_grad]
    norm = torch.sqrt(sum(torch.sum(p.grad**2) for p in params))
    if norm > grad_clip_val:
        for param in params:
            param.grad[:] *= grad_clip_val / norm


class LeNet(Module):
    def __init__(self, lr=0.1, num_classes=4):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(
            nn.LazyConv2d(4, kernel_size=5, padding=2), nn.Sigmoid(), nn.AvgPool2d(kernel_size=2, stride=2),
            nn.LazyConv2d(6, kernel_size=3), nn.Sigmoid(), nn.AvgPool2d(kernel_size=2, stride=2),
            nn.Flatten(), nn.LazyLinear(16), nn.Sigmoid(), nn.LazyLinear(num_classes),
        )  # fmt: skip

    def layer_summary(self, X_shape):
        X = torch.ones(*X_shape)
        for layer in self.net:
            X = layer(X)
            print(layer.__class__.__name__, "output shape:\t", tuple(X.shape))


def init(module):
    if type(module) in (nn.Linear, nn.Conv2d):
        w = module.weight
        w.data = torch.cos(torch.arange(w.numel()) * 0.77).reshape(w.shape) * (4 / w[0].numel()) ** 0.5
        module.bias.data.zero_()


model, data = LeNet(lr=0.8), DataModule()
model.apply_init([next(iter(data.train_dataloader()))[0]], init)
model.layer_summary((1, 1, 12, 12))
Trainer(max_epochs=5, gradient_clip_val=1).fit(model, data)
print(f"{model.net[-1].bias.data.norm():.4f} {F.softmax(model(data.X[:1]), dim=1).max().item():.4f}")
