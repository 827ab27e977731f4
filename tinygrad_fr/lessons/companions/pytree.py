"""``torch.utils._pytree``: lists, tuples and dictionaries of values taken apart, changed leaf by leaf, and put together again."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["TreeSpec", "tree_flatten", "tree_leaves", "tree_map", "tree_map_only", "tree_structure", "tree_unflatten"]


class TreeSpec(NamedTuple):
    """How values were nested: the container and its keys, and the same for each part; a leaf has no container.

    Example:
        >>> tree_structure([1, (2, 3)]).num_leaves
        3
    """

    type: Any
    context: Any
    children_specs: tuple[Any, ...]

    @property
    def num_leaves(self) -> int:
        """How many values there are."""
        return 1 if self.type is None else sum(each.num_leaves for each in self.children_specs)


_LEAF = TreeSpec(None, None, ())


def _parts(tree: Any, is_leaf: Callable[[Any], bool] | None) -> tuple[Any, list[Any]] | None:
    """What identifies a container, and what it holds; None for a leaf."""
    if is_leaf is not None and is_leaf(tree):
        return None
    kind = type(tree)
    if kind in (dict, OrderedDict, defaultdict):
        return (list(tree), getattr(tree, "default_factory", None)), list(tree.values())
    if kind in (list, tuple, deque) or (isinstance(tree, tuple) and hasattr(kind, "_fields")):
        return None, list(tree)
    return None


def tree_flatten(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> tuple[list[Any], TreeSpec]:
    """The values of a tree from the first to the last, and how they were nested.

    Example:
        >>> leaves, spec = tree_flatten({"a": 1, "b": [2, (3,)]})
        >>> leaves, tree_unflatten([10, 20, 30], spec)
        ([1, 2, 3], {'a': 10, 'b': [20, (30,)]})
    """
    parts = _parts(tree, is_leaf)
    if parts is None:
        return [tree], _LEAF
    leaves: list[Any] = []
    specs: list[TreeSpec] = []
    for each in parts[1]:
        found, spec = tree_flatten(each, is_leaf)
        leaves += found
        specs.append(spec)
    return leaves, TreeSpec(type(tree), parts[0], tuple(specs))


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """Values nested as others were.

    Example:
        >>> tree_unflatten([1, 2], tree_structure([0, 0]))
        [1, 2]
    """
    return _built(iter(leaves), treespec)


def _built(leaves: Any, spec: TreeSpec) -> Any:
    if spec.type is None:
        return next(leaves)
    parts = [_built(leaves, each) for each in spec.children_specs]
    if spec.type is defaultdict:
        return defaultdict(spec.context[1], zip(spec.context[0], parts, strict=True))
    if spec.type in (dict, OrderedDict):
        return spec.type(zip(spec.context[0], parts, strict=True))
    return spec.type(*parts) if hasattr(spec.type, "_fields") else spec.type(parts)


def tree_leaves(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> list[Any]:
    """The values of a tree.

    Example:
        >>> tree_leaves([1, {"a": 2}])
        [1, 2]
    """
    return tree_flatten(tree, is_leaf)[0]


def tree_structure(tree: Any, is_leaf: Callable[[Any], bool] | None = None) -> TreeSpec:
    """How the values of a tree are nested.

    Example:
        >>> tree_structure([1]).type
        <class 'list'>
    """
    return tree_flatten(tree, is_leaf)[1]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """The same tree with a function of each value, and of those that stand at its place in other trees.

    Example:
        >>> tree_map(lambda a, b: a + b, [1, (2,)], [10, (20,)])
        [11, (22,)]
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    others = [tree_leaves(each, is_leaf) for each in rests]
    return tree_unflatten([func(*each) for each in zip(leaves, *others, strict=True)], spec)


def tree_map_only(kind: Any, func: Callable[[Any], Any], tree: Any) -> Any:
    """The same tree with a function of each value of one class.

    Example:
        >>> tree_map_only(int, lambda x: -x, [1, "a"])
        [-1, 'a']
    """
    return tree_map(lambda x: func(x) if isinstance(x, kind) else x, tree)
