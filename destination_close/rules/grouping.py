"""Which rows of a batch touch each other, and which are independent? (pure)

Rows that share a key, or that refer to contacts of one lead, form a group and stay in order. Groups have nothing in common:
their changes may be sent side by side. A group of an earlier batch may still be under way: groups that touch it come after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from destination_close.model import Draft
from destination_close.rules.memory import Memory, Node


@dataclass(slots=True)
class Rows:
    """One group."""

    drafts: list[Draft] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    """The earlier groups that it touches, by their index among those given."""


def group(drafts: Iterable[Draft], memory: Memory, earlier: Sequence[Iterable[Draft]] = ()) -> list[Rows]:
    """The rows in groups; order is kept inside each, and groups come in the order of their first rows.

    `earlier` are the groups of previous batches that are not finished yet.
    """
    sets = _DisjointSets()
    before = [sets.joined(node for draft in others for node in memory.common_to(draft.keys)) for others in earlier]
    firsts = [(draft, sets.joined(memory.common_to(draft.keys))) for draft in drafts]
    groups: dict[object, Rows] = {}
    for draft, first in firsts:
        name = draft.at if first is None else sets.root(first)
        if name not in groups:
            groups[name] = Rows()
        groups[name].drafts.append(draft)
    for place, first in enumerate(before):
        if first is not None and (touched := groups.get(sets.root(first))):
            touched.after.append(place)
    return list(groups.values())


class _DisjointSets:
    """Union-find with path halving."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}

    def root(self, node: Node) -> Node:
        parent = self._parent
        while (above := parent.setdefault(node, node)) != node:
            parent[node] = parent[above]
            node = above
        return node

    def joined(self, nodes: Iterable[Node]) -> Node | None:
        """They belong together; returns one of them, or None if there are none."""
        parent = self._parent
        first: Node | None = None
        for node in nodes:
            if node not in parent:
                parent[node] = node if first is None else first
                root = parent[node]
            else:
                root = self.root(node)
            if first is None:
                first = root
            elif root != first:
                parent[root] = first
        return first
