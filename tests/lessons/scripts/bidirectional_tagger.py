"""A bidirectional LSTM that tags words, sentences sorted and packed by collate_fn, padding ignored by the loss."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

sentences = ["the dog runs", "a cat sees the dog", "dogs run", "the small cat runs", "a dog sees a cat", "cats see"]
tags = ["D N V", "D N V D N", "N V", "D A N V", "D N V D N", "N V"]
words = {"<pad>": 0}
for sentence in sentences:
    for word in sentence.split():
        words.setdefault(word, len(words))
kinds = {"<pad>": 0, "D": 1, "N": 2, "V": 3, "A": 4}


class Tagged(Dataset):
    def __len__(self):
        return len(sentences)

    def __getitem__(self, index):
        x = torch.tensor([words[w] for w in sentences[index].split()])
        y = torch.tensor([kinds[t] for t in tags[index].split()])
        return x, y


def collate(batch):
    batch.sort(key=lambda pair: len(pair[0]), reverse=True)
    xs, ys = zip(*batch)
    lengths = [len(x) for x in xs]
    return pad_sequence(xs, batch_first=True), pad_sequence(ys, batch_first=True), lengths


class Tagger(nn.Module):
    def __init__(self, vocabulary, width, hidden, outputs):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(hidden * 2, outputs)

    def forward(self, text, lengths):
        packed = pack_padded_sequence(self.embedding(text), lengths, batch_first=True, enforce_sorted=True)
        output, (hidden, cell) = self.lstm(packed)
        output, lengths = pad_packed_sequence(output, batch_first=True)
        return self.fc(output)


model = Tagger(len(words), 6, 8, len(kinds))
for i, (name, p) in enumerate(model.named_parameters()):
    nn.init.constant_(p, 0.05) if "bias" in name else p.data.copy_(
        torch.sin(torch.arange(p.numel()) * 1.19 + i).view_as(p) * 0.4
    )
criterion = nn.CrossEntropyLoss(ignore_index=0)
optimizer = torch.optim.NAdam(model.parameters(), lr=0.02)
loader = DataLoader(Tagged(), batch_size=3, shuffle=False, collate_fn=collate)
for epoch in range(8):
    total, right, count = 0.0, 0, 0
    for text, target, lengths in loader:
        logits = model(text, lengths)
        loss = criterion(logits.view(-1, logits.shape[-1]), target.view(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        kept = target != 0
        right += (logits.argmax(-1)[kept] == target[kept]).sum().item()
        count += int(kept.sum())
        total += loss.item()
    if epoch % 2:
        print(f"Epoch: {epoch + 1:02} | Loss: {total / len(loader):.4f} | Acc: {100 * right / count:.2f}%")
names = {v: k for k, v in kinds.items()}
x = torch.tensor([[words[w] for w in "a small dog runs".split()]])
print([names[i] for i in model(x, [4]).argmax(-1)[0].tolist()])
