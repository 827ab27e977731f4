# %% [markdown] lang="fr" id="title"
# # 3. La rétropropagation, équations (1) à (7)
#
# **Ce que vous allez voir.** Les sept équations du cours, calculées à la main avec des matrices, sur un réseau à deux couches ; et à côté,
# les gradients du moteur, qui ne connaît aucune de ces équations. Les deux tombent d’accord, nombre par nombre.
#
# **Prérequis.** Les tutoriels 1 et 2 ; le produit d’une matrice et d’un vecteur. **Durée.** 25 minutes.

# %% [markdown] lang="en" id="title"
# # 3. Backpropagation, equations (1) to (7)
#
# **What you will see.** The seven equations of the course, computed by hand with matrices, on a network of two layers; and beside them
# the gradients of the engine, which knows none of these equations. The two agree, number by number.
#
# **Prerequisites.** Tutorials 1 and 2; the product of a matrix and a vector. **Time.** 25 minutes.

# %% id="imports"
import math

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import Graph, nn
from tinygrad_fr.explain import course_equations
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="forward"
# ## Vers l’avant
#
# Deux entrées, trois neurones cachés, une sortie ; $\sigma = \tanh$ partout. Chaque couche $n$ calcule
#
# $$z^{(n)} = W^{(n)} a^{(n-1)} + b^{(n)} \qquad a^{(n)} = \sigma(z^{(n)}) \qquad a^{(0)} = x$$
#
# et le coût est $J = ½\,\lVert a^{(2)} - y \rVert^2$. Les vecteurs sont des colonnes, comme dans le cours.

# %% [markdown] lang="en" id="forward"
# ## Forward
#
# Two inputs, three hidden neurons, one output; $\sigma = \tanh$ everywhere. Each layer $n$ computes
#
# $$z^{(n)} = W^{(n)} a^{(n-1)} + b^{(n)} \qquad a^{(n)} = \sigma(z^{(n)}) \qquad a^{(0)} = x$$
#
# and the loss is $J = ½\,\lVert a^{(2)} - y \rVert^2$. Vectors are columns, as in the course.

# %% id="forward-code"
rng = np.random.default_rng(1)
W1, b1 = rng.normal(0, 0.5, size=(3, 2)), rng.normal(0, 0.5, size=(3, 1))
W2, b2 = rng.normal(0, 0.5, size=(1, 3)), rng.normal(0, 0.5, size=(1, 1))
x, y = np.array([[1.0], [-0.5]]), np.array([[0.5]])

z1 = W1 @ x + b1
a1 = np.tanh(z1)
z2 = W2 @ a1 + b2
a2 = np.tanh(z2)
J = 0.5 * ((a2 - y) ** 2).sum()
print(f"a2 = {a2.item():.4f}   J = {J:.4f}")

# %% [markdown] lang="fr" id="last"
# ## L’erreur locale
#
# Pour faire baisser $J$, on fait un petit pas contre son gradient :
#
# $$W^{(n)} \leftarrow W^{(n)} - \eta \frac{\partial J}{\partial W^{(n)}} \tag{1}$$
#
# Il nous faut donc $\partial J/\partial W^{(n)}$ et $\partial J/\partial b^{(n)}$. L’idée est de ne pas les chercher directement, mais de
# passer par **l’erreur locale** de chaque couche :
#
# $$\delta^{(n)} = \frac{\partial J}{\partial z^{(n)}} \tag{2}$$
#
# À la dernière couche, on la connaît tout de suite :
#
# $$\delta^{(N)} = \frac{\partial J}{\partial a^{(N)}} \cdot \sigma'(z^{(N)}) \tag{3}$$
#
# **Attention au point** : ici et dans (4), le produit avec $\sigma'$ est *terme à terme* (`*` en Python, et non `@`). Et
# $\tanh'(z) = 1 - \tanh^2(z) = 1 - a^2$.

