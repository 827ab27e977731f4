# %% [markdown] lang="fr" id="title"
# # 13. LSTM, porte par porte
#
# **Ce que vous allez voir.** Le chemin que le gradient prend dans un LSTM, et que le RNN n’a pas. Vous monterez la cellule équation par
# équation, ouvrirez et fermerez ses portes, mesurerez ce que la porte d’oubli laisse revenir, puis suivrez une seule lettre à travers
# soixante pas de deux réseaux entraînés. À la fin, vous pourrez expliquer, avec vos propres images, **pourquoi un RNN oublie et
# pourquoi un LSTM n’oublie pas**.
#
# **Prérequis.** Les tutoriels 11 et 12. **Durée.** 30 minutes.

# %% [markdown] lang="en" id="title"
# # 13. LSTM, gate by gate
#
# **What you will see.** The road that the gradient takes in an LSTM, and that the RNN does not have. You will build the cell equation by
# equation, open and close its gates, measure what the forget gate lets back, then follow a single letter through sixty steps of two
# trained networks. At the end you will be able to explain, with pictures of your own, **why an RNN forgets and an LSTM does not**.
#
# **Prerequisites.** Tutorials 11 and 12. **Time.** 30 minutes.

# %% id="imports"
import math
from dataclasses import replace

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import Series, curves, flow_diagram, heat_diagram, history_diagram
from tinygrad_fr.explain import History, flow, gates, observed
from tinygrad_fr.locale import number
from tinygrad_fr.plugins import Catalogue
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check, say, touch

# %% [markdown] lang="fr" id="idea"
# ## L’idée : additionner au lieu de multiplier
#
# Le RNN *remplace* son état à chaque pas : $h_t = \tanh(W_{hh}h_{t-1} + \dots)$, et le gradient est multiplié par
# $\mathrm{diag}(\sigma')\,W_{hh}$. Supposons une seconde mémoire $C$, à laquelle on ne fait qu’**ajouter** : $C_t = C_{t-1} + \dots$
# Alors $\partial C_t/\partial C_{t-1} = 1$, et $1^{60} = 1$. C’est une route sans péage.
#
# Mais une mémoire qui ajoute sans rien effacer se remplit. Le LSTM met donc un robinet sur la route, et un sur ce qu’on y verse :
#
# $$C_t = f_t * C_{t-1} + i_t * \tilde C_t$$
#
# Le signe $*$ du cours est le produit terme à terme : chaque unité a ses propres robinets, entre 0 (fermé) et 1 (ouvert). On les
# appelle des **portes** : la porte d’oubli $f$ et la porte d’entrée $i$. Attention au nom : $f = 1$, c’est *garder*.
#
# **Prédisez.** Que devient la mémoire pour $f$ et $i$ valant 0 ou 1 ?

# %% [markdown] lang="en" id="idea"
# ## The idea: adding instead of multiplying
#
# The RNN *replaces* its state at each step: $h_t = \tanh(W_{hh}h_{t-1} + \dots)$, and the gradient is multiplied by
# $\mathrm{diag}(\sigma')\,W_{hh}$. Suppose a second memory $C$, to which one only **adds**: $C_t = C_{t-1} + \dots$ Then
# $\partial C_t/\partial C_{t-1} = 1$, and $1^{60} = 1$. It is a road without a toll.
#
# But a memory that adds and never erases fills up. So the LSTM puts a tap on the road, and one on what is poured into it:
#
# $$C_t = f_t * C_{t-1} + i_t * \tilde C_t$$
#
# The course’s sign $*$ is the product term by term: each unit has taps of its own, between 0 (closed) and 1 (open). They are called
# **gates**: the forget gate $f$ and the input gate $i$. Mind the name: $f = 1$ means *keep*.
#
# **Predict.** What becomes of the memory for $f$ and $i$ of 0 or 1?

# %% id="idea-code"
C_before, candidate = 0.8, -0.5
for f in (1.0, 0.0):
    for i in (0.0, 1.0):
        print(f"f = {f:.0f}, i = {i:.0f}:  C = {f * C_before + i * candidate:+.1f}")

