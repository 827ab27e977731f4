# %% [markdown] lang="fr" id="title"
# # 20. Sous le capot
#
# **Ce que vous allez voir.** Ce que le moteur note à chaque opération, et ce que cela coûte. Pourquoi un tableau de soixante nombres
# et un tableau d’un million ne se paient pas pareil. Puis `compile` : un pas noté une fois, et refait sans rien noter, avec les mêmes
# nombres.
#
# **Prérequis.** Les tutoriels 1 et 5. **Durée.** 20 minutes.

# %% [markdown] lang="en" id="title"
# # 20. Under the hood
#
# **What you will see.** What the engine writes down at each operation, and what that costs. Why an array of sixty numbers and one of a
# million are not paid for alike. Then `compile`: a step written down once, and done again without writing anything, with the same numbers.
#
# **Prerequisites.** Tutorials 1 and 5. **Time.** 20 minutes.

# %% id="imports"
import time
import warnings
from importlib import import_module

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import Graph, nn, optim
from tinygrad_fr.explain import Distance, view
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="record"
# ## L’enregistrement
#
# Il n’y a qu’une structure dans le moteur : un nœud par opération, avec sa valeur, ses entrées, son module et la ligne qui l’a lancé.
# Le retour, les diagrammes, les pas à pas lisent tous cette liste.

# %% [markdown] lang="en" id="record"
# ## The record
#
# There is but one structure in the engine: one node per operation, with its value, its inputs, its module and the line that ran it.
# Backpropagation, the diagrams and the steps all read this list.

# %% id="record-code"
x = tg.tensor([[1.0, 2.0]], requires_grad=True, name="x")
loss = (x * 3).tanh().sum()
for node in Graph.of(loss).nodes:
    print(f"{node.id}  {node.op.name if node.op else '–':6s} {node.inputs}  {node.site.where if node.site else ''}")

# %% [markdown] lang="fr" id="cost"
# ## Ce que coûte un nœud
#
# **Prédisez.** On multiplie deux tableaux de 64 nombres, puis deux tableaux d’un million. Combien de fois plus long ?

# %% [markdown] lang="en" id="cost"
# ## What a node costs
#
# **Predict.** One multiplies two arrays of 64 numbers, then two of a million. How many times longer?


# %% id="cost-code"
def microseconds(run, times=200):
    """The median time of one call."""
    run()
    found = []
    for _each in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return 1e6 * float(np.median(found))


for size in (64, 1_000_000):
    a = tg.randn(size, requires_grad=True)
    b = a.detach().numpy()
    print(
        f"{size:9,d}   numpy {microseconds(lambda b=b: b * b):8.1f} µs   tinygrad_fr {microseconds(lambda a=a: a * a):8.1f} µs"
    )

# %% [markdown] lang="fr" id="passes"
# <details><summary>Réponse</summary>
#
# Bien moins que 15 625 fois : sur 64 nombres, presque tout le temps est celui de Python qui appelle, vérifie et note. Sur un million,
# c’est celui de la mémoire, et l’enregistrement ne se voit plus.
#
# </details>
#
# ## Un seul passage
#
# Sur de grands tableaux, calculer n’est pas ce qui coûte : c’est **lire et écrire**. numpy fait une opération après l’autre, et chacune
# relit tout.
#
# ### Exercice 20.1
#
# `k` opérations d’une variable, l’une après l’autre, sur `n` nombres : chacune lit ses nombres et écrit les siens. Combien de
# lectures et d’écritures de trop, par rapport à un seul passage qui fait les `k` opérations sur chaque nombre ? Une fonction de `n` et `k`.

# %% [markdown] lang="en" id="passes"
# <details><summary>Answer</summary>
#
# Far less than 15 625 times: on 64 numbers almost all the time is Python’s, which calls, checks and writes down. On a million it is the
# memory’s, and the record is not seen any more.
#
# </details>
#
# ## A single pass
#
# On large arrays it is not computing that costs: it is **reading and writing**. numpy does one operation after the other, and each reads
# everything again.
#
# ### Exercise 20.1
#
# `k` operations of one variable, one after the other, on `n` numbers: each reads its numbers and writes its own. How many reads and
# writes too many, compared with a single pass that does the `k` operations on each number? A function of `n` and `k`.

# %% id="exercise-1-answer"
answer = ...  # lambda n, k: ...
check.exercise("20.1", answer)

# %% [markdown] lang="fr" id="kernel"
# Le moteur écrit donc lui-même la boucle : le texte d’une opération (tutoriel 6) devient une fonction que numba compile pour votre
# processeur, la première fois qu’un grand tableau la demande. GELU, ici, en un passage au lieu de six :

# %% [markdown] lang="en" id="kernel"
# So the engine writes the loop itself: the text of an operation (tutorial 6) becomes a function that numba compiles for your processor, the
# first time that a large array asks for it. GELU, here, in one pass instead of six:

# %% id="kernel-code"
a = tg.randn(1_000_000)
b = a.detach().numpy()


def passes():
    return 0.5 * b * (1 + np.tanh(np.sqrt(2 / np.pi) * (b + 0.044715 * b * b * b)))


print(
    f"numpy {microseconds(passes, 20):8.0f} µs   tinygrad_fr {microseconds(lambda: F.gelu(a, approximate='tanh'), 20):8.0f} µs"
)
print(
    say(fr="écart :", en="difference:"), f"{abs(F.gelu(a, approximate='tanh').detach().numpy() - passes()).max():.0e}"
)

