# %% [markdown] lang="fr" id="title"
# # 16. Attention et Transformer
#
# **Ce que vous allez voir.** Une troisième réponse au problème de la mémoire. Le RNN multiplie, le LSTM garde une route ; l’attention,
# elle, supprime le voyage : chaque mot regarde directement tous les autres. Vous ferez une attention à la main sur trois mots, mesurerez
# le gradient à 60 pas de distance, puis entraînerez un petit Transformer qui lit *trois mille cinq cent vingt* et écrit 3520, en voyant
# quel mot regarde chaque chiffre.
#
# **Prérequis.** Les tutoriels 10 et 12. **Durée.** 30 minutes.

# %% [markdown] lang="en" id="title"
# # 16. Attention and the Transformer
#
# **What you will see.** A third answer to the problem of memory. The RNN multiplies, the LSTM keeps a road; attention does away with the
# journey: each word looks straight at all the others. You will do an attention by hand on three words, measure the gradient at a
# distance of 60 steps, then train a small Transformer that reads *trois mille cinq cent vingt* and writes 3520, and see which word each
# figure looks at.
#
# **Prerequisites.** Tutorials 10 and 12. **Time.** 30 minutes.

# %% id="imports"
from dataclasses import replace

import numpy as np

import tinygrad_fr as tg
from tinygrad_fr import nn
from tinygrad_fr.draw import Series, attention_diagram, curves
from tinygrad_fr.explain import Distance, attentions, observed, view
from tinygrad_fr.nn import functional as F
from tinygrad_fr.plugins import Batch, Catalogue
from tinygrad_fr.training import train
from tinygrad_fr.tutorials import check, say

# %% [markdown] lang="fr" id="query"
# ## Question, clé, valeur
#
# Un dictionnaire Python cherche une clé *égale* à la question et rend sa valeur. L’attention fait de même, mais en douceur : elle
# compare la question $q$ à toutes les clés $k_j$ par un produit scalaire (tutoriel 10), et rend un **mélange** des valeurs $v_j$, dosé par
# la ressemblance.
#
# $$\text{sortie} = \sum_j p_j\, v_j \qquad p = \mathrm{Softmax}\left(\frac{q\cdot k_1}{\sqrt d}, \frac{q\cdot k_2}{\sqrt d}, \dots\right)$$
#
# Voici trois mots, leurs clés à $d = 2$ nombres, et des valeurs faciles à reconnaître.
#
# **Prédisez.** La question ressemble surtout à la première clé. La sortie sera-t-elle la première valeur ?

# %% [markdown] lang="en" id="query"
# ## Query, key, value
#
# A Python dictionary looks for a key *equal* to the query and gives its value. Attention does the same, but softly: it compares the
# query $q$ with all the keys $k_j$ by a dot product (tutorial 10), and gives a **mixture** of the values $v_j$, in proportion to the
# likeness.
#
# $$\text{output} = \sum_j p_j\, v_j \qquad p = \mathrm{Softmax}\left(\frac{q\cdot k_1}{\sqrt d}, \frac{q\cdot k_2}{\sqrt d}, \dots\right)$$
#
# Here are three words, their keys of $d = 2$ numbers, and values that are easy to recognize.
#
# **Predict.** The query is like the first key most of all. Will the output be the first value?

# %% id="query-code"
query = tg.tensor([[2.0, 0.0]], name="Q")
keys = tg.tensor([[2.0, 0.0], [1.0, 1.0], [-1.0, 1.0]], name="K")
values = tg.tensor([[100.0], [10.0], [1.0]], name="V")

scores = query @ keys.transpose(0, 1) / 2**0.5
weights = F.softmax(scores, -1)
print("q·k/√d ", scores.detach().numpy().round(3))
print("p      ", weights.detach().numpy().round(3))
print("Σ p v  ", (weights @ values).detach().numpy().round(3))

# %% [markdown] lang="fr" id="as-one"
# <details><summary>Réponse</summary>
#
# Non : 80 % de la première valeur, 19 % de la deuxième, 1 % de la troisième. Rien n’est jamais tout à fait exclu ; donc tout reçoit
# un gradient.
#
# </details>
#
# Pour toutes les questions d’une phrase à la fois, ce sont deux produits de matrices : $\mathrm{Softmax}(QK^\top/\sqrt d)\,V$. PyTorch
# l’appelle `scaled_dot_product_attention`. Ouvrons-la :