# %% [markdown] lang="en" id="last"
# ## The local error
#
# To bring $J$ down, take a small step against its gradient:
#
# $$W^{(n)} \leftarrow W^{(n)} - \eta \frac{\partial J}{\partial W^{(n)}} \tag{1}$$
#
# So we need $\partial J/\partial W^{(n)}$ and $\partial J/\partial b^{(n)}$. The idea is not to look for them directly, but to go through
# **the local error** of each layer:
#
# $$\delta^{(n)} = \frac{\partial J}{\partial z^{(n)}} \tag{2}$$
#
# At the last layer it is known at once:
#
# $$\delta^{(N)} = \frac{\partial J}{\partial a^{(N)}} \cdot \sigma'(z^{(N)}) \tag{3}$$
#
# **Mind the dot**: here and in (4) the product with $\sigma'$ is *term by term* (`*` in Python, not `@`). And
# $\tanh'(z) = 1 - \tanh^2(z) = 1 - a^2$.

# %% id="last-code"
delta2 = (a2 - y) * (1 - a2**2)
print("δ⁽²⁾ =", delta2.ravel().round(4))

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 3.1
#
# Sans matrice : $J = ½(\tanh z - y)^2$. Écrivez $\delta = \partial J/\partial z$, une fonction de `z` et `y` (`math.tanh`).

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 3.1
#
# Without a matrix: $J = ½(\tanh z - y)^2$. Write $\delta = \partial J/\partial z$, a function of `z` and `y` (`math.tanh`).

# %% id="exercise-1-answer"
answer = ...  # lambda z, y: ...
check.exercise("3.1", answer)

# %% [markdown] lang="fr" id="earlier"
# ## Reculer d’une couche
#
# Un neurone caché n’a pas de réponse attendue : comment dire de combien *il* se trompe ? Il s’est trompé **par ceux qu’il a nourris**.
# Vers l’avant, $W^{(2)}$ allait du neurone $j$ au neurone $i$ ; l’erreur fait le trajet inverse, donc la matrice se transpose :
#
# $$\delta^{(n)} = (W^{(n+1)})^T \delta^{(n+1)} \cdot \sigma'(z^{(n)}) \tag{4}$$
#
# <details><summary>D’où vient (4) ?</summary>
#
# De la règle de la chaîne, nombre par nombre. Le neurone $j$ a nourri tous les $z_i^{(n+1)} = \sum_j W_{ij}^{(n+1)} a_j^{(n)} + b_i^{(n+1)}$ ;
# chacun lui renvoie $\delta_i^{(n+1)} W_{ij}^{(n+1)}$, et l’on additionne :
#
# $$\frac{\partial J}{\partial a_j^{(n)}} = \sum_i W_{ij}^{(n+1)}\, \delta_i^{(n+1)}$$
#
# La somme porte sur le *premier* indice de $W$ : c’est $(W^{(n+1)})^T \delta^{(n+1)}$. Reste à traverser l’activation, $a_j = \sigma(z_j)$ : fois
# $\sigma'(z_j)$.
#
# </details>
#
# **Prédisez** la forme de $\delta^{(1)}$, puis lancez.

# %% [markdown] lang="en" id="earlier"
# ## One layer back
#
# A hidden neuron has no wanted answer: how can one say by how much *it* is wrong? It was wrong **through those that it fed**. Forward,
# $W^{(2)}$ went from neuron $j$ to neuron $i$; the error travels the other way, so the matrix is transposed:
#
# $$\delta^{(n)} = (W^{(n+1)})^T \delta^{(n+1)} \cdot \sigma'(z^{(n)}) \tag{4}$$
#
# <details><summary>Where does (4) come from?</summary>
#
# From the chain rule, number by number. Neuron $j$ fed every $z_i^{(n+1)} = \sum_j W_{ij}^{(n+1)} a_j^{(n)} + b_i^{(n+1)}$; each sends
# $\delta_i^{(n+1)} W_{ij}^{(n+1)}$ back to it, and these add up:
#
# $$\frac{\partial J}{\partial a_j^{(n)}} = \sum_i W_{ij}^{(n+1)}\, \delta_i^{(n+1)}$$
#
# The sum is over the *first* index of $W$: it is $(W^{(n+1)})^T \delta^{(n+1)}$. Then through the activation, $a_j = \sigma(z_j)$: times
# $\sigma'(z_j)$.
#
# </details>
#
# **Predict** the shape of $\delta^{(1)}$, then run.

