"""A convolutional autoencoder: strided convolutions down, transposed ones up, denoising, a sparse penalty on the code."""

import torch
import torch.nn as nn
import torch.nn.functional as F

rows = torch.arange(16.0)
images = torch.stack([torch.outer(torch.sin(rows * 0.2 * (i + 1)), torch.cos(rows * 0.15 * (i + 2))) for i in range(8)])
images = (images.unsqueeze(1) + 1) / 2
noisy = (images + 0.1 * torch.sin(torch.arange(images.numel()) * 7.1).view_as(images)).clamp(0.0, 1.0)


class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(4, 6, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(6, 8, 4),
        )
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 6, 4), nn.ReLU(), nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1),
            nn.ReLU(), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(4, 1, 3, padding=1), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, x):
        code = self.encoder(x)
        return self.decoder(code), code


model = Autoencoder().float()
for i, p in enumerate(model.parameters()):
    p.data = torch.sin(torch.arange(p.numel()) * 0.97 + i).view(p.size()) * 0.25
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=1e-5)
milestones = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[6, 9], gamma=0.5)
for epoch in range(12):
    restored, code = model(noisy)
    reconstruction = F.binary_cross_entropy(restored, images)
    loss = reconstruction + 1e-3 * code.abs().mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    milestones.step()
    if epoch % 3 == 0:
        mse = F.mse_loss(restored.detach(), images)
        print(
            f"Epoch:{epoch + 1}, Loss:{loss.item():.4f}, PSNR:{-10 * torch.log10(mse):.4f}, lr:{milestones.get_last_lr()[0]}"
        )
print(tuple(code.shape), tuple(restored.shape), [f"{v:.4f}" for v in restored[0, 0, 3, :4].tolist()])
