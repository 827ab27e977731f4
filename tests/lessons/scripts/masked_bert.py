"""BERT in small: three embeddings, an encoder of PyTorch's own layers, masked words and next sentences learned together."""

import torch
import torch.nn as nn
import torch.nn.functional as F

PAD, CLS, SEP, MASK = 0, 1, 2, 3
sentences = torch.tensor(
    [
        [CLS, 4, 5, 6, SEP, 7, 8, SEP],
        [CLS, 5, 6, 7, SEP, 4, 9, SEP],
        [CLS, 9, 8, SEP, 6, 5, SEP, PAD],
        [CLS, 6, 7, SEP, 8, SEP, PAD, PAD],
    ]
)
segments = torch.cumsum((sentences == SEP).int(), dim=1).roll(1, dims=1).clamp(max=1)
segments[:, 0] = 0
following = torch.tensor([1, 0, 1, 0])
masked = sentences.clone()
places = torch.tensor([[2], [3], [1], [2]])
masked.scatter_(1, places, MASK)


class BERT(nn.Module):
    def __init__(self, words=10, width=16, heads=4, layers=2, longest=8):
        super().__init__()
        self.token = nn.Embedding(words, width, padding_idx=PAD)
        self.position = nn.Parameter(torch.zeros(1, longest, width))
        self.segment = nn.Embedding(2, width)
        layer = nn.TransformerEncoderLayer(width, heads, 32, dropout=0.0, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.mlm = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width), nn.Linear(width, words))
        self.nsp = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, tokens, segments):
        padding = tokens.eq(PAD)
        x = self.token(tokens) + self.position[:, : tokens.shape[1]] + self.segment(segments)
        x = self.encoder(x, src_key_padding_mask=padding)
        return self.mlm(x), self.nsp(x[:, 0])


model = BERT()
for i, (name, p) in enumerate(model.named_parameters()):
    if p.dim() > 1:
        p.data.copy_(torch.sin(torch.arange(p.numel()) * 0.77 + i).view(p.shape) * 0.25)
    elif name.endswith("bias"):
        p.data.zero_()
model.token.weight.data[PAD].zero_()
optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, eps=1e-4, weight_decay=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=8e-3, total_steps=21, pct_start=0.3)
for step in range(20):
    words, follows = model(masked, segments)
    rows = torch.arange(4).unsqueeze(1)
    mlm = F.cross_entropy(words[rows, places].squeeze(1), sentences.gather(1, places).squeeze(1))
    nsp = F.cross_entropy(follows, following)
    loss = mlm + nsp
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
    if step % 5 == 4:
        print(
            f"step {step + 1:02d} | loss {loss:.4f} | mlm {mlm:.4f} | nsp {nsp:.4f} | lr {scheduler.get_last_lr()[0]:.6f}"
        )
print(model.token.weight.grad[PAD].abs().sum().item() == 0.0, words.argmax(-1)[rows, places].flatten().tolist())