# %% id="earlier-code"
delta1 = W2.T @ delta2 * (1 - a1**2)
print("δ⁽¹⁾ =", delta1.ravel().round(4), delta1.shape)

# %% [markdown] lang="fr" id="exercise-2"
# <details><summary>Réponse</summary>
#
# (3, 1) : une erreur par neurone caché, la forme de $z^{(1)}$.
#
# </details>
#
# ### Exercice 3.2
#
# L’équation (4) avec un seul neurone par couche : écrivez $\delta^{(n)}$, une fonction de `w` (le poids qui suit), `delta`
# ($\delta^{(n+1)}$) et `z` ($z^{(n)}$).

# %% [markdown] lang="en" id="exercise-2"
# <details><summary>Answer</summary>
#
# (3, 1): an error for each hidden neuron, the shape of $z^{(1)}$.
#
# </details>
#
# ### Exercise 3.2
#
# Equation (4) with one neuron a layer: write $\delta^{(n)}$, a function of `w` (the weight that follows), `delta` ($\delta^{(n+1)}$) and
# `z` ($z^{(n)}$).

# %% id="exercise-2-answer"
answer = ...  # lambda w, delta, z: ...
check.exercise("3.2", answer)

# %% [markdown] lang="fr" id="gradients"
# ## Les gradients
#
# Une fois $\delta$ connu, il n’y a plus rien à dériver :
#
# $$\frac{\partial J}{\partial W^{(n)}} = \delta^{(n)} (a^{(n-1)})^T \tag{5}$$
#
# $$\frac{\partial J}{\partial b^{(n)}} = \delta^{(n)} \tag{6}$$
#
# (Dans $z_i = \sum_j W_{ij} a_j + b_i$, le poids $W_{ij}$ est multiplié par $a_j$, et $b_i$ par 1.) Le gradient d’un poids est donc *l’erreur à son arrivée fois l’activation à son départ*. Un neurone éteint ($a = 0$) n’apprend
# rien à ses poids sortants.

# %% [markdown] lang="en" id="gradients"
# ## The gradients
#
# Once $\delta$ is known, there is nothing left to differentiate:
#
# $$\frac{\partial J}{\partial W^{(n)}} = \delta^{(n)} (a^{(n-1)})^T \tag{5}$$
#
# $$\frac{\partial J}{\partial b^{(n)}} = \delta^{(n)} \tag{6}$$
#
# (In $z_i = \sum_j W_{ij} a_j + b_i$ the weight $W_{ij}$ is multiplied by $a_j$, and $b_i$ by 1.) So a weight’s gradient is *the error where it arrives times the activation where it starts*. A neuron that is off ($a = 0$) teaches
# its outgoing weights nothing.

# %% id="gradients-code"
by_hand = {"W1": delta1 @ x.T, "b1": delta1, "W2": delta2 @ a1.T, "b2": delta2}

# %% [markdown] lang="fr" id="engine"
# ## Et le moteur ?
#
# Il ne sait rien des couches ni de $\delta$. Il a noté chaque opération et il applique à chacune sa dérivée. Écart maximal avec nos
# quatre lignes :

# %% [markdown] lang="en" id="engine"
# ## And the engine?
#
# It knows nothing of layers or of $\delta$. It has written down each operation and applies its derivative to each. Largest difference
# with our four lines:

