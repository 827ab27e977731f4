"""A bidirectional LSTM that adds up sequences of different lengths, packed."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

rows = [torch.sin(torch.arange(n) * 0.9 + n).unsqueeze(1) for n in (7, 5, 5, 2)]
lengths = torch.tensor([len(row) for row in rows])
target = torch.stack([row.sum() for row in rows]).unsqueeze(1)
batch = pad_sequence(rows, batch_first=True)


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 6, num_layers=2, batch_first=True, bidirectional=True)
        self.head = nn.Linear(12, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True)
        out, (h, _c) = self.lstm(packed)
        out, _ = pad_packed_sequence(out, batch_first=True)
        return self.head(torch.cat([h[-2], h[-1]], dim=1)), out


model = Adder()
for i, (name, p) in enumerate(model.named_parameters()):
    p.data = torch.cos(torch.arange(p.numel()) * 0.37 + i).reshape(p.shape) * 0.3
    if "bias_hh" in name:
        hidden = p.size(0) // 4
        p.data[hidden : 2 * hidden].fill_(1.0)
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)
for step in range(15):
    answer, out = model(batch, lengths)
    loss = nn.functional.smooth_l1_loss(answer, target)
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    if step % 3 == 0:
        print(f"step {step}: loss {loss:.5f}, norm {float(norm):.5f}, {tuple(out.shape)}")