# %% [markdown] lang="fr" id="idea-answer"
# <details><summary>Réponse</summary>
#
# Dans l’ordre : garder (0,8), ajouter (0,8 − 0,5), effacer (0), remplacer (−0,5). Le RNN ne sait faire que la dernière chose.
#
# </details>
#
# ## Les six équations
#
# Qui tourne les robinets ? Le réseau lui-même, d’après ce qu’il vient de lire et son état, mis bout à bout : $[h_{t-1}, x_t]$.
#
# $$\begin{aligned}
# f_t &= \sigma(W_f\cdot[h_{t-1}, x_t] + b_f) &\quad& \text{porte d’oubli} \\
# i_t &= \sigma(W_i\cdot[h_{t-1}, x_t] + b_i) && \text{porte d’entrée} \\
# \tilde C_t &= \tanh(W_C\cdot[h_{t-1}, x_t] + b_C) && \text{candidat} \\
# C_t &= f_t * C_{t-1} + i_t * \tilde C_t && \text{cellule} \\
# o_t &= \sigma(W_o\cdot[h_{t-1}, x_t] + b_o) && \text{porte de sortie} \\
# h_t &= o_t * \tanh(C_t) && \text{état caché}
# \end{aligned}$$
#
# Ici $\sigma$ est la sigmoïde, et rien d’autre : elle seule va de 0 à 1. Écrivons ces six lignes et comparons avec `nn.LSTMCell`, qui
# est celle de PyTorch.

# %% [markdown] lang="en" id="idea-answer"
# <details><summary>Answer</summary>
#
# In order: keep (0.8), add (0.8 − 0.5), erase (0), replace (−0.5). The last is all that an RNN can do.
#
# </details>
#
# ## The six equations
#
# Who turns the taps? The network itself, from what it has just read and its state, put end to end: $[h_{t-1}, x_t]$.
#
# $$\begin{aligned}
# f_t &= \sigma(W_f\cdot[h_{t-1}, x_t] + b_f) &\quad& \text{forget gate} \\
# i_t &= \sigma(W_i\cdot[h_{t-1}, x_t] + b_i) && \text{input gate} \\
# \tilde C_t &= \tanh(W_C\cdot[h_{t-1}, x_t] + b_C) && \text{candidate} \\
# C_t &= f_t * C_{t-1} + i_t * \tilde C_t && \text{cell} \\
# o_t &= \sigma(W_o\cdot[h_{t-1}, x_t] + b_o) && \text{output gate} \\
# h_t &= o_t * \tanh(C_t) && \text{hidden state}
# \end{aligned}$$
#
# Here $\sigma$ is the sigmoid and nothing else: it alone goes from 0 to 1. Let us write these six lines and compare with
# `nn.LSTMCell`, which is PyTorch’s.

# %% id="six-lines"
tg.manual_seed(0)
cell = nn.LSTMCell(2, 3)
W = tg.cat([cell.weight_hh, cell.weight_ih], 1)  # the course's W, for [h, x]
W_i, W_f, W_C, W_o = W.chunk(4)  # PyTorch keeps the four one under the other, in this order
b_i, b_f, b_C, b_o = (cell.bias_hh + cell.bias_ih).chunk(4)


def lstm(x, h, C):
    hx = tg.cat([h, x])
    f = (W_f @ hx + b_f).sigmoid()
    i = (W_i @ hx + b_i).sigmoid()
    C_new = (W_C @ hx + b_C).tanh()
    C = f * C + i * C_new
    o = (W_o @ hx + b_o).sigmoid()
    return o * C.tanh(), C


x, h, C = tg.randn(2), tg.randn(3), tg.randn(3)
for ours, theirs in zip(lstm(x, h, C), cell(x, (h, C)), strict=True):
    print(
        ours.detach().numpy().round(4), say(fr="écart :", en="difference:"), f"{float((ours - theirs).abs().max()):.0e}"
    )

# %% [markdown] lang="fr" id="picture"
# ## La cellule, avec ce qui y passe
#
# Lisons trois lettres avec un LSTM de deux unités, encore neuf. `gates` retrouve les portes dans l’enregistrement et dessine la cellule à
# chaque pas. Suivez d’abord la route noire du haut : c’est $C$. Son seul obstacle est le $\odot$ de la porte d’oubli ; tout le
# reste (entrée, candidat, sortie) est à côté. Le RNN, lui, n’a que le chemin du bas, qui passe par $[h, x]$ et ses matrices.