# %% [markdown] lang="en" id="as-one"
# <details><summary>Answer</summary>
#
# No: 80 % of the first value, 19 % of the second, 1 % of the third. Nothing is ever wholly left out; so everything receives a
# gradient.
#
# </details>
#
# For all the queries of a sentence at once, it is two products of matrices: $\mathrm{Softmax}(QK^\top/\sqrt d)\,V$. PyTorch calls it
# `scaled_dot_product_attention`. Let us open it:

# %% id="as-one-code"
with tg.opened("op", "equation"), tg.recording():
    output = F.scaled_dot_product_attention(query, keys, values)
print(output.detach().numpy().round(3))
view(tg.Graph.of(output), Distance(zoom="equation"))

# %% [markdown] lang="fr" id="exercise-1"
# ### Exercice 16.1
#
# Deux clés seulement, $d = 2$. Écrivez le poids $p_1$ donné à la première clé, en fonction de la question (`q1`, `q2`) et des clés
# (`a1`, `a2`) et (`b1`, `b2`).

# %% [markdown] lang="en" id="exercise-1"
# ### Exercise 16.1
#
# Two keys only, $d = 2$. Write the weight $p_1$ given to the first key, as a function of the query (`q1`, `q2`) and of the keys (`a1`,
# `a2`) and (`b1`, `b2`).

# %% id="exercise-1-answer"
answer = ...  # lambda q1, q2, a1, a2, b1, b2: ...
check.exercise("16.1", answer)

# %% [markdown] lang="fr" id="scale"
# ## Pourquoi diviser par $\sqrt d$ ?
#
# Le produit scalaire de deux vecteurs au hasard est une somme de $d$ termes : sa taille croît comme $\sqrt d$.
#
# **Prédisez.** Que devient alors le softmax, et son gradient, quand $d$ est grand ?

# %% [markdown] lang="en" id="scale"
# ## Why divide by $\sqrt d$?
#
# The dot product of two random vectors is a sum of $d$ terms: its size grows as $\sqrt d$.
#
# **Predict.** What becomes of the softmax, and of its gradient, when $d$ is large?

# %% id="scale-code"
tg.manual_seed(0)
for d in (4, 64, 1024):
    q, k = tg.randn(200, d), tg.randn(10, d)
    for name, scale in (("q·k", 1.0), ("q·k/√d", d**-0.5)):
        scores = (q @ k.transpose(0, 1) * scale).detach().requires_grad_()
        p = F.softmax(scores, -1)
        p.max(-1).values.sum().backward()
        told = f"p max = {float(p.max(-1).values.mean()):.2f}   |∂p/∂score| = {float(scores.grad.abs().mean()):.4f}"
        print(f"d = {d:4}  {name:7} {say(fr='écart type', en='deviation')} {float(scores.std()):5.1f}   {told}")

# %% [markdown] lang="fr" id="distance"
# <details><summary>Réponse</summary>
#
# Sans la division, un seul poids vaut presque 1 et les autres presque 0 : le softmax sature, et son gradient s’éteint, comme la
# sigmoïde du tutoriel 4. Avec elle, rien ne dépend de $d$.
#
# </details>
#
# ## À quelle distance le gradient va-t-il ?
#
# Refaisons la mesure du tutoriel 12. Soixante entrées ; le coût est lu à la dernière place. Combien revient à chacune, par un RNN, et
# par une attention ?

# %% [markdown] lang="en" id="distance"
# <details><summary>Answer</summary>
#
# Without the division one weight is nearly 1 and the others nearly 0: the softmax saturates and its gradient goes out, as did the
# sigmoid’s in tutorial 4. With it, nothing depends on $d$.
#
# </details>
#
# ## How far does the gradient go?
#
# Let us measure again as in tutorial 12. Sixty inputs; the loss is read at the last place. How much comes back to each, through an RNN,
# and through an attention?

