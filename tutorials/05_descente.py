# %% [markdown] lang="fr" id="title"
# # 5. La descente de gradient
#
# **Ce que vous allez voir.** Un pas, le pas suivant, et ce qui arrive quand il est trop court ou trop long. Puis une vallée étroite, où
# la descente simple zigzague, et ce que l’inertie et Adam y changent. Enfin pourquoi un lot suffit pour savoir où descendre.
#
# **Prérequis.** Le tutoriel 1 (la règle de la chaîne). **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 5. Gradient descent
#
# **What you will see.** One step, the next one, and what happens when it is too short or too long. Then a narrow valley, where plain
# descent zigzags, and what momentum and Adam change there. Last, why a batch is enough to know which way is down.
#
# **Prerequisites.** Tutorial 1 (the chain rule). **Time.** 25 minutes.

# %% id="imports"
import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import Value, nn, optim
from tinygrad_fr.draw import descent_diagram
from tinygrad_fr.explain import descents
from tinygrad_fr.nn import functional as F
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="step"
# ## Un pas
#
# Le gradient dit de combien le coût $J$ monte si l’on augmente $w$ un peu. On va donc dans l’autre sens, d’une longueur
# proportionnelle : c’est l’équation (1) du cours, où $\eta$ est le **taux d’apprentissage** :
#
# $$w \leftarrow w - \eta \frac{\partial J}{\partial w}$$
#
# ### Exercice 5.1
#
# $J = a\,w^2$. Écrivez la valeur de `w` après un pas, une fonction de `w`, `a` et `eta`.

# %% [markdown] lang="en" id="step"
# ## One step
#
# The gradient says by how much the loss $J$ rises if $w$ grows a little. So one goes the other way, by a proportional length: this is the
# course’s equation (1), where $\eta$ is the **learning rate**:
#
# $$w \leftarrow w - \eta \frac{\partial J}{\partial w}$$
#
# ### Exercise 5.1
#
# $J = a\,w^2$. Write the value of `w` after one step, a function of `w`, `a` and `eta`.

# %% id="exercise-1-answer"
answer = ...  # lambda w, a, eta: ...
check.exercise("5.1", answer)

# %% [markdown] lang="fr" id="rate"
# ## Trop court, juste, trop long
#
# $J = (w - 3)^2$, en partant de 0. **Prédisez** ce que donnent $\eta = 0{,}01$, $0{,}3$, $0{,}95$ et $1{,}05$ après vingt pas.

# %% [markdown] lang="en" id="rate"
# ## Too short, right, too long
#
# $J = (w - 3)^2$, starting from 0. **Predict** what $\eta = 0.01$, $0.3$, $0.95$ and $1.05$ give after twenty steps.

# %% id="rate-code"
for eta in (0.01, 0.3, 0.95, 1.05):
    w, seen = Value(0.0), []
    for _step in range(20):
        w.grad = 0.0
        ((w - 3) ** 2).backward()
        w.data -= eta * w.grad
        seen.append(w.data)
    print(f"η = {eta}: " + " → ".join(f"{each:.2f}" for each in (*seen[:4], seen[-1])))

# %% [markdown] lang="fr" id="limit"
# <details><summary>Réponse</summary>
#
# 0,01 avance à peine ; 0,3 arrive ; 0,95 saute d’un bord à l’autre et finit par arriver ; 1,05 saute chaque fois plus loin : la
# descente **diverge**.
#
# </details>
#
# ### Exercice 5.2
#
# $J = ½\,k\,w^2$ : plus la courbure $k$ est forte, plus le gradient est grand. Pour quel $\eta$ exactement un pas saute-t-il de $w$ à
# $-w$, ni plus près ni plus loin ? C’est la limite : au-delà, on diverge. Écrivez-la, une fonction de `k`.

# %% [markdown] lang="en" id="limit"
# <details><summary>Answer</summary>
#
# 0.01 hardly moves; 0.3 arrives; 0.95 jumps from one side to the other and arrives in the end; 1.05 jumps further each time: the descent
# **diverges**.
#
# </details>
#
# ### Exercise 5.2
#
# $J = ½\,k\,w^2$: the stronger the curvature $k$, the larger the gradient. For which $\eta$ exactly does one step jump from $w$ to $-w$,
# neither nearer nor further? That is the limit: beyond it one diverges. Write it, a function of `k`.

