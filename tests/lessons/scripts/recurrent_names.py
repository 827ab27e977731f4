"""A character-level RNN of the classic tutorial: one letter after the other, hidden state carried by hand, plain SGD."""

import string

import torch
import torch.nn as nn

letters = string.ascii_lowercase + " '"
names = {"fr": ["dupont", "moreau", "leroy"], "it": ["rossi", "bianchi", "ricci"], "jp": ["sato", "suzuki", "ito"]}
categories = list(names)


def line_to_tensor(line):
    tensor = torch.zeros(len(line), 1, len(letters))
    for i, letter in enumerate(line):
        tensor[i][0][letters.find(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        return self.softmax(self.h2o(hidden)), hidden

    def init_hidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = RNN(len(letters), 12, len(categories))
for i, p in enumerate(rnn.parameters()):
    p.data = torch.sin(torch.arange(p.numel()) * 1.7 + i).view(p.size()) * 0.4
criterion = nn.NLLLoss()


def train(category_tensor, line_tensor, learning_rate=0.05):
    hidden = rnn.init_hidden()
    rnn.zero_grad()
    for i in range(line_tensor.size()[0]):
        output, hidden = rnn(line_tensor[i], hidden)
    loss = criterion(output, category_tensor)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    return output, loss.item()


for epoch in range(12):
    current = 0
    for j in range(3):
        for index, category in enumerate(categories):
            output, loss = train(torch.tensor([index], dtype=torch.long), line_to_tensor(names[category][j]))
            current += loss
    if epoch % 2 == 1:
        top_n, top_i = output.topk(1)
        print(f"{epoch + 1} {current / 9:.4f} {categories[top_i[0].item()]} {top_n[0].item():.4f}")


def predict(line, n=2):
    with torch.no_grad():
        hidden = rnn.init_hidden()
        for i in range(len(line)):
            output, hidden = rnn(line_to_tensor(line)[i], hidden)
        values, places = output.topk(n, 1, True)
        for i in range(n):
            print("(%.3f) %s" % (values[0][i].item(), categories[places[0][i].item()]))


predict("bellini")
predict("sakata")
