"""nn.Transformer learns to turn a sequence around: sinusoidal positions, masks, label smoothing, the warm-up of the paper."""

import math

import torch
import torch.nn as nn

PAD, BOS, EOS, WORDS = 0, 1, 2, 9


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=20):
        super().__init__()
        self.dropout = nn.Dropout(p=0.0)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe, persistent=False)

    def forward(self, x):
        return self.dropout(x + self.pe[: x.size(0)])


class Seq2Seq(nn.Module):
    def __init__(self, d_model=16):
        super().__init__()
        self.d_model = d_model
        self.embed = nn.Embedding(WORDS, d_model)
        self.positions = PositionalEncoding(d_model)
        self.transformer = nn.Transformer(d_model, 2, 1, 1, 32, dropout=0.0)
        self.generator = nn.Linear(d_model, WORDS)

    def forward(self, src, tgt):
        tgt_mask = nn.Transformer.generate_square_subsequent_mask(tgt.size(0))
        pad = src.eq(PAD).t()
        src = self.positions(self.embed(src) * math.sqrt(self.d_model))
        tgt = self.positions(self.embed(tgt) * math.sqrt(self.d_model))
        out = self.transformer(src, tgt, tgt_mask=tgt_mask, src_key_padding_mask=pad, memory_key_padding_mask=pad)
        return self.generator(out)


model = Seq2Seq()
print("pe" in model.state_dict(), sum(b.numel() for b in model.buffers()))
for i, (name, p) in enumerate(model.named_parameters()):
    if p.dim() > 1:
        p.data = torch.sin(torch.arange(p.numel()) * 0.37 + i * i).reshape(p.shape) * (1.2 / math.sqrt(p.shape[-1]))
    elif "bias" in name:
        nn.init.zeros_(p)
src = torch.tensor([[3, 4, 5, 6], [6, 5, 4, PAD], [7, 8, 3, 4], [5, 3, PAD, PAD]]).t()
rows = [[6, 5, 4, 3, EOS], [4, 5, 6, EOS, PAD], [4, 3, 8, 7, EOS], [3, 5, EOS, PAD, PAD]]
target = torch.tensor(rows).t()
entry = torch.cat([torch.full((1, 4), BOS), target[:-1]])
criterion = nn.CrossEntropyLoss(ignore_index=PAD, label_smoothing=0.1)
optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5, nesterov=True)
rate = lambda step: 0.6 * min((step + 1) ** -0.5, (step + 1) * 8**-1.5)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
for step in range(16):
    logits = model(src, entry)
    loss = criterion(logits.reshape(-1, WORDS), target.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
    if step % 5 == 0:
        print(f"{step} {loss.item():.4f} {scheduler.get_last_lr()[0]:.5f}")
model.eval()
tokens = torch.full((1, 1), BOS)
for _ in range(4):
    out = model(src[:, :1], tokens)
    tokens = torch.cat([tokens, out[-1].argmax(-1, keepdim=True)])
print(tokens.flatten().tolist())