# %% id="distance-code"
tg.manual_seed(0)
recurrent, attending = nn.RNN(16, 16), nn.MultiheadAttention(16, 1)


def reach(last_output):
    """‖∂L/∂x_t‖ at each place, L being the sum of squares of the last output."""
    x = tg.randn(60, 1, 16, generator=tg.Generator().manual_seed(1)).requires_grad_()
    last_output(x).square().sum().backward()
    return tuple(float(row.norm()) for row in x.grad)


places = tuple(map(float, range(1, 61)))
curves(
    [
        Series("RNN", places, reach(lambda x: recurrent(x)[0][-1]), "#0072b2"),
        Series("attention", places, reach(lambda x: attending(x, x, x)[0][-1]), "#009e73"),
    ],
    title=say(fr="Ce qui revient de la place 60", en="What comes back from place 60"),
    guide=say(
        fr="‖∂L/∂x_t‖, échelle log. Par l’attention, la première place est aussi proche que l’avant-dernière.",
        en="‖∂L/∂x_t‖, log scale. Through attention the first place is as near as the last but one.",
    ),
    x_name="t",
    y_name="‖∂L/∂x_t‖",
    log=True,
)

# %% [markdown] lang="fr" id="distance-read"
# Une ligne plate : de toute place à toute autre, il n’y a **qu’un pas**. Le prix : $T$ questions fois $T$ clés, donc $T^2$ produits, là
# où le RNN en fait $T$.
#
# ### Exercice 16.2
#
# Une attention sur deux valeurs : $y = p\,a + (1 - p)\,b$ avec $p = \sigma(s)$ (un softmax à deux est une sigmoïde de la différence des
# scores). Écrivez $\partial y/\partial s$ en fonction de `s`, `a`, `b`. Quand l’attention n’apprend-elle plus rien ?

# %% [markdown] lang="en" id="distance-read"
# A flat line: from any place to any other there is **but one step**. The price: $T$ queries times $T$ keys, so $T^2$ products, where the
# RNN does $T$.
#
# ### Exercise 16.2
#
# An attention over two values: $y = p\,a + (1 - p)\,b$ with $p = \sigma(s)$ (a softmax of two is a sigmoid of the difference of the
# scores). Write $\partial y/\partial s$ as a function of `s`, `a`, `b`. When does attention learn nothing any more?

# %% id="exercise-2-answer"
answer = ...  # lambda s, a, b: ...
check.exercise("16.2", answer)

# %% [markdown] lang="fr" id="order"
# ## Ce que l’attention ne voit pas : l’ordre
#
# **Prédisez.** On mélange les mots d’une phrase. Que devient la sortie de l’attention pour chaque mot ?

# %% [markdown] lang="en" id="order"
# ## What attention does not see: order
#
# **Predict.** The words of a sentence are shuffled. What becomes of the output of attention for each word?

# %% id="order-code"
words = tg.randn(5, 1, 16)
shuffled = [3, 0, 4, 1, 2]
plain = attending(words, words, words)[0]
mixed = attending(words[shuffled], words[shuffled], words[shuffled])[0]
print(say(fr="plus grand écart :", en="largest difference:"), f"{float((plain[shuffled] - mixed).abs().max()):.0e}")

# %% [markdown] lang="fr" id="places"
# <details><summary>Réponse</summary>
#
# La même, à la précision des nombres près : chaque mot reçoit exactement ce qu’il recevait. Pour l’attention, une phrase est un *sac* de
# mots.
#
# </details>
#
# On ajoute donc à chaque mot un vecteur de **place** : des sinus et des cosinus, lents et rapides, comme les aiguilles d’une horloge.
# Deux places différentes n’ont jamais la même heure.

# %% [markdown] lang="en" id="places"
# <details><summary>Answer</summary>
#
# The same, to the precision of the numbers: each word receives just what it received. To attention a sentence is a *bag* of words.
#
# </details>
#
# So a vector of its **place** is added to each word: sines and cosines, slow and fast, like the hands of a clock. No two places tell the
# same time.

