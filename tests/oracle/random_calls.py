"""Random calls over the whole vocabulary: a name, and arguments for both engines."""

import random_creation
import random_elementwise
import random_in_place
import random_indexing
import random_layers
import random_products
import random_reductions
import random_shapes

# Kinds of calls, and how often each is drawn.
KINDS = (
    (random_elementwise.unary, 8),
    (random_elementwise.activation, 3),
    (random_elementwise.binary, 10),
    (random_elementwise.operator, 6),
    (random_reductions.reduction, 6),
    (random_reductions.order, 8),
    (random_shapes.shape, 8),
    (random_indexing.item, 6),
    (random_indexing.item_set, 4),
    (random_indexing.gathering, 6),
    (random_products.product, 3),
    (random_in_place.in_place, 4),
    (random_elementwise.clamp, 3),
    (random_creation.cast, 3),
    (random_shapes.join, 2),
    (random_layers.layer, 2),
)


def template(g, x):
    """A random call on x (a P)."""
    (kind,) = g.r.choices([kind for kind, _weight in KINDS], [weight for _kind, weight in KINDS])
    return kind(g, x)
