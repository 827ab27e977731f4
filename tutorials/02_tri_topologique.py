# %% [markdown] lang="fr" id="title"
# # 2. Pourquoi un tri topologique ?
#
# **Ce que vous allez voir.** Le plus petit calcul où une rétropropagation écrite trop vite se trompe : trois opérations suffisent. Vous
# verrez deux façons de se tromper, l’ordre qui répare tout, et pourquoi le moteur l’obtient sans rien trier.
#
# **Prérequis.** Le tutoriel 1. **Durée.** 15 minutes.

# %% [markdown] lang="en" id="title"
# # 2. Why a topological sort?
#
# **What you will see.** The smallest computation where a backpropagation written in haste goes wrong: three operations are enough. You
# will see two ways of being wrong, the order that mends everything, and why the engine has it without sorting anything.
#
# **Prerequisites.** Tutorial 1. **Time.** 15 minutes.

# %% id="imports"
import tinygrad_fr as tg
from tinygrad_fr import Graph, Value
from tinygrad_fr.tutorials import check

# %% [markdown] lang="fr" id="example"
# ## Le contre-exemple
#
# $$u = 2x \qquad v = 3u \qquad L = u + v$$
#
# Le nombre $u$ sert **deux fois** : directement dans $L$, et en passant par $v$. À la main, $L = 2x + 6x = 8x$, donc
# $\partial L/\partial x = 8$. Voici le graphe, réduit à ce que la rétropropagation utilise : pour chaque nœud, ses entrées et la dérivée
# locale vers chacune.

# %% [markdown] lang="en" id="example"
# ## The counter-example
#
# $$u = 2x \qquad v = 3u \qquad L = u + v$$
#
# The number $u$ is used **twice**: directly in $L$, and through $v$. By hand, $L = 2x + 6x = 8x$, so $\partial L/\partial x = 8$. Here is
# the graph, reduced to what backpropagation uses: for each node its inputs, and the local derivative towards each.

# %% id="example-code"
graph = {"L": {"u": 1, "v": 1}, "v": {"u": 3}, "u": {"x": 2}, "x": {}}

# %% [markdown] lang="fr" id="first"
# ## Première idée : chacun une fois, dès qu’on le rencontre
#
# On part de $L$, on envoie à ses entrées, puis on passe à celles-ci, et ainsi de suite, sans revenir deux fois sur un nœud.
#
# **Prédisez** ce que $x$ reçoit, en suivant l’ordre $L, u, v, x$.

# %% [markdown] lang="en" id="first"
# ## First idea: each once, as soon as it is met
#
# Start from $L$, send to its inputs, then go on to these, and so on, never coming twice to a node.
#
# **Predict** what $x$ receives, following the order $L, u, v, x$.


# %% id="first-code"
def send(order):
    """Let each node of an order send what it holds to its inputs."""
    grad = dict.fromkeys(graph, 0)
    grad["L"] = 1
    for node in order:
        for source, local in graph[node].items():
            grad[source] += grad[node] * local
        print(f"{node}:  {grad}")
    return grad["x"]


received = send(["L", "u", "v", "x"])

# %% [markdown] lang="fr" id="second"
# <details><summary>Réponse</summary>
#
# 2, au lieu de 8. $u$ a parlé **trop tôt** : il ne tenait que le 1 venu de $L$. Le 3 venu de $v$ arrive ensuite et n’ira jamais plus loin.
#
# </details>
#
# ## Deuxième idée : renvoyer à chaque arrivée
#
# Alors faisons repasser $u$ quand il reçoit de nouveau. **Prédisez** encore.

# %% [markdown] lang="en" id="second"
# <details><summary>Answer</summary>
#
# 2, instead of 8. $u$ spoke **too early**: it held but the 1 that came from $L$. The 3 from $v$ comes later and will never go further.
#
# </details>
#
# ## Second idea: send again at each arrival
#
# Then let $u$ go again when it receives again. **Predict** once more.

# %% id="second-code"
received = send(["L", "u", "v", "u", "x"])

# %% [markdown] lang="fr" id="sort"
# <details><summary>Réponse</summary>
#
# 10 : le 1 de $u$ a été envoyé deux fois, seul puis dans la somme $1 + 3$. (Ne renvoyer que le *nouveau* serait juste, mais on suivrait
# alors chaque chemin un à un : voyez l’exercice 2.2.)
#
# </details>
#
# ## L’ordre juste
#
# La règle tient en une phrase : **un nœud ne parle que lorsque tous ceux qu’il a nourris ont parlé.** Un ordre qui la respecte s’appelle
# un *tri topologique*. On l’obtient en visitant les entrées d’un nœud avant de le noter, puis en lisant la liste à l’envers.

