"""A GAN on points of a ring: two optimizers, labels smoothed, generator and discriminator in turn; noise by arithmetic."""

import torch
import torch.nn as nn


def noise(step, rows=16, width=4):
    return torch.sin(torch.arange(rows * width).float() * 12.9898 + step * 78.233).view(rows, width) * 1.5


def real(step, rows=16):
    angle = torch.arange(rows) * 0.39 + step
    return torch.stack((angle.cos(), angle.sin()), dim=1) + 0.05 * noise(step + 100, rows, 2)


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(nn.Linear(4, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(True), nn.Linear(16, 2))

    def forward(self, z):
        return self.main(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        self.main = nn.Sequential(
            nn.Linear(2, 16),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Linear(16, 8),
            nn.LeakyReLU(0.2),
            nn.Linear(8, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.main(x).view(-1)


netG, netD = Generator(), Discriminator()
for net in (netG, netD):
    for i, p in enumerate(net.parameters()):
        if p.dim() == 2:
            p.data = torch.cos(torch.arange(p.numel()) * 0.83 + i).reshape(p.size()) * 0.5
        elif not isinstance(net, Generator) or i == 4:
            p.data.fill_(0.01)
criterion = nn.BCELoss()
optimizerD = torch.optim.Adam(netD.parameters(), lr=0.01, betas=(0.5, 0.999))
optimizerG = torch.optim.Adam(netG.parameters(), lr=0.01, betas=(0.5, 0.999))
fixed = noise(-1)
for step in range(20):
    netD.zero_grad()
    label = torch.full((16,), 0.9)
    output = netD(real(step))
    errD_real = criterion(output, label)
    errD_real.backward()
    D_x = output.mean().item()
    fake = netG(noise(step))
    label.fill_(0.0)
    output = netD(fake.detach())
    errD_fake = criterion(output, label)
    errD_fake.backward()
    errD = errD_real + errD_fake
    optimizerD.step()
    netG.zero_grad()
    label.fill_(1.0)
    output = netD(fake)
    errG = criterion(output, label)
    errG.backward()
    optimizerG.step()
    if step % 4 == 0:
        print(
            "[%d] Loss_D: %.4f Loss_G: %.4f D(x): %.4f D(G(z)): %.4f"
            % (step, errD.item(), errG.item(), D_x, output.mean().item())
        )
netG.eval()
with torch.no_grad():
    print([f"{value:.4f}" for value in netG(fixed)[:2].flatten().tolist()])
