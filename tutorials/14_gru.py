# %% [markdown] lang="fr" id="title"
# # 14. GRU, et ses deux conventions
#
# **Ce que vous allez voir.** La même idée que le LSTM, avec deux portes au lieu de trois et une seule mémoire. Puis un piège bien réel :
# le GRU du cours et celui de PyTorch ne sont pas tout à fait le même. Vous trouverez ce qui change de nom, ce qui change vraiment, et
# comment passer de l’un à l’autre.
#
# **Prérequis.** Le tutoriel 13. **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 14. GRU, and its two conventions
#
# **What you will see.** The same idea as the LSTM, with two gates instead of three and a single memory. Then a very real trap: the
# course’s GRU and PyTorch’s are not quite the same. You will find what only changes its name, what really changes, and how to go from
# one to the other.
#
# **Prerequisites.** Tutorial 13. **Time.** 20 minutes.

# %% id="imports"
from dataclasses import replace

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import flow_diagram, heat_diagram
from tinygrad_fr.explain import flow, gates, observed
from tinygrad_fr.locale import number
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import built, train
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="idea"
# ## Un seul robinet pour garder et pour écrire
#
# Dans un LSTM, oublier et écrire sont deux décisions, $f$ et $i$. Le GRU les lie : ce qu’on écrit prend la place de ce qu’on oublie. Une
# porte $z$, dite de *mise à jour*, règle le mélange :
#
# $$h_t = (1 - z_t) * h_{t-1} + z_t * \tilde h_t$$
#
# Plus de cellule $C$ séparée : **la route, c’est $h$ elle-même**, et le robinet de la route est $1 - z$.
#
# **Prédisez.** Quelle valeur de $z$ garde tout ? Et l’état peut-il grandir sans limite, comme la cellule $C$ d’un LSTM ?

# %% [markdown] lang="en" id="idea"
# ## One tap to keep and to write
#
# In an LSTM forgetting and writing are two decisions, $f$ and $i$. The GRU ties them: what is written takes the place of what is
# forgotten. One gate $z$, called *update*, sets the mixture:
#
# $$h_t = (1 - z_t) * h_{t-1} + z_t * \tilde h_t$$
#
# No separate cell $C$ any more: **the road is $h$ itself**, and the road’s tap is $1 - z$.
#
# **Predict.** What value of $z$ keeps everything? And can the state grow without limit, as the cell $C$ of an LSTM can?

# %% id="idea-code"
h_before, candidate = 0.8, -0.5
for z in (0.0, 0.25, 0.5, 1.0):
    print(f"z = {z:.2f}:  h = {(1 - z) * h_before + z * candidate:+.3f}")

# %% [markdown] lang="fr" id="equations"
# <details><summary>Réponse</summary>
#
# $z = 0$ garde tout (c’est l’inverse de $f$ !), $z = 1$ remplace tout. Et $h_t$ reste toujours *entre* $h_{t-1}$ et $\tilde h_t$ ; le
# candidat étant un $\tanh$, l’état ne quitte jamais $[-1, 1]$. Une cellule de LSTM, elle, peut additionner $1 + 1 + 1 + \dots$
#
# </details>
#
# ## Les quatre équations
#
# $$\begin{aligned}
# z_t &= \sigma(W_z\cdot[h_{t-1}, x_t] + b_z) &\quad& \text{porte de mise à jour} \\
# r_t &= \sigma(W_r\cdot[h_{t-1}, x_t] + b_r) && \text{porte de réinitialisation} \\
# \tilde h_t &= \tanh(W\cdot[r_t * h_{t-1}, x_t] + b) && \text{candidat} \\
# h_t &= (1 - z_t) * h_{t-1} + z_t * \tilde h_t && \text{état caché}
# \end{aligned}$$
#
# La seconde porte, $r$, dit ce que le candidat lit du passé : $r = 0$, et il repart de la seule entrée. Écrivons ces lignes et comparons
# avec `nn.GRUCell(…, convention="course")`.