# %% id="places-code"
t = np.arange(40)
waves = {"sin t": np.sin(t), "sin t/10": np.sin(t / 10), "sin t/100": np.sin(t / 100)}
curves(
    [
        Series(name, tuple(map(float, t)), tuple(wave.tolist()), colour)
        for (name, wave), colour in zip(waves.items(), ("#0072b2", "#d55e00", "#009e73"), strict=True)
    ],
    title=say(fr="Trois aiguilles de l’horloge des places", en="Three hands of the clock of places"),
    guide=say(fr="Chaque place t lit une combinaison différente.", en="Each place t reads another combination."),
    x_name="t",
    y_name="",
)

# %% [markdown] lang="fr" id="mask"
# ## Le masque : ne pas lire l’avenir
#
# Pour écrire un mot après l’autre, un réseau ne doit pas voir ceux qui suivent. Il suffit de mettre $-\infty$ à leurs scores : leur
# poids est alors exactement 0, et tout le texte peut servir d’exercice en une seule passe.
#
# **Prédisez.** À quoi ressemble la première ligne des poids ?

# %% [markdown] lang="en" id="mask"
# ## The mask: not reading the future
#
# To write one word after the other, a network must not see those that follow. It is enough to put $-\infty$ as their scores: their weight
# is then exactly 0, and the whole text can serve as exercise in a single pass.
#
# **Predict.** What does the first row of the weights look like?

# %% id="mask-code"
_output, weights = attending(words, words, words, attn_mask=~np.tri(5, dtype=bool))
print(weights[0].detach().numpy().round(2))

# %% [markdown] lang="fr" id="block"
# <details><summary>Réponse</summary>
#
# `1 0 0 0 0` : le premier mot ne peut regarder que lui-même. Chaque ligne a pour somme 1.
#
# </details>
#
# ## Le Transformer
#
# Une attention à plusieurs **têtes** en fait plusieurs côte à côte, chacune sur une tranche des vecteurs : l’une peut suivre la
# grammaire, l’autre la place. Un bloc de Transformer, c’est cette attention, puis deux couches denses, chacune entourée d’une
# connexion résiduelle (tutoriel 15) et d’une `LayerNorm` (tutoriel 9). Rien que vous ne connaissiez. Ouvrez-le :

# %% [markdown] lang="en" id="block"
# <details><summary>Answer</summary>
#
# `1 0 0 0 0`: the first word can look at itself alone. Each row sums to 1.
#
# </details>
#
# ## The Transformer
#
# An attention of several **heads** does several side by side, each on a slice of the vectors: one may follow grammar, another place. A
# Transformer block is this attention, then two dense layers, each with a residual connection around it (tutorial 15) and a `LayerNorm`
# (tutorial 9). Nothing that you do not know. Open it:

# %% id="block-code"
nn.TransformerEncoderLayer(32, 2, 64)

# %% [markdown] lang="fr" id="train"
# ## Traduire
#
# Le modèle `transformer` lit un nombre en toutes lettres et l’écrit en chiffres. Il s’entraîne sur 8 000 nombres et est jugé sur 2 000
# autres, qu’il n’a jamais vus. En voici un petit : une couche, deux têtes, quatre époques.

# %% [markdown] lang="en" id="train"
# ## Translating
#
# The model `transformer` reads a number in French words and writes it in figures. It trains on 8,000 numbers and is judged on 2,000
# others that it has never seen. Here is a small one: one layer, two heads, four epochs.

# %% id="train-code"
model = Catalogue().load("transformer")
settings = replace(model.settings, width=48, heads=2, layers=1)
run = train(model, settings, epochs=4)
print(*(f"{100 * epoch.score:.0f} %" for epoch in run.epochs))
for text in ("douze", "quatre-vingt-dix-neuf", "neuf cent douze", "deux mille sept", "trois mille cinq cent vingt"):
    print(f"{text:28}", model.answer(run.module, model.read(settings, text)))

# %% [markdown] lang="fr" id="look"
# ## Qui regarde quoi ?
#
# **Prédisez.** Pour écrire 3520, quel mot le réseau doit-il regarder avant d’écrire le 3 ? le 5 ? le 2 ? et le 0 final ?

# %% [markdown] lang="en" id="look"
# ## Who looks at what?
#
# **Predict.** To write 3520, which word must the network look at before it writes the 3? the 5? the 2? and the last 0?

