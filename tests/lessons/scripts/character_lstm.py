"""A stateful character LSTM: hidden state kept between chunks and detached, gradients clipped, text sampled greedily."""

import torch
from torch import nn
from torch.nn import functional as F

text = "hello world, hello there, hello again. " * 4
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
itos = {i: c for c, i in stoi.items()}
data = torch.tensor([stoi[c] for c in text], dtype=torch.long)


class CharLSTM(nn.Module):
    def __init__(self, vocab, embed=8, hidden=16, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, embed)
        self.lstm = nn.LSTM(embed, hidden, layers, batch_first=True)
        self.decoder = nn.Linear(hidden, vocab)
        self.hidden, self.layers = hidden, layers

    def forward(self, x, state):
        out, state = self.lstm(self.embed(x), state)
        return self.decoder(out.reshape(out.size(0) * out.size(1), out.size(2))), state

    def start(self, batch):
        weight = next(self.parameters())
        return (weight.new_zeros(self.layers, batch, self.hidden), weight.new_zeros(self.layers, batch, self.hidden))


model = CharLSTM(len(chars))
with torch.no_grad():
    for i, p in enumerate(model.parameters()):
        p.copy_(torch.sin(torch.arange(p.numel(), dtype=torch.float) * 2.1 + i * 0.5).reshape(p.shape) * 0.3)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
batch, seq = 3, 10
rows = data[: batch * (len(data) // batch)].view(batch, -1)
for epoch in range(5):
    state = model.start(batch)
    losses = []
    for i in range(0, rows.size(1) - seq, seq):
        inputs, targets = rows[:, i : i + seq], rows[:, i + 1 : i + 1 + seq]
        state = tuple(s.detach() for s in state)
        logits, state = model(inputs, state)
        loss = F.cross_entropy(logits, targets.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), max_norm=0.5)
        optimizer.step()
        losses.append(loss.item())
    mean = sum(losses) / len(losses)
    print(f"epoch {epoch} loss {mean:.4f} perplexity {torch.exp(torch.tensor(mean)):.3f} norm {norm:.4f}")
model.eval()
with torch.no_grad():
    state, word, said = model.start(1), torch.tensor([[stoi["h"]]]), ["h"]
    for _ in range(12):
        logits, state = model(word, state)
        word = logits.argmax(dim=-1, keepdim=True)
        said.append(itos[word.item()])
print("".join(said))