# %% [markdown] lang="en" id="equations"
# <details><summary>Answer</summary>
#
# $z = 0$ keeps everything (the opposite of $f$!), $z = 1$ replaces everything. And $h_t$ always stays *between* $h_{t-1}$ and
# $\tilde h_t$; since the candidate is a $\tanh$, the state never leaves $[-1, 1]$. The cell of an LSTM can add $1 + 1 + 1 + \dots$
#
# </details>
#
# ## The four equations
#
# $$\begin{aligned}
# z_t &= \sigma(W_z\cdot[h_{t-1}, x_t] + b_z) &\quad& \text{update gate} \\
# r_t &= \sigma(W_r\cdot[h_{t-1}, x_t] + b_r) && \text{reset gate} \\
# \tilde h_t &= \tanh(W\cdot[r_t * h_{t-1}, x_t] + b) && \text{candidate} \\
# h_t &= (1 - z_t) * h_{t-1} + z_t * \tilde h_t && \text{hidden state}
# \end{aligned}$$
#
# The second gate, $r$, says what the candidate reads of the past: with $r = 0$ it starts again from the input alone. Let us write these
# lines and compare with `nn.GRUCell(…, convention="course")`.

# %% id="four-lines"
tg.manual_seed(0)
cell = nn.GRUCell(2, 3, convention="course")
W_r, W_z, W_h = tg.cat([cell.weight_hh, cell.weight_ih], 1).chunk(3)  # kept one under the other, in this order
b_r, b_z, b = (cell.bias_hh + cell.bias_ih).chunk(3)


def gru(x, h):
    hx = tg.cat([h, x])
    z = (W_z @ hx + b_z).sigmoid()
    r = (W_r @ hx + b_r).sigmoid()
    new = (W_h @ tg.cat([r * h, x]) + b).tanh()
    return (1 - z) * h + z * new


x, h = tg.randn(2), 0.5 * tg.randn(3)
print(
    gru(x, h).detach().numpy().round(4),
    say(fr="écart :", en="difference:"),
    f"{float((gru(x, h) - cell(x, h)).abs().max()):.0e}",
)

# %% [markdown] lang="fr" id="picture"
# ## La cellule
#
# La route noire porte $h$. Le robinet bleu est actionné deux fois par la même porte : par $1 - z$ sur la route, par $z$ sur le candidat.
# La porte verte, $r$, n’est pas sur la route : elle ne règle que ce que lit le candidat.

# %% [markdown] lang="en" id="picture"
# ## The cell
#
# The black road bears $h$. One gate turns two blue taps: $1 - z$ on the road, $z$ on the candidate. The green gate, $r$, is not on the
# road: it only sets what the candidate reads.

# %% id="picture-code"
model = Catalogue().load("gru")
settings = replace(model.settings, reading="order", steps=50, hidden=16)
gates(observed(model, replace(settings, steps=3, hidden=2)))

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 14.1
#
# Comment $z$ apprend-elle ? Avec $z = \sigma(a)$ et $h_t = (1 - z)\,h_{t-1} + z\,\tilde h_t$, écrivez $\partial L/\partial a$ en fonction de
# `dh` ($\partial L/\partial h_t$), `h` ($h_{t-1}$), `new` ($\tilde h_t$) et `z`.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 14.1
#
# How does $z$ learn? With $z = \sigma(a)$ and $h_t = (1 - z)\,h_{t-1} + z\,\tilde h_t$, write $\partial L/\partial a$ as a function of `dh`
# ($\partial L/\partial h_t$), `h` ($h_{t-1}$), `new` ($\tilde h_t$) and `z`.

# %% id="exercise-1-answer"
answer = ...  # lambda dh, h, new, z: ...
check.exercise("14.1", answer)

# %% [markdown] lang="fr" id="flow"
# ## La route, ouverte ou fermée
#
# Le GRU n’a pas de « biais d’oubli », mais il a $b_z$, et c’est la même chose, à l’envers.
#
# **Prédisez.** Pour que le gradient aille loin, faut-il $b_z = -3$ ou $b_z = 3$ ?