# %% [markdown] lang="fr" id="compile"
# ## Noter une fois, refaire mille fois
#
# Un entraînement refait toujours le même pas. `compile` le note une fois, puis en fait un programme : ce qui ne sert pas est
# retiré, ce qui est calculé deux fois ne l’est plus qu’une, les suites d’opérations terme à terme deviennent une boucle, et la
# mémoire est partagée. **Prédisez** de combien c’est plus rapide sur un petit réseau, et de combien les nombres diffèrent.

# %% [markdown] lang="en" id="compile"
# ## Write down once, do again a thousand times
#
# A training does the same step again and again. `compile` writes it down once, then makes a program of it: what serves nothing is taken
# out, what is computed twice is computed once, runs of element-wise operations become one loop, and memory is shared. **Predict** how
# much faster it is on a small network, and by how much the numbers differ.

# %% id="compile-code"
data, wanted = tg.randn(100, 2), tg.tensor(np.arange(100) % 2)


def training():
    """A step of training of a new network."""
    tg.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))
    network.rename("network")
    optimizer = optim.SGD(network.parameters(), lr=0.1)

    def step(x, t):
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x), t)
        loss.backward()
        optimizer.step()
        return loss

    return step


eager, replayed = training(), tg.compile(training())
losses = [(eager(data, wanted).item(), replayed(data, wanted).item()) for _k in range(50)]
print(say(fr="écart après 50 pas :", en="difference after 50 steps:"), f"{max(abs(a - b) for a, b in losses):.0e}")
times = [microseconds(lambda step=step: step(data, wanted)) for step in (eager, replayed)]
print(f"{times[0]:.0f} µs → {times[1]:.0f} µs")

# %% [markdown] lang="fr" id="picture"
# Et les diagrammes ? Le programme ne note plus rien, mais il sait ce qu’il est : `graph` refait le pas une fois en le notant.

# %% [markdown] lang="en" id="picture"
# And the diagrams? The program writes nothing down any more, but it knows what it is: `graph` does the step once more with the record.

# %% id="picture-code"
view(replayed.graph(data, wanted), Distance("module"))

# %% [markdown] lang="fr" id="limits"
# ## Ce qu’un programme ne peut pas savoir
#
# Un pas qui **choisit** d’après une valeur n’est pas toujours le même pas. Le refaire tel quel donnerait des nombres faux, sans un mot ;
# le moteur le voit, exécute ce pas opération par opération, et dit pourquoi, une seule fois :

# %% [markdown] lang="en" id="limits"
# ## What a program cannot know
#
# A step that **chooses** by a value is not always the same step. Doing it again as it was would give wrong numbers, without a word; the
# engine sees it, runs that step operation by operation, and says why, once:


# %% id="limits-code"
def choosing(x):
    y = (x * x).sum()
    return y * 2 if y.item() > 1 else y


compiled = tg.compile(choosing)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for numbers in ([1.0, 2.0], [0.1, 0.2]):
        print(compiled(tg.tensor(numbers)).item())
print(said[0].message)
print(compiled)

# %% [markdown] lang="fr" id="worth"
# ### Exercice 20.2
#
# Noter et préparer un programme prend un temps `r` ; un pas noté prend `e`, un pas refait `c` (plus petit). Après combien de pas
# a-t-on regagné ce temps ? Une fonction de `r`, `e` et `c`.

# %% [markdown] lang="en" id="worth"
# ### Exercise 20.2
#
# Writing down and preparing a program takes a time `r`; a recorded step takes `e`, one done again `c` (less). After how many steps has one
# won that time back? A function of `r`, `e` and `c`.

# %% id="exercise-2-answer"
answer = ...  # lambda r, e, c: ...
check.exercise("20.2", answer)

# %% [markdown] lang="fr" id="core"
# ## Le cœur, fichier par fichier
#
# Tout cela tient dans peu de fichiers. Une valeur les traverse dans cet ordre : la définition de l’opération, le texte qui devient une
# fonction, le nœud qui est noté. Un gradient les traverse dans l’autre sens : le parcours du plus jeune au plus ancien, la dérivée de
# chaque opération, puis la somme qui l’ajuste à son entrée. Lisez-les dans cet ordre ; le paquet `fast` ne fait que les accélérer, et
# `TINYGRAD_FR_PLAIN=1` s’en passe.

# %% [markdown] lang="en" id="core"
# ## The core, file by file
#
# All of this fits in few files. A value goes through them in this order: the definition of the operation, the text that becomes a
# function, the node that is recorded. A gradient goes through them the other way: the visit from the youngest node to the oldest, the
# derivative of each operation, then the sum that fits it to its input. Read them in this order; the package `fast` only makes them
# faster, and `TINYGRAD_FR_PLAIN=1` does without it.

# %% id="core-code"
for part in (
    "ops.definition.elementwise",
    "expression.expression",
    "record.node",
    "record.backward",
    "ops.definition.op",
):
    print(f"{part:27s}{import_module(f'tinygrad_fr.{part}').__doc__.splitlines()[0]}")

# %% [markdown] lang="fr" id="further"
# Vous avez vu le moteur de bout en bout : il note, il revient en arrière, il dessine ; et quand il n’y a plus rien à regarder, il refait
# sans noter.
#
# ## Pour aller plus loin
#
# - `ARCHITECTURE.md` : les pièces du moteur, ce que chacune coûte, et la comparaison avec PyTorch.
# - `tinygrad-fr render mlp --color flops -o mlp.svg`, `--color memory` : où va le travail, où va la mémoire.

# %% [markdown] lang="en" id="further"
# You have seen the engine from end to end: it writes down, it goes back, it draws; and when there is nothing left to look at, it does
# again without writing.
#
# ## Going further
#
# - `ARCHITECTURE.md`: the rooms of the engine, what each costs, and the comparison with PyTorch.
# - `tinygrad-fr render mlp --color flops -o mlp.svg`, `--color memory`: where the work goes, where the memory goes.
