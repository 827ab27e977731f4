# %% [markdown] lang="fr" id="title"
# # 21. Apportez votre script PyTorch
#
# **Ce que vous allez voir.** Une leçon trouvée ailleurs commence par `import torch`. Elle va tourner ici sans qu’une ligne change, afficher
# les nombres que PyTorch affiche, puis se laisser regarder : son graphe, avec les noms qu’elle donne, et le chemin de son gradient.
#
# **PyTorch n’est pas nécessaire** : ce paquet répond à sa place.
#
# **Prérequis.** Les tutoriels 3 et 12. **Durée.** 15 minutes.

# %% [markdown] lang="en" id="title"
# # 21. Bring your PyTorch script
#
# **What you will see.** A lesson found elsewhere starts with `import torch`. It is going to run here without a line being changed, print
# the numbers that PyTorch prints, and then let itself be looked at: its graph, by the names that it gives, and the way of its gradient.
#
# **PyTorch is not needed**: this package answers in its place.
#
# **Prerequisites.** Tutorials 3 and 12. **Time.** 15 minutes.

# %% id="imports"
import tempfile
from pathlib import Path

from tinygrad_fr.explain import flow
from tinygrad_fr.explain.levels.view import Distance, view
from tinygrad_fr.lessons.model import watch
from tinygrad_fr.lessons.names import missing
from tinygrad_fr.tutorials import check, say

place = tempfile.TemporaryDirectory()  # removed at the end
folder = Path(place.name)

# %% [markdown] lang="fr" id="lesson"
# ## Une leçon
#
# En voici une, comme on en trouve : une cellule récurrente lit des suites de cinq nombres et apprend à en prédire la somme. Nous l’écrivons
# dans un fichier, sans y toucher ensuite.

# %% [markdown] lang="en" id="lesson"
# ## A lesson
#
# Here is one, as one finds them: a recurrent cell reads sequences of five numbers and learns to predict their sum. We write it to a file,
# and do not touch it afterwards.

# %% id="lesson-code"
LESSON = """
import torch
from torch import nn

torch.manual_seed(0)


class Adder(nn.Module):
    def __init__(self):
        super().__init__()
        self.reader = nn.RNN(1, 8, batch_first=True)
        self.answer = nn.Linear(8, 1)

    def forward(self, numbers):
        states, last = self.reader(numbers)
        return self.answer(last[0])


model = Adder()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(60):
    numbers = torch.rand(32, 5, 1)
    sums = numbers.sum(1)
    loss = nn.functional.mse_loss(model(numbers), sums)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 20 == 0:
        print(f"epoch {epoch}: loss {loss.item():.4f}")
"""
lesson = folder / "adder.py"
_size = lesson.write_text(LESSON, encoding="utf-8")

# %% [markdown] lang="fr" id="run"
# **Prédisez.** Quelles lignes faut-il changer pour qu’elle tourne ici ?
#
# <details><summary>Réponse</summary>
#
# Aucune. Dans un terminal, `tinygrad-fr run adder.py` la lance : pour ce processus seul, `import torch` désigne ce paquet. Dans un notebook,
# `watch` fait de même, et garde la dernière rétropropagation.
#
# </details>

# %% [markdown] lang="en" id="run"
# **Predict.** Which lines have to change so that it runs here?
#
# <details><summary>Answer</summary>
#
# None. In a terminal, `tinygrad-fr run adder.py` runs it: for this process alone, `import torch` means this package. In a notebook,
# `watch` does the same, and keeps the last backward pass.
#
# </details>

# %% id="run-code"
seen = watch(lesson)

# %% [markdown] lang="fr" id="numbers"
# PyTorch 2.13 affiche, pour la même graine :
#
# ```text
# epoch 0: loss 5.0472
# epoch 20: loss 0.6253
# epoch 40: loss 0.3885
# ```
#
# Ce n’est pas un hasard : `manual_seed` tire ici les nombres que PyTorch tire, et les couches les reçoivent dans le même ordre.