# %% [markdown] lang="en" id="flow"
# ## The road, open or closed
#
# The GRU has no “forget bias”, but it has $b_z$, and that is the same thing, upside down.
#
# **Predict.** For the gradient to go far, should it be $b_z = -3$ or $b_z = 3$?


# %% id="flow-code"
def with_update_bias(value):
    """A new GRU whose update gate starts with this bias."""
    module = built(model, settings, seed=0)
    biases = np.array(module.cell.bias_ih_l0.detach())
    biases[settings.hidden : 2 * settings.hidden] = value
    module.cell.bias_ih_l0.data = biases
    return module


flow_diagram([flow(observed(model, settings, module=with_update_bias(b)), f"b_z = {number(b)}") for b in (3, 0, -3)])

# %% [markdown] lang="fr" id="training"
# <details><summary>Réponse</summary>
#
# $b_z = -3$ : $z \approx 0{,}05$, donc chaque pas garde $1 - z \approx 0{,}95$. Avec $b_z = 3$, le GRU réécrit tout à chaque pas, et se
# comporte en RNN.
#
# </details>
#
# ## Trois réseaux, cinquante lettres
#
# Le même exercice de mémoire que dans les tutoriels 11 à 13.

# %% [markdown] lang="en" id="training"
# <details><summary>Answer</summary>
#
# $b_z = -3$: $z \approx 0.05$, so each step keeps $1 - z \approx 0.95$. With $b_z = 3$ the GRU writes everything again at each step, and
# behaves as an RNN.
#
# </details>
#
# ## Three networks, fifty letters
#
# The same exercise of memory as in tutorials 11 to 13.

# %% id="training-code"
for name, special in (("rnn", {}), ("lstm", {"forget_bias": 3.0}), ("gru", {})):
    each = Catalogue().load(name)
    its_settings = replace(each.settings, reading="order", steps=50, hidden=16, **special)
    run = train(each, its_settings)
    learned = sum(p.numel() for p in run.module.cell.parameters())
    print(
        f"{name:5} {100 * run.score:4.0f} %",
        say(fr="paramètres de la cellule :", en="parameters of the cell:"),
        learned,
    )
trained = run.module

# %% [markdown] lang="fr" id="count"
# **Prédisez** (sans regarder le code) : pourquoi ces nombres de paramètres sont-ils dans le rapport 1 : 4 : 3 ?
#
# <details><summary>Réponse</summary>
#
# Chaque porte et chaque candidat est un petit réseau de la taille d’un RNN. Le LSTM en a quatre ($f, i, \tilde C, o$), le GRU trois
# ($z, r, \tilde h$). Ici le GRU fait aussi bien que le LSTM pour un quart de moins ; ce n’est pas une loi, d’autres tâches préfèrent le
# LSTM.
#
# </details>

# %% [markdown] lang="en" id="count"
# **Predict** (without looking at the code): why are these numbers of parameters as 1 : 4 : 3?
#
# <details><summary>Answer</summary>
#
# Each gate and each candidate is a small network of the size of an RNN. The LSTM has four ($f, i, \tilde C, o$), the GRU three ($z, r,
# \tilde h$). Here the GRU does as well as the LSTM for a quarter less; that is no law, other tasks prefer the LSTM.
#
# </details>

# %% id="gates-code"
heat_diagram(
    [gates(observed(model, settings)), gates(observed(model, settings, module=trained))],
    [say(fr="avant", en="before"), say(fr="après l’entraînement", en="after training")],
)

# %% [markdown] lang="fr" id="touch"
# Regardez $z$ après l’entraînement : des rangées pâles (ces unités gardent), et deux colonnes foncées qui les coupent. Ce sont les deux
# majuscules : on n’écrit que lorsqu’il y a quelque chose à retenir.
#
# Voici une page qui calcule, pour un GRU qui n’a rien appris : déplacez le biais de $z$, et voyez $h$ se figer ou se refaire à chaque pas. Pointez
# une unité d’une carte pour lire ses équations avec ses nombres.