# %% [markdown] lang="en" id="picture"
# ## The cell, with what passes in it
#
# Let us read three letters with an LSTM of two units, still new. `gates` finds the gates in the record and draws the cell at each step.
# Follow first the black road at the top: it is $C$. Its only obstacle is the $\odot$ of the forget gate; all the rest (input,
# candidate, output) stands beside. The RNN has but the lower way, which goes through $[h, x]$ and its matrices.

# %% id="picture-code"
model = Catalogue().load("lstm")
settings = replace(model.settings, reading="order", steps=60, hidden=16)
gates(observed(model, replace(settings, steps=3, hidden=2)))

# %% [markdown] lang="fr" id="road"
# Sous chaque pas, deux nombres à comparer. $\prod f$ est ce que la route *seule* laisse revenir de la fin :
#
# $$\frac{\partial C_T}{\partial C_t}\bigg|_{\text{route}} = \prod_{k=t+1}^{T} f_k$$
#
# et $\lVert\partial C_T/\partial C_t\rVert$ est mesuré par *tous* les chemins, y compris ceux qui passent par $h$ et les portes. Ici,
# ils se ressemblent : la route fait l’essentiel.
#
# ## Combien de temps dure une mémoire ?
#
# Un LSTM neuf a des poids petits, donc $f \approx \sigma(b_f)$ à chaque pas. Le biais d’oubli au départ décide de tout.
#
# **Prédisez.** Avec $b_f = 0$, que reste-t-il après 100 pas ? Et avec $b_f = 5$ ?

# %% [markdown] lang="en" id="road"
# Under each step are two numbers to compare. $\prod f$ is what the road *alone* lets back from the end:
#
# $$\frac{\partial C_T}{\partial C_t}\bigg|_{\text{road}} = \prod_{k=t+1}^{T} f_k$$
#
# and $\lVert\partial C_T/\partial C_t\rVert$ is measured by *all* ways, those through $h$ and the gates included. Here they are alike:
# the road does most of it.
#
# ## How long does a memory last?
#
# A new LSTM has small weights, so $f \approx \sigma(b_f)$ at each step. The forget bias at the start decides everything.
#
# **Predict.** With $b_f = 0$, what is left after 100 steps? And with $b_f = 5$?

# %% id="carousel"
for bias in (0.0, 1.0, 3.0, 5.0):
    f = tg.Value(bias).sigmoid()
    start = C = tg.Value(1.0)
    for _t in range(100):
        C = f * C
    C.backward()
    print(f"b_f = {bias:.0f}:  f = {f.data:.3f}   ∂C₁₀₀/∂C₀ = {start.grad:.2g}")

# %% [markdown] lang="fr" id="carousel-answer"
# <details><summary>Réponse</summary>
#
# $\sigma(0) = ½$ : la moitié disparaît à chaque pas, il reste $10^{-30}$ ; autant qu’un RNN. Avec $b_f = 5$, la moitié survit aux 100 pas.
# Même architecture, mêmes équations : tout est dans le robinet. C’est pourquoi on met souvent $b_f = 1$ au départ, et ce que le
# modèle `lstm` fait ici.
#
# </details>
#
# ### Exercice 13.1
#
# La *demi-vie* : après combien de pas la mémoire d’une cellule au repos ($f = \sigma(b)$ à chaque pas) est-elle réduite de moitié ?
# Écrivez-la en fonction du biais `b` (`math.log` et `math.exp` suffisent ; la réponse n’est pas forcément entière).

# %% [markdown] lang="en" id="carousel-answer"
# <details><summary>Answer</summary>
#
# $\sigma(0) = ½$: half disappears at each step, $10^{-30}$ is left; no better than an RNN. With $b_f = 5$ half survives the 100 steps.
# Same architecture, same equations: it is all in the tap. That is why $b_f = 1$ is a common start, and what the model `lstm` does
# here.
#
# </details>
#
# ### Exercise 13.1
#
# The *half-life*: after how many steps is the memory of a cell at rest ($f = \sigma(b)$ at each step) reduced to half? Write it as a
# function of the bias `b` (`math.log` and `math.exp` are all you need; the answer need not be whole).

# %% id="exercise-1-answer"
answer = ...  # lambda b: ...
check.exercise("13.1", answer)