# %% id="exercise-2-answer"
answer = ...  # lambda k: ...
check.exercise("5.2", answer)

# %% [markdown] lang="fr" id="touch"
# La même vallée, dans une page qui calcule : entraînez pas à pas, au taux 0,1, puis 0,3, puis 1, puis 3, en remettant à zéro entre deux.
# Un taux divise-t-il l’erreur, la garde-t-il, la multiplie-t-il ? Lisez-le sur la courbe.

# %% [markdown] lang="en" id="touch"
# The same valley, in a page that computes: train step by step, at the rate 0.1, then 0.3, then 1, then 3, with a reset in between. Does a
# rate divide the error, keep it, multiply it? Read it on the curve.

# %% id="touch-code"
touch.step("L = (w - 3)**2", file="valley", w=0)

# %% [markdown] lang="fr" id="ravine"
# ## La vallée étroite
#
# Avec deux paramètres, la courbure n’est pas la même partout. Ici $J = ½\,(x^2 + 50\,y^2)$ : la limite est $2/50 = 0{,}04$ dans la
# direction raide, alors que la direction plate supporterait 2. **C’est la direction raide qui commande**, et la plate attend.

# %% [markdown] lang="en" id="ravine"
# ## The narrow valley
#
# With two parameters the curvature is not the same everywhere. Here $J = ½\,(x^2 + 50\,y^2)$: the limit is $2/50 = 0.04$ in the steep
# direction, where the flat one could bear 2. **The steep direction commands**, and the flat one waits.

# %% id="ravine-code"
ways = [descents("ravine", ("sgd",), lr=rate, steps=200)[0] for rate in (0.004, 0.038, 0.041)]
for each in ways:
    print(f"{each.title}: {each.sentence()}")
descent_diagram(ways)

# %% [markdown] lang="fr" id="momentum"
# ## L’inertie
#
# Une bille ne change pas de direction à chaque instant : elle garde une vitesse. À chaque pas,
#
# $$v \leftarrow \mu\,v + \frac{\partial J}{\partial w} \qquad w \leftarrow w - \eta\,v$$
#
# En travers de la vallée, les gradients changent de signe et se compensent ; le long de la vallée, ils s’ajoutent.
#
# ### Exercice 5.3
#
# Un gradient constant $g$, une vitesse nulle au départ. De combien $w$ a-t-il changé après **deux** pas ? Une fonction de `g`, `eta` et
# `mu` (un nombre négatif si $g$ est positif).

# %% [markdown] lang="en" id="momentum"
# ## Momentum
#
# A ball does not change its direction at every moment: it keeps a speed. At each step,
#
# $$v \leftarrow \mu\,v + \frac{\partial J}{\partial w} \qquad w \leftarrow w - \eta\,v$$
#
# Across the valley gradients change sign and make up for each other; along the valley they add up.
#
# ### Exercise 5.3
#
# A constant gradient $g$, no speed at first. By how much has $w$ changed after **two** steps? A function of `g`, `eta` and `mu` (a
# negative number if $g$ is positive).

# %% id="exercise-3-answer"
answer = ...  # lambda g, eta, mu: ...
check.exercise("5.3", answer)

# %% [markdown] lang="fr" id="optimizers"
# RMSprop et Adam vont plus loin : ils divisent chaque composante du gradient par sa taille habituelle, de sorte que la direction plate
# avance autant que la raide. **Prédisez** qui arrive le premier.

# %% [markdown] lang="en" id="optimizers"
# RMSprop and Adam go further: they divide each component of the gradient by its usual size, so that the flat direction moves as much as
# the steep one. **Predict** who arrives first.

# %% id="optimizers-code"
ways = descents("ravine", ("sgd", "momentum", "rmsprop", "adam"))
for each in ways:
    print(f"{each.title}: {each.sentence()}")
descent_diagram(ways)