# %% id="look-code"
words = model.read(settings, "trois mille cinq cent vingt").inputs
batch = Batch(words, tg.tensor(run.module.translate(words)))  # with the figures that it writes itself
found = attentions(observed(model, settings, module=run.module, batch=batch))
attention_diagram("trois mille cinq cent vingt", found[-1:])

# %% id="most-code"
for place, sign in enumerate(found[-1].queries):
    for head in range(found[-1].heads):
        word, share = found[-1].most(head, place)
        print(f"{sign}  {say(fr='tête', en='head')} {head + 1}: {word:6} {100 * share:3.0f} %")

# %% [markdown] lang="fr" id="look-read"
# À gauche, ce qui vient d’être écrit (‹ est le début) ; à droite, le mot regardé pour écrire la *suite*. Après ‹, le réseau regarde
# *trois*, et écrit 3. Après 3, il regarde surtout *cinq*, et écrit 5. La suite est moins nette, et le dernier 0 n’est dit par aucun mot :
# il vient de ce que *rien* ne suit *vingt*.
#
# Restez prudents : les poids d’attention montrent d’où l’information *peut* venir. Ils n’expliquent pas tout, car les vecteurs regardés
# ont déjà été mélangés par l’encodeur. Voici toutes les attentions du modèle, dans l’ordre où elles ont lieu :

# %% [markdown] lang="en" id="look-read"
# On the left is what has just been written (‹ is the beginning); on the right the word looked at to write what *follows*. After ‹ the
# network looks at *trois*, and writes 3. After 3 it looks at *cinq* most of all, and writes 5. The rest is less clear, and no word says
# the last 0: it comes from *nothing* standing after *vingt*.
#
# Be careful: the weights of attention show where information *may* come from. They do not explain everything, since the vectors looked
# at have already been mixed by the encoder. Here are all the attentions of the model, in the order in which they happen:

# %% id="all-attentions"
attention_diagram(say(fr="Toutes les attentions", en="All attentions"), found)

# %% [markdown] lang="fr" id="summary"
# L’encodeur regarde dans les deux sens ; le décodeur (au milieu) ne regarde qu’en arrière : c’est le masque ; et la dernière va du
# décodeur aux mots.
#
# ## À retenir
#
# - L’attention est un dictionnaire doux : $\mathrm{Softmax}(QK^\top/\sqrt d)\,V$.
# - De toute place à toute autre, un seul pas : le gradient n’a plus de soixante pas à traverser.
# - Le prix est $T^2$, et l’ordre doit être ajouté par un vecteur de place.
# - Encodeur et décodeur : `transformer` ; décodeur seul, avec le masque : `gpt` ; encodeur seul : `bert`.
#
# ## Pour aller plus loin
#
# - `tinygrad-fr attention transformer --trained -o attention.svg` : le modèle entier, quatre têtes.
# - `tinygrad-fr ask transformer quatre-vingt-dix-neuf` : posez-lui vos nombres.
# - `tinygrad-fr ask gpt "la vache"` : un décodeur seul écrit la suite.
#
# La suite : **17. Du tenseur au scalaire**.

# %% [markdown] lang="en" id="summary"
# The encoder looks both ways; the decoder (in the middle) looks back alone: that is the mask; and the last goes from the decoder to the
# words.
#
# ## What to remember
#
# - Attention is a soft dictionary: $\mathrm{Softmax}(QK^\top/\sqrt d)\,V$.
# - From any place to any other, a single step: the gradient no longer has sixty steps to cross.
# - The price is $T^2$, and order must be added by a vector of the place.
# - Encoder and decoder: `transformer`; the decoder alone, with the mask: `gpt`; the encoder alone: `bert`.
#
# ## Going further
#
# - `tinygrad-fr attention transformer --trained -o attention.svg`: the whole model, four heads.
# - `tinygrad-fr ask transformer quatre-vingt-dix-neuf`: ask it numbers of yours.
# - `tinygrad-fr ask gpt "la vache"`: a decoder alone writes what follows.
#
# Next: **17. From the tensor to the scalar**.