# %% [markdown] lang="fr" id="two-ways"
# ## Deux chemins se rejoignent en $C_t$
#
# $C_t$ sert deux fois : à montrer ($h_t = o_t * \tanh C_t$) et à se souvenir ($C_{t+1} = f_{t+1} * C_t + \dots$). Son gradient est donc la
# somme de deux termes :
#
# $$\frac{\partial L}{\partial C_t} = \frac{\partial L}{\partial h_t} * o_t * (1 - \tanh^2 C_t) \;+\; f_{t+1} * \frac{\partial L}{\partial C_{t+1}}$$
#
# Le second terme est la route. Comparez avec le RNN : pas de $W$, pas de $\sigma'$, un simple facteur entre 0 et 1, que le réseau
# règle lui-même.
#
# ### Exercice 13.2
#
# Écrivez ce gradient : une fonction de `dh` ($\partial L/\partial h_t$), `dC` ($\partial L/\partial C_{t+1}$), `o`, `f` ($f_{t+1}$) et `C`
# ($C_t$).

# %% [markdown] lang="en" id="two-ways"
# ## Two ways meet at $C_t$
#
# $C_t$ is used twice: to show ($h_t = o_t * \tanh C_t$) and to remember ($C_{t+1} = f_{t+1} * C_t + \dots$). So its gradient is the sum of
# two terms:
#
# $$\frac{\partial L}{\partial C_t} = \frac{\partial L}{\partial h_t} * o_t * (1 - \tanh^2 C_t) \;+\; f_{t+1} * \frac{\partial L}{\partial C_{t+1}}$$
#
# The second term is the road. Compare with the RNN: no $W$, no $\sigma'$, a mere factor between 0 and 1, which the network sets by
# itself.
#
# ### Exercise 13.2
#
# Write this gradient: a function of `dh` ($\partial L/\partial h_t$), `dC` ($\partial L/\partial C_{t+1}$), `o`, `f` ($f_{t+1}$) and `C`
# ($C_t$).

# %% id="exercise-2-answer"
answer = ...  # lambda dh, dC, o, f, C: ...
check.exercise("13.2", answer)

# %% [markdown] lang="fr" id="exercise-3"
# ### Exercice 13.3
#
# Et la porte elle-même, comment apprend-elle ? Avec $f = \sigma(z)$ et $C_t = f * C_{t-1} + \dots$, écrivez $\partial L/\partial z$ en
# fonction de `dC` ($\partial L/\partial C_t$), `C_before` ($C_{t-1}$) et `f`. Que se passe-t-il quand la porte est grande ouverte ?

# %% [markdown] lang="en" id="exercise-3"
# ### Exercise 13.3
#
# And the gate itself, how does it learn? With $f = \sigma(z)$ and $C_t = f * C_{t-1} + \dots$, write $\partial L/\partial z$ as a function
# of `dC` ($\partial L/\partial C_t$), `C_before` ($C_{t-1}$) and `f`. What happens when the gate is wide open?

# %% id="exercise-3-answer"
answer = ...  # lambda dC, C_before, f: ...
check.exercise("13.3", answer)

# %% [markdown] lang="fr" id="flow"
# ## Le gradient, mesuré
#
# Voici les 60 lettres des tutoriels 11 et 12, lues par un LSTM neuf dont on change *un seul* nombre, le biais d’oubli. La porte fermée
# ($b_f = -3$) donne un LSTM qui oublie plus vite que le RNN !

# %% [markdown] lang="en" id="flow"
# ## The gradient, measured
#
# Here are the 60 letters of tutorials 11 and 12, read by a new LSTM of which *one* number is changed, the forget bias. The closed gate
# ($b_f = -3$) makes an LSTM that forgets faster than the RNN!

# %% id="flow-code"
rnn = Catalogue().load("rnn")
rnn_settings = replace(rnn.settings, reading="order", steps=60, hidden=16)
flow_diagram(
    [
        flow(observed(rnn, rnn_settings), "RNN"),
        *(
            flow(observed(model, replace(settings, forget_bias=b)), f"LSTM b_f = {number(b, 0)}")
            for b in (-3.0, 1.0, 3.0)
        ),
    ]
)

# %% [markdown] lang="fr" id="bias-read"
# Avec $b_f = 1$, il revient dix milliards de fois plus que par le RNN, mais c’est encore peu ; avec $b_f = 3$, la courbe est presque
# plate, après une chute sur les tout derniers pas. **Prédisez** : cette chute est-elle sur la route $C$, ou à côté ?