# %% [markdown] lang="fr" id="saddle"
# <details><summary>Réponse</summary>
#
# L’inertie et Adam, presque ensemble. RMSprop va vite, mais tous ses pas ont à peu près la longueur $\eta$ : près du but, il saute d’un
# bord à l’autre. D’où les taux que l’on diminue au fil des époques.
#
# </details>
#
# ## Un gradient nul n’est pas un minimum
#
# Sur une *selle*, on descend dans une direction et l’on monte dans l’autre ; au milieu, le gradient est nul. Qui part presque sur la
# crête y reste longtemps.

# %% [markdown] lang="en" id="saddle"
# <details><summary>Answer</summary>
#
# Momentum and Adam, almost together. RMSprop is fast, but all its steps are about $\eta$ long: near the goal it jumps from one side to the
# other. That is why rates are lowered as epochs go by.
#
# </details>
#
# ## A gradient of zero is no minimum
#
# On a *saddle* one goes down in one direction and up in the other; in the middle the gradient is zero. Whoever starts almost on the ridge
# stays there for long.

# %% id="saddle-code"
ways = descents("saddle", ("sgd", "adam"))
for each in ways:
    print(f"{each.title}: {each.sentence()}")
descent_diagram(ways)

# %% [markdown] lang="fr" id="batch"
# ## Un lot suffit
#
# Le coût est une moyenne sur tous les exemples, son gradient aussi. La moyenne sur un petit **lot** tiré au hasard en donne une idée :
# bruitée, mais juste en moyenne, et bien moins chère. Le voici, pour une droite à retrouver parmi 1 000 points.

# %% [markdown] lang="en" id="batch"
# ## A batch is enough
#
# The loss is a mean over all samples, and so is its gradient. The mean over a small **batch** drawn at random gives an idea of it: noisy,
# but right on average, and far cheaper. Here it is, for a line to be found among 1 000 points.

# %% id="batch-code"
rng = np.random.default_rng(0)
x = rng.normal(size=(1000, 1)).astype("float32")
y = (2 * x - 1 + rng.normal(0, 0.3, size=x.shape)).astype("float32")
tg.manual_seed(0)
line = nn.Linear(1, 1)


def slope(chosen):
    line.weight.grad = None
    F.mse_loss(line(tg.tensor(x[chosen])), tg.tensor(y[chosen])).backward()
    return line.weight.grad.item()


print(say(fr="tous les points :", en="all points:"), round(slope(np.arange(1000)), 3))
for size in (1, 10, 100):
    found = [slope(rng.choice(1000, size, replace=False)) for _draw in range(200)]
    print(say(fr="lots de", en="batches of"), size, f": {np.mean(found):.3f} ± {np.std(found):.3f}")

# %% [markdown] lang="fr" id="train"
# Le bruit d’un lot diminue comme la racine de sa taille : dix fois plus d’exemples, trois fois moins de bruit. Et voici une époque
# entière, cent pas sur des lots de dix :

# %% [markdown] lang="en" id="train"
# The noise of a batch falls as the square root of its size: ten times the samples, a third of the noise. And here is a whole epoch, a
# hundred steps on batches of ten:

# %% id="train-code"
optimizer = optim.SGD(line.parameters(), lr=0.1)
for batch in rng.permutation(1000).reshape(100, 10):
    optimizer.zero_grad()
    F.mse_loss(line(tg.tensor(x[batch])), tg.tensor(y[batch])).backward()
    optimizer.step()
print(f"y = {line.weight.item():.2f} x {line.bias.item():+.2f}")

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr descent -o descent.svg` : sept optimiseurs dans la même vallée ; `--surface rosenbrock` en montre une plus tordue.
# - `tinygrad-fr train mlp -o curve.svg` : la descente d’un réseau entier.
# - `tinygrad-fr step 'L = (w - 3)**2' --at w=0 -o taux.html` : une page qui calcule ; entraînez aux taux 0,1, 1 et 3.
#
# La suite : **6. Écrire sa propre opération**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr descent -o descent.svg`: seven optimizers in the same valley; `--surface rosenbrock` shows a more twisted one.
# - `tinygrad-fr train mlp -o curve.svg`: the descent of a whole network.
# - `tinygrad-fr step 'L = (w - 3)**2' --at w=0 -o rate.html`: a page that computes; train at the rates 0.1, 1 and 3.
#
# Next: **6. Writing an operation of your own**.