# %% [markdown] lang="en" id="sort"
# <details><summary>Answer</summary>
#
# 10: the 1 of $u$ was sent twice, alone and then within the sum $1 + 3$. (Sending on the *new* part alone would be right, but would
# follow each way one by one: see exercise 2.2.)
#
# </details>
#
# ## The right order
#
# The rule is one sentence: **a node speaks only when all those that it fed have spoken.** An order that keeps it is called a *topological
# sort*. It is found by visiting a node’s inputs before writing the node down, then reading the list backwards.


# %% id="sort-code"
def sort(node, seen):
    """Write a node down after its inputs."""
    if node not in seen:
        for source in graph[node]:
            sort(source, seen)
        seen.append(node)
    return seen


received = send(reversed(sort("L", [])))

# %% [markdown] lang="fr" id="engine"
# On trouve 8. Et le moteur ? Suivez les flèches qui reviennent en $u$ : 1 et 3, additionnés avant d’aller plus loin.

# %% [markdown] lang="en" id="engine"
# We find 8. And the engine? Follow the arrows that come back to $u$: 1 and 3, added before going further.

# %% id="engine-code"
x = Value(1.0, label="x")
u = x * 2
u.label = "u"
v = u * 3
v.label = "v"
L = u + v
L.label = "L"
with tg.observe() as seen:
    L.backward()
print(x.grad)
Graph.of(L, observation=seen)

# %% [markdown] lang="fr" id="exercises"
# ### Exercice 2.1
#
# Le même graphe avec d’autres nombres : $u = wx$, $v = cu$, $L = u + v$. Écrivez $\partial L/\partial x$, une fonction de `w` et `c`.

# %% [markdown] lang="en" id="exercises"
# ### Exercise 2.1
#
# The same graph with other numbers: $u = wx$, $v = cu$, $L = u + v$. Write $\partial L/\partial x$, a function of `w` and `c`.

# %% id="exercise-1-answer"
answer = ...  # lambda w, c: ...
check.exercise("2.1", answer)

# %% [markdown] lang="fr" id="paths"
# ### Exercice 2.2
#
# On double `n` fois de suite, chaque fois par $y = x + x$. Combien de chemins vont de la fin au début ? Une fonction de `n`. (Le tri
# topologique, lui, ne visite que $n + 1$ nœuds.)

# %% [markdown] lang="en" id="paths"
# ### Exercise 2.2
#
# Doubling `n` times in a row, each time by $y = x + x$. How many ways lead from the end to the start? A function of `n`. (The topological
# sort visits but $n + 1$ nodes.)

# %% id="exercise-2-answer"
answer = ...  # lambda n: ...
check.exercise("2.2", answer)

# %% [markdown] lang="fr" id="tape"
# ## Sans trier
#
# Notre `sort` s’appelle elle-même : sur une longue chaîne, Python s’arrête vers mille appels. Or il y a un ordre tout prêt : **celui du
# calcul**. On ne peut pas utiliser un nombre avant de l’avoir calculé ; l’ordre d’enregistrement, lu à l’envers, est donc un tri
# topologique. C’est pourquoi une chaîne de dix mille opérations ne fait pas peur au moteur :

# %% [markdown] lang="en" id="tape"
# ## Without sorting
#
# Our `sort` calls itself: on a long chain Python stops at about a thousand calls. But there is an order ready made: **that of the
# computation**. A number cannot be used before it is computed; so the order of recording, read backwards, is a topological sort. That is
# why a chain of ten thousand operations does not frighten the engine:

# %% id="tape-code"
graph = {f"n{k + 1}": {f"n{k}": 1} for k in range(10_000)} | {"n0": {}}
try:
    sort("n10000", [])
except RecursionError as error:
    print(type(error).__name__)

start = end = Value(1.0)
for _k in range(10_000):
    end = end + 1
end.backward()
print(start.grad)

# %% [markdown] lang="fr" id="further"
# ## Pour aller plus loin
#
# - `tinygrad-fr step neuron` : l’ordre du retour, un nœud à la fois.
# - `tinygrad-fr probes` : de courts programmes de ce genre, où les moteurs se trompent.
#
# La suite : **3. La rétropropagation, équations (1) à (7)**.

# %% [markdown] lang="en" id="further"
# ## Going further
#
# - `tinygrad-fr step neuron`: the order of the way back, a node at a time.
# - `tinygrad-fr probes`: short programs of this kind, where engines go wrong.
#
# Next: **3. Backpropagation, equations (1) to (7)**.