# %% [markdown] lang="en" id="bias-read"
# With $b_f = 1$ ten thousand million times more comes back than through the RNN, which is still little; with $b_f = 3$ the curve is
# nearly flat, after a fall over the very last steps. **Predict**: is this fall on the road $C$, or beside it?

# %% id="two-curves"
lasting = flow(observed(model, replace(settings, forget_bias=3.0)))
times = tuple(map(float, lasting.steps))
curves(
    [Series("∂L/∂C_t", times, lasting.c, "#d55e00"), Series("∂L/∂h_t", times, lasting.h, "#0072b2")],
    title=say(fr="Sur la route, et à côté", en="On the road, and beside it"),
    guide=say(
        fr="Normes des gradients d’un LSTM neuf, b_f = 3, échelle log.",
        en="Norms of the gradients of a new LSTM, b_f = 3, log scale.",
    ),
    x_name="t",
    y_name="‖∂L/∂·‖",
    log=True,
)

# %% [markdown] lang="fr" id="training"
# À côté. Le coût est lu sur $h_{60}$, qui reçoit tout ; un pas plus tôt, $h_{59}$ ne compte plus que par ce qu’en lisent les portes.
# $C$, elle, garde le quart de son gradient sur tout le voyage, là où le RNN en perd quatorze ordres de grandeur. Et surtout, le biais n’est qu’un point de départ : la porte est *apprise*.
#
# ## Entraîner les deux
#
# Entraînons maintenant le RNN et le LSTM, porte ouverte ($b_f = 3$) : 60 lettres, même recette, en lisant le gradient en route
# (`History`).
#
# **Prédisez.** À quoi verra-t-on, *avant que le coût baisse*, lequel des deux peut réussir ?

# %% [markdown] lang="en" id="training"
# Beside it. The loss is read on $h_{60}$, which receives everything; one step earlier $h_{59}$ counts only by what the gates read of it.
# $C$ keeps a quarter of its gradient over the whole journey, where the RNN loses fourteen orders of magnitude. Above all, the bias is only a start: the gate is *learned*.
#
# ## Training both
#
# Now let us train the RNN and the LSTM, its gate open ($b_f = 3$): 60 letters, same recipe, and read the gradient on the way
# (`History`).
#
# **Predict.** How will it show, *before the loss falls*, which of them can succeed?

# %% id="training-code"
settings = replace(settings, forget_bias=3.0)
histories, modules = [], {}
for each, its_settings in ((rnn, rnn_settings), (model, settings)):
    history = History(each.name, each.name.upper())
    run = train(each, its_settings, watch=history.watch(each, its_settings))
    histories.append(history)
    modules[each.name] = run.module
    print(f"{each.name:5} {100 * run.score:.0f} %")
history_diagram(histories)

# %% [markdown] lang="fr" id="training-read"
# <details><summary>Réponse</summary>
#
# En haut : la part du gradient qui atteint la première lettre. Chez le LSTM, elle est là dès le départ, et grandit quand le coût
# s’effondre : le réseau a trouvé quoi retenir. Chez le RNN, elle disparaît, saute, disparaît encore : elle n’est jamais assez longtemps
# là pour apprendre. Les cartes du bas montrent la même chose pas par pas : clair = rien n’arrive.
#
# </details>
#
# ## Qui a retenu quoi ?
#
# L’expérience décisive ne demande aucun gradient. On donne deux fois la même phrase aux réseaux entraînés, en changeant **une seule
# lettre**, la première majuscule : X, puis Y. De combien les deux états diffèrent-ils ensuite ?

# %% [markdown] lang="en" id="training-read"
# <details><summary>Answer</summary>
#
# On top: the share of the gradient that reaches the first letter. In the LSTM it is there from the start, and grows when the loss
# collapses: the network has found what to keep. In the RNN it vanishes, jumps, vanishes again: it is never there long enough to learn.
# The maps below show the same step by step: pale means that nothing arrives.
#
# </details>
#
# ## Who kept what?
#
# The decisive experiment asks for no gradient. The trained networks are given the same sentence twice with **one letter** changed, the
# first capital: X, then Y. By how much do the two states differ after that?