# %% [markdown] lang="en" id="touch"
# Look at $z$ after training: pale rows (these units keep), and two dark columns that cut across them. These are the two capitals: one
# writes only when there is something to keep.
#
# Here is a page that computes, for a GRU that has learned nothing: move the bias of $z$, and see $h$ freeze, or be made anew at each step. Point at
# a unit of a map to read its equations with its numbers.

# %% id="touch-code"
touch.gates("gru", hidden=8, steps=30)

# %% [markdown] lang="fr" id="conventions"
# ## Deux GRU sous le même nom
#
# Voici ce que calcule PyTorch (et donc `nn.GRUCell` sans `convention`) :
#
# $$\begin{aligned}
# \tilde h_t &= \tanh\big(W_x x_t + b_x + r_t * (W_h h_{t-1} + b_h)\big) \\
# h_t &= (1 - z_t) * \tilde h_t + z_t * h_{t-1}
# \end{aligned}$$
#
# **Prédisez.** Deux choses diffèrent des équations du cours. Lesquelles ? L’une des deux est-elle sans importance ?
#
# Donnons les *mêmes* poids aux deux.

# %% [markdown] lang="en" id="conventions"
# ## Two GRUs under one name
#
# Here is what PyTorch computes (and so `nn.GRUCell` without `convention`):
#
# $$\begin{aligned}
# \tilde h_t &= \tanh\big(W_x x_t + b_x + r_t * (W_h h_{t-1} + b_h)\big) \\
# h_t &= (1 - z_t) * \tilde h_t + z_t * h_{t-1}
# \end{aligned}$$
#
# **Predict.** Two things differ from the course’s equations. Which? Is one of them of no importance?
#
# Let us give the *same* weights to both.


# %% id="same-weights"
def pair(units, exchange_z=False, no_inner_bias=False):
    """A step of the course's GRU and of PyTorch's, of the same weights, or with those of z negated for PyTorch."""
    tg.manual_seed(0)
    course, torch = nn.GRUCell(2, units, convention="course"), nn.GRUCell(2, units)
    rows = np.arange(3 * units) // units  # 0 for r, 1 for z, 2 for the candidate
    if no_inner_bias:
        course.bias_hh.data = np.where(rows == 2, 0.0, np.array(course.bias_hh.detach()))
    for mine, theirs in zip(course.parameters(), torch.parameters(), strict=True):
        sign = np.where((rows == 1) & exchange_z, -1.0, 1.0)
        theirs.data = np.array(mine.detach()) * (sign[:, None] if mine.ndim == 2 else sign)
    x, h = tg.randn(2), 0.5 * tg.randn(units)
    return course(x, h).detach().numpy().round(4), torch(x, h).detach().numpy().round(4)


for units in (1, 3):
    for changes in ({}, {"exchange_z": True}, {"exchange_z": True, "no_inner_bias": True}):
        ours, theirs = pair(units, **changes)
        sign = "=" if np.allclose(ours, theirs) else "≠"
        print(say(fr="cours", en="course"), f"{ours} {sign} PyTorch {theirs}  ", *changes)

# %% [markdown] lang="fr" id="conventions-read"
# <details><summary>Réponse</summary>
#
# 1. **$z$ et $1 - z$ sont échangés.** Sans importance : comme $\sigma(-a) = 1 - \sigma(a)$, il suffit de changer le signe de $W_z$ et
#    $b_z$. Mais attention en lisant une image : chez PyTorch, $z = 1$ *garde*.
# 2. **$r$ agit après le produit matriciel**, et sur son biais. Cela, c’est une vraie différence. Avec une seule unité et sans ce biais,
#    $r\,(w\,h) = w\,(r\,h)$ et les deux coïncident ; avec trois unités, $r * (W h) \ne W (r * h)$, et aucun changement de poids ne
#    rattrape l’écart en général.
#
# </details>
#
# Pourquoi PyTorch a-t-il choisi cela ? Pour la vitesse : $W_h h_{t-1}$ ne dépend plus de $r_t$, donc les trois produits matriciels d’un
# pas se font en un seul. À l’usage, les deux apprennent aussi bien. Un modèle entraîné avec l’une ne se lit pas avec l’autre :
# `tinygrad-fr gates gru --set convention=torch` montre la seconde.
#
# ### Exercice 14.2
#
# La porte du cours est $z = \sigma(a)$. Quelle préactivation faut-il donner à PyTorch pour que $h_t$ soit le même ? Une fonction de `a`.