# %% [markdown] lang="en" id="numbers"
# PyTorch 2.13 prints, for the same seed:
#
# ```text
# epoch 0: loss 5.0472
# epoch 20: loss 0.6253
# epoch 40: loss 0.3885
# ```
#
# This is no accident: `manual_seed` draws here the numbers that PyTorch draws, and the layers get them in the same order.

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 21.1
#
# Une leçon apprend de `n` lignes, par lots de `b`, pendant `e` époques, et appelle `loss.backward()` à chaque lot. Combien de
# rétropropagations y a-t-il ? C’est ce que compte `--call`.

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 21.1
#
# A lesson learns from `n` rows, in batches of `b`, for `e` epochs, and calls `loss.backward()` on each batch. How many backward passes are
# there? This is what `--call` counts.

# %% id="exercise-1-answer"
answer = ...  # lambda n, b, e: ...
check.exercise("21.1", answer)

# %% [markdown] lang="fr" id="look"
# ## La regarder
#
# Le graphe de la dernière rétropropagation porte les noms de la leçon : `model`, `reader`, `answer`, `sums`, `loss`.

# %% [markdown] lang="en" id="look"
# ## Look at it
#
# The graph of the last backward pass bears the names of the lesson: `model`, `reader`, `answer`, `sums`, `loss`.

# %% id="look-code"
view(seen.graph, Distance(zoom="module"))

# %% [markdown] lang="fr" id="flow"
# Et le tutoriel 12 s’applique à elle comme à un modèle du cours : que reste-t-il du gradient au premier nombre lu ?

# %% [markdown] lang="en" id="flow"
# And tutorial 12 applies to it as to a model of the course: what remains of the gradient at the first number that was read?

# %% id="flow-code"
way = flow(seen)
print(
    say(fr="norme au premier pas / au dernier :", en="norm at the first step / at the last:"),
    f"{way.h[0] / way.h[-1]:.1e}",
)
way

# %% [markdown] lang="fr" id="exercise-2"
# ### Exercice 21.2
#
# Une ligne manque : personne n’appelle `optimizer.zero_grad()`. Un poids reçoit à chaque passe le gradient `g`. Que vaut son `.grad` après
# `k` passes ?

# %% [markdown] lang="en" id="exercise-2"
# ### Exercise 21.2
#
# A line is missing: nobody calls `optimizer.zero_grad()`. A weight gets the gradient `g` in each pass. What is its `.grad` after `k`
# passes?

# %% id="exercise-2-answer"
answer = ...  # lambda g, k: ...
check.exercise("21.2", answer)

# %% [markdown] lang="fr" id="before"
# ## Avant de lancer
#
# Tout PyTorch n’est pas ici. `tinygrad-fr run --check adder.py` le dit sans rien exécuter, ligne par ligne ; en Python, c’est `missing`.

# %% [markdown] lang="en" id="before"
# ## Before it runs
#
# Not all of PyTorch is here. `tinygrad-fr run --check adder.py` says so without running anything, line by line; in Python it is `missing`.

# %% id="before-code"
print(missing(LESSON))
for each in missing("import torch\nimport torch.distributed\nx = torch.zeroes(3)\n"):
    print(each)

# %% [markdown] lang="fr" id="end"
# ## La vôtre
#
# ```sh
# tinygrad-fr run --check votre_script.py
# tinygrad-fr run votre_script.py --draw dessin.svg --flow flux.svg
# tinygrad-fr run votre_script.py --step
# ```
#
# Un notebook (`.ipynb`) se lance de la même façon. Et dans le vôtre, deux lignes suffisent avant `import torch` : `%load_ext tinygrad_fr`, puis
# `%tinygrad_fr torch`. Un script est du code : lisez-le avant de le lancer.

# %% [markdown] lang="en" id="end"
# ## Yours
#
# ```sh
# tinygrad-fr run --check your_script.py
# tinygrad-fr run your_script.py --draw drawing.svg --flow flow.svg
# tinygrad-fr run your_script.py --step
# ```
#
# A notebook (`.ipynb`) is run in the same way. And in yours, two lines are enough before `import torch`: `%load_ext tinygrad_fr`, then
# `%tinygrad_fr torch`. A script is code: read it before you run it.

# %% id="clean"
place.cleanup()