# %% id="memory"
sentence = "bcddaaddXdbbbabddbccaadddcdbbXababbadabbdacadabbbadacdacbcab"


def states(name, text):
    """h_t of a trained network at each step of a text."""
    with tg.no_grad():
        return modules[name].cell(model.read(settings, text).inputs.transpose(0, 1))[0]


def apart(name):
    """‖h_t − h′_t‖ for the sentence and the same with one letter changed."""
    difference = states(name, sentence) - states(name, sentence.replace("X", "Y", 1))
    return tuple(float(row.norm()) for row in difference)


curves(
    [
        Series(name.upper(), tuple(map(float, range(1, 61))), apart(name), colour)
        for name, colour in (("rnn", "#0072b2"), ("lstm", "#d55e00"))
    ],
    title=say(fr="Combien de temps une lettre vit-elle ?", en="How long does a letter live?"),
    guide=say(
        fr="Distance entre les états de deux lectures qui ne diffèrent que par la lettre 9.",
        en="Distance between the states of two readings that differ in letter 9 alone.",
    ),
    x_name="t",
    y_name="‖h_t − h′_t‖",
)

# %% [markdown] lang="fr" id="memory-read"
# Les deux réseaux voient la lettre 9. Dix pas plus tard, le RNN est dans le même état pour les deux phrases : **il a oublié**, et aucune
# lecture de son état ne peut plus répondre à la question. Chez le LSTM, la différence est encore là à la fin. C’est le même produit
# de jacobiennes qu’au tutoriel 12, lu vers l’avant.
#
# ## Ce que les portes ont appris

# %% [markdown] lang="en" id="memory-read"
# Both networks see letter 9. Ten steps later the RNN is in the same state for both sentences: **it has forgotten**, and no reading of
# its state can answer the question any more. In the LSTM the difference is still there at the end. It is the same product of
# Jacobians as in tutorial 12, read forward.
#
# ## What the gates have learned

# %% id="gates-code"
before = gates(observed(model, settings))
after = gates(observed(model, settings, module=modules["lstm"]))
heat_diagram([before, after], [say(fr="avant", en="before"), say(fr="après l’entraînement", en="after training")])

# %% [markdown] lang="fr" id="gates-read"
# Une colonne est un pas, une ligne une unité. La porte d’oubli est restée ouverte, presque partout et tout le temps : sur soixante pas, la
# meilleure unité garde encore l’essentiel (la courbe bleue, $\prod f$, ne descend presque pas). La courbe rouge, mesurée par *tous* les
# chemins, montre que le réseau a aussi appris à faire grandir ce souvenir.
#
# La porte d’entrée, elle, a appris *quand* écrire. Cherchez les deux colonnes qui tranchent, puis regardez l’unité qui réagit le plus :

# %% [markdown] lang="en" id="gates-read"
# A column is a step, a row a unit. The forget gate has stayed open, nearly everywhere and all the time: over sixty steps the best unit
# still keeps most (the blue curve, $\prod f$, hardly falls). The red curve, measured by *all* ways, shows that the network has also
# learned to make this memory grow.
#
# The input gate has learned *when* to write. Look for the two columns that stand out, then at the unit that reacts most:

# %% id="capitals"
capital = np.array([token in "XY" for token in after.tokens])
written, elsewhere = after.values["i"][capital].mean(0), after.values["i"][~capital].mean(0)
unit = abs(written - elsewhere).argmax()
print(say(fr="unité", en="unit"), unit)
print(say(fr="i sur X et Y :", en="i at X and Y:"), f"{written[unit]:.2f}")
print(say(fr="i ailleurs :   ", en="i elsewhere: "), f"{elsewhere[unit]:.2f}")

# %% [markdown] lang="fr" id="touch"
# Cette unité ne traite pas une majuscule comme une autre lettre : la porte décide de ce qui entre, et la route le garde.
#
# ## Tirer le biais d’oubli
#
# Entre les deux courbes du début il y en a d’autres. Dans une page qui calcule, déplacez le biais de $f$ de −2 à 6 : la carte de la porte
# d’oubli fonce, et le gradient tient de plus en plus longtemps. Pointez une unité d’une carte pour lire ses équations avec ses nombres.