# %% [markdown] lang="en" id="conventions-read"
# <details><summary>Answer</summary>
#
# 1. **$z$ and $1 - z$ are exchanged.** Of no importance: since $\sigma(-a) = 1 - \sigma(a)$, it is enough to change the sign of $W_z$ and
#    $b_z$. But mind it when you read a picture: in PyTorch $z = 1$ *keeps*.
# 2. **$r$ acts after the matrix product**, and on its bias. That is a real difference. With one unit and without this bias,
#    $r\,(w\,h) = w\,(r\,h)$ and the two agree; with three units $r * (W h) \ne W (r * h)$, and no change of weights makes up for it in general.
#
# </details>
#
# Why did PyTorch choose this? For speed: $W_h h_{t-1}$ no longer depends on $r_t$, so the three matrix products of a step are done as
# one. In use, both learn as well. A model that was trained with one cannot be read with the other: `tinygrad-fr gates gru --set
# convention=torch` shows the second.
#
# ### Exercise 14.2
#
# The course’s gate is $z = \sigma(a)$. What pre-activation must PyTorch be given for $h_t$ to be the same? A function of `a`.

# %% id="exercise-2-answer"
answer = ...  # lambda a: ...
check.exercise("14.2", answer)

# %% [markdown] lang="fr" id="summary"
# ## À retenir
#
# | | RNN | LSTM | GRU |
# |---|---|---|---|
# | mémoire | $h$ | $C$, et $h$ qui la montre | $h$ |
# | d’un pas au suivant | $\times\,\mathrm{diag}(\sigma')W_{hh}$ | $\times\, f_t$ | $\times\,(1 - z_t)$ |
# | portes | aucune | oubli, entrée, sortie | mise à jour, réinitialisation |
# | taille de la cellule | 1 | 4 | 3 |
#
# ## Pour aller plus loin
#
# - `tinygrad-fr flow rnn lstm gru --set reading=pixels -o flow.svg` : les trois, sur un chiffre lu pixel par pixel.
# - `tinygrad-fr gates gru --set reading=order --compare -o gru.svg` : les portes avant et après.
# - `tinygrad-fr diff gru gru:convention=torch -o diff.svg` : les deux conventions dans une même image.
# - `tinygrad-fr gates gru --steps 30 -o portes.html` : une page qui calcule ; pointez une unité, et lisez ses équations.
#
# La suite : **15. Profondeur**, où le temps devient des couches.

# %% [markdown] lang="en" id="summary"
# ## What to remember
#
# | | RNN | LSTM | GRU |
# |---|---|---|---|
# | memory | $h$ | $C$, and $h$ that shows it | $h$ |
# | from one step to the next | $\times\,\mathrm{diag}(\sigma')W_{hh}$ | $\times\, f_t$ | $\times\,(1 - z_t)$ |
# | gates | none | forget, input, output | update, reset |
# | size of the cell | 1 | 4 | 3 |
#
# ## Going further
#
# - `tinygrad-fr flow rnn lstm gru --set reading=pixels -o flow.svg`: the three, on a digit read pixel by pixel.
# - `tinygrad-fr gates gru --set reading=order --compare -o gru.svg`: the gates before and after.
# - `tinygrad-fr diff gru gru:convention=torch -o diff.svg`: the two conventions in one picture.
# - `tinygrad-fr gates gru --steps 30 -o gates.html`: a page that computes; point at a unit, and read its equations.
#
# Next: **15. Depth**, where time becomes layers.
