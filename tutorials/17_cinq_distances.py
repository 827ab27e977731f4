# %% [markdown] lang="fr" id="title"
# # 17. Du tenseur au scalaire : cinq distances
#
# **Ce que vous allez voir.** Le même calcul, une seule couche, à cinq distances : une boîte, puis une carte, puis ses équations, puis
# chaque multiplication de nombres. Le gradient y est le même à chaque fois ; un produit de matrices n’est que beaucoup de petits
# produits, et vous les compterez.
#
# **Prérequis.** Le tutoriel 3 (les équations (4) et (5)). **Durée.** 15 minutes.

# %% [markdown] lang="en" id="title"
# # 17. From the tensor to the scalar: five distances
#
# **What you will see.** The same computation, a single layer, from five distances: a box, then a card, then its equations, then each
# multiplication of numbers. The gradient is the same each time; a product of matrices is but many small products, and you will count them.
#
# **Prerequisites.** Tutorial 3 (equations (4) and (5)). **Time.** 15 minutes.

# %% id="imports"
import tinygrad_fr as tg
from tinygrad_fr import Graph, nn
from tinygrad_fr.explain import Distance, view
from tinygrad_fr.explain.levels.scalars import in_scalars
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="layer"
# ## Une couche
#
# Deux exemples de deux nombres, une couche linéaire d’un neurone, puis $\tanh$. `opened` demande au moteur de noter aussi les
# équations d’une opération composée : la couche est un produit de matrices et une addition.

# %% [markdown] lang="en" id="layer"
# ## A layer
#
# Two samples of two numbers, a linear layer of one neuron, then $\tanh$. `opened` asks the engine to write down the equations of a
# compound operation too: the layer is a product of matrices and an addition.

# %% id="layer-code"
tg.manual_seed(0)


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x).tanh()


network = Network()
network.rename("network")
x = tg.tensor([[1.0, 2.0], [-1.0, 0.5]], name="x")


def recorded(*distances):
    """The record of one run, with its gradients."""
    with tg.opened(*distances), tg.observe() as seen:
        loss = network(x).sum()
        loss.backward()
    network.zero_grad()
    return Graph.of(loss, observation=seen)


# %% [markdown] lang="fr" id="far"
# ## De loin
#
# Première distance : le réseau est une boîte. C’est ce que montre un schéma d’architecture.

# %% [markdown] lang="en" id="far"
# ## From afar
#
# The first distance: the network is a box. That is what a diagram of an architecture shows.

# %% id="far-code"
view(recorded(), Distance("model"))

# %% [markdown] lang="fr" id="module"
# Deuxième et troisième distances : les modules, puis les opérations.

# %% [markdown] lang="en" id="module"
# The second and third distances: modules, then operations.

# %% id="module-code"
view(recorded(), Distance("module"))

# %% id="operation-code"
view(recorded(), Distance("op"))

# %% [markdown] lang="fr" id="equation"
# ## De près
#
# Quatrième distance : la couche s’ouvre sur ses équations. **Prédisez** combien de cartes remplacent « Wx + b ».

# %% [markdown] lang="en" id="equation"
# ## Near
#
# The fourth distance: the layer opens on its equations. **Predict** how many cards replace “Wx + b”.

# %% id="equation-code"
near = recorded("op", "equation")
view(near, Distance("equation"))

# %% [markdown] lang="fr" id="count"
# ## Chaque nombre
#
# ### Exercice 17.1
#
# Un produit de matrices $(n \times k)$ par $(k \times m)$ : combien de **multiplications** de nombres ? Une fonction de `n`, `k` et `m`.

# %% [markdown] lang="en" id="count"
# ## Each number
#
# ### Exercise 17.1
#
# A product of matrices $(n \times k)$ by $(k \times m)$: how many **multiplications** of numbers? A function of `n`, `k` and `m`.

# %% id="exercise-1-answer"
answer = ...  # lambda n, k, m: ...
check.exercise("17.1", answer)

# %% [markdown] lang="fr" id="scalar"
# Cinquième distance : le même calcul, noté encore une fois avec un nœud pour chaque nombre. Ici $2 \times 2 \times 1 = 4$
# multiplications ; chaque poids sert deux fois, une fois par exemple : suivez ses deux flèches.

# %% [markdown] lang="en" id="scalar"
# The fifth distance: the same computation, written down once more with a node for each number. Here $2 \times 2 \times 1 = 4$
# multiplications; each weight is used twice, once for each sample: follow its two arrows.

# %% id="scalar-code"
print(say(fr="opérations sur des nombres :", en="operations on numbers:"), in_scalars(near).statistics()["operations"])
view(in_scalars(near), Distance("scalar"))

# %% [markdown] lang="fr" id="gradient"
# ## Le gradient d’un produit, sans matrice
#
# D’où vient le $\delta\,a^T$ de l’équation (5) ? De ceci : un nombre qui sert à plusieurs endroits reçoit la **somme** de ce qui lui
# revient de chacun.
#
# ### Exercice 17.2
#
# Un nombre $a$ multiplie `b1` et `b2` : il donne deux sorties, $a\,b_1$ et $a\,b_2$, qui reçoivent les gradients `g1` et `g2`. Que
# reçoit $a$ ? Une fonction de `b1`, `b2`, `g1` et `g2`.

# %% [markdown] lang="en" id="gradient"
# ## The gradient of a product, without a matrix
#
# Where does the $\delta\,a^T$ of equation (5) come from? From this: a number that is used at several places receives the **sum** of what
# comes back to it from each.
#
# ### Exercise 17.2
#
# A number $a$ multiplies `b1` and `b2`: it gives two outputs, $a\,b_1$ and $a\,b_2$, that receive the gradients `g1` and `g2`. What does
# $a$ receive? A function of `b1`, `b2`, `g1` and `g2`.

# %% id="exercise-2-answer"
answer = ...  # lambda b1, b2, g1, g2: ...
check.exercise("17.2", answer)

# %% [markdown] lang="fr" id="growth"
# ## Pourquoi s’éloigner ?
#
# Parce que cela grandit vite. La même couche, plus large :

# %% [markdown] lang="en" id="growth"
# ## Why step back?
#
# Because it grows fast. The same layer, wider:

# %% id="growth-code"
for width in (2, 8, 32):
    layer, batch = nn.Linear(width, width), tg.randn(2, width)
    with tg.opened("op", "equation"):
        graph = Graph.of(layer(batch).tanh().sum())
    print(f"{width:3d}   {len(graph.nodes):3d} → {len(in_scalars(graph).nodes):6d}")

# %% [markdown] lang="fr" id="further"
# Le nombre de cartes d’un tenseur ne change pas ; celui des nombres grandit comme $n \times k \times m$. C’est pour cela que l’on calcule
# avec des tenseurs, et que le cours se dessine avec des scalaires.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr render mlp --zoom equation -o mlp.svg` ; `--zoom scalar` sur un petit modèle comme `neuron`.
# - `tinygrad-fr render lenet --open lenet/c1 -o lenet.svg` : une seule partie ouverte.
#
# La suite : **18. Écrire un modèle en plugin**.

# %% [markdown] lang="en" id="further"
# The number of a tensor’s cards does not change; that of numbers grows as $n \times k \times m$. That is why one computes with tensors, and
# why the course is drawn with scalars.
#
# ## Going further
#
# - `tinygrad-fr render mlp --zoom equation -o mlp.svg`; `--zoom scalar` on a small model such as `neuron`.
# - `tinygrad-fr render lenet --open lenet/c1 -o lenet.svg`: a single part opened.
#
# Next: **18. Writing a model as a plugin**.