# %% [markdown] lang="en" id="touch"
# This unit does not treat a capital as it does another letter: the gate decides what comes in, and the road keeps it.
#
# ## Pull the forget bias
#
# Between the two curves of the beginning there are others. In a page that computes, move the bias of $f$ from −2 to 6: the map of the
# forget gate darkens, and the gradient lasts longer and longer. Point at a unit of a map to read its equations with its numbers.

# %% id="touch-code"
touch.gates("lstm", hidden=8, steps=30)

# %% [markdown] lang="fr" id="explain"
# ## À vous d’expliquer
#
# **Pourquoi un RNN oublie-t-il, et pas un LSTM ?** Écrivez votre réponse en trois phrases, et choisissez l’image de ce tutoriel que
# vous montreriez avec chacune.
#
# <details><summary>Une réponse possible</summary>
#
# 1. Dans un RNN, tout ce qui va d’un pas au suivant est multiplié par $\mathrm{diag}(\sigma')W_{hh}$ ; soixante fois de suite, il n’en
#    reste rien, ni de la lettre vers l’avant, ni du gradient vers l’arrière. *(Le flux du RNN : une droite jusqu’à $10^{-15}$.)*
# 2. Un LSTM a une route, $C_t = f_t * C_{t-1} + i_t * \tilde C_t$, où l’on ne multiplie que par $f_t$ ; si $f_t$ est près de 1, tout
#    passe. *(La cellule, avec sa route noire.)*
# 3. Ce facteur n’est pas fixé : il est calculé à chaque pas et *appris*. Tant que la route est ouverte, l’erreur de la fin atteint le
#    début, et le réseau apprend quoi écrire et quoi garder. *(L’histoire de l’entraînement, et la vie d’une lettre.)*
#
# Il faut rester honnête : un LSTM n’est pas magique. Porte fermée, il oublie comme un RNN ; et même $f = 0{,}95$ ne laisse que
# 0,6 % après cent pas.
#
# </details>
#
# ## Pour aller plus loin
#
# - `tinygrad-fr gates lstm --set reading=order --compare -o portes.svg` : les portes, avant et après, dans un fichier à vous.
# - `tinygrad-fr gates lstm --set reading=order --input abXcdYab --time 3..5` : la cellule, sur un texte de votre choix.
# - `tinygrad-fr flow rnn lstm --set reading=adding --during-training` : un autre exercice de mémoire, où le gradient se réveille juste avant que le coût baisse.
# - `tinygrad-fr gates lstm --steps 30 -o portes.html` : une page qui calcule ; déplacez le biais d’oubli.
#
# La suite : **14. GRU**, ou presque la même chose avec deux portes.

# %% [markdown] lang="en" id="explain"
# ## Your turn to explain
#
# **Why does an RNN forget, and an LSTM not?** Write your answer in three sentences, and choose the picture of this tutorial that you
# would show with each.
#
# <details><summary>A possible answer</summary>
#
# 1. In an RNN all that goes from one step to the next is multiplied by $\mathrm{diag}(\sigma')W_{hh}$; sixty times in a row, nothing is
#    left, neither of the letter going forward nor of the gradient going back. *(The RNN’s flow: a line down to $10^{-15}$.)*
# 2. An LSTM has a road, $C_t = f_t * C_{t-1} + i_t * \tilde C_t$, where one multiplies by $f_t$ alone; if $f_t$ is near 1, everything
#    passes. *(The cell, with its black road.)*
# 3. This factor is not fixed: it is computed at each step, and *learned*. As long as the road is open, the error of the end reaches the
#    beginning, and the network learns what to write and what to keep. *(The history of training, and the life of a letter.)*
#
# Let us be honest: an LSTM is not magic. With its gate closed it forgets as an RNN does; and even $f = 0.95$ leaves only 0.6 % after
# a hundred steps.
#
# </details>
#
# ## Going further
#
# - `tinygrad-fr gates lstm --set reading=order --compare -o gates.svg`: the gates, before and after, in a file of yours.
# - `tinygrad-fr gates lstm --set reading=order --input abXcdYab --time 3..5`: the cell, on a text of your choice.
# - `tinygrad-fr flow rnn lstm --set reading=adding --during-training`: another exercise of memory, where the gradient wakes up just before the loss falls.
# - `tinygrad-fr gates lstm --steps 30 -o gates.html`: a page that computes; move the forget bias.
#
# Next: **14. GRU**, or nearly the same thing with two gates.