# %% id="engine-code"
values = {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
p = {name: tg.tensor(value, dtype=tg.float64, requires_grad=True, name=name) for name, value in values.items()}
hidden = (p["W1"] @ tg.tensor(x, dtype=tg.float64, name="x") + p["b1"]).tanh()
output = (p["W2"] @ hidden + p["b2"]).tanh()
loss = 0.5 * (output - tg.tensor(y, dtype=tg.float64, name="y")).square().sum()
with tg.observe() as seen:
    loss.backward()
for name, gradient in by_hand.items():
    print(name, f"{abs(p[name].grad.detach().numpy() - gradient).max():.0e}")
Graph.of(loss, observation=seen)

# %% [markdown] lang="fr" id="update"
# ## La mise à jour
#
# Reste le pas, l’équation (7), la même que (1) :
#
# $$W^{(n)} \leftarrow W^{(n)} - \eta \frac{\partial J}{\partial W^{(n)}} \qquad b^{(n)} \leftarrow b^{(n)} - \eta \frac{\partial J}{\partial b^{(n)}} \tag{7}$$

# %% [markdown] lang="en" id="update"
# ## The update
#
# What remains is the step, equation (7), the same as (1):
#
# $$W^{(n)} \leftarrow W^{(n)} - \eta \frac{\partial J}{\partial W^{(n)}} \qquad b^{(n)} \leftarrow b^{(n)} - \eta \frac{\partial J}{\partial b^{(n)}} \tag{7}$$

# %% id="update-code"
eta = 0.1
W1, b1, W2, b2 = (values[name] - eta * by_hand[name] for name in values)
after = 0.5 * ((np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2) - y) ** 2).sum()
print(f"J = {J:.4f} → {after:.4f}")

# %% [markdown] lang="fr" id="table"
# ## Les sept, côte à côte
#
# Sur n’importe quel réseau de couches, le moteur peut poser les équations du cours à côté de ses propres gradients. Ici avec trois
# exemples à la fois : un *lot* range un exemple par ligne, et (5) et (6) additionnent alors les exemples.

# %% [markdown] lang="en" id="table"
# ## All seven, side by side
#
# On any network of layers the engine can set the course’s equations beside its own gradients. Here with three samples at once: a *batch*
# has one sample a row, and (5) and (6) then add the samples up.

# %% id="table-code"
tg.manual_seed(0)
network = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1), nn.Tanh())
samples, wanted = tg.randn(3, 2), tg.tensor([[1.0], [-1.0], [1.0]])
equations = course_equations(0.5 * (network(samples) - wanted).square().sum(), lr=0.1)
print(equations)
print(say(fr="d’accord partout :", en="agreed everywhere:"), equations.agree)

# %% [markdown] lang="fr" id="touch"
# ## À vous de rétropropager
#
# Une page qui calcule : elle cache un gradient, vous le demande, et dit ce qui manque à votre réponse (un signe, un facteur, une branche
# oubliée). « Interrogez-moi » commence ; la formule du haut peut être remplacée par la vôtre.

# %% [markdown] lang="en" id="touch"
# ## Yours to send back
#
# A page that computes: it hides a gradient, asks you for it, and says what your answer lacks (a sign, a factor, a branch that was forgotten).
# “Ask me” begins; the formula at its head may be replaced by your own.

# %% id="touch-code"
touch.step("L = (tanh(w*x + b) - 1)**2", file="chain", w=0.5, x=2, b=1)

# %% [markdown] lang="fr" id="further"
# Vous savez maintenant calculer à la main ce que `backward` calcule. Retenez (4) : d’une couche à la précédente, l’erreur est
# multipliée par $W^T$ et par $\sigma'$. Beaucoup de couches, beaucoup de produits : c’est là que naîtra, au tutoriel 12, la disparition du
# gradient.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr step mlp --course` : les sept équations sur un réseau entier.
# - `tinygrad-fr step neuron --derive` : la règle de la chaîne écrite en entier.
# - `tinygrad-fr step 'L = (tanh(w*x + b) - 1)**2' --at w=0.5,x=2,b=1 -o formule.html` : une page qui calcule, cache un gradient et vous le demande.
#
# La suite : **4. Les fonctions d’activation et leurs dérivées**.

# %% [markdown] lang="en" id="further"
# You can now compute by hand what `backward` computes. Remember (4): from one layer to the one before, the error is multiplied by $W^T$
# and by $\sigma'$. Many layers, many products: this is where, in tutorial 12, the vanishing gradient will come from.
#
# ## Going further
#
# - `tinygrad-fr step mlp --course`: the seven equations on a whole network.
# - `tinygrad-fr step neuron --derive`: the chain rule written in full.
# - `tinygrad-fr step 'L = (tanh(w*x + b) - 1)**2' --at w=0.5,x=2,b=1 -o formula.html`: a page that computes; the page hides a gradient and asks for it.
#
# Next: **4. Activation functions and their derivatives**.
