"""Which rows of a batch touch each other, and which can go their own way? (pure)

Rows that share a key, or that mean contacts of one lead, form a group and stay in order. Groups have nothing in common:
their changes may be sent side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from destination_close.memory import Memory
from destination_close.model import Draft, Key

Node = Key | str
"""A key, or the id of a lead."""


def group(drafts: Sequence[Draft], memory: Memory) -> list[list[Draft]]:
    """The rows in groups; order is kept inside each, and groups come in the order of their first rows."""
    sets = _DisjointSets()
    first_nodes: list[Node | None] = []
    for draft in drafts:
        nodes = list(_nodes(draft, memory))
        first_nodes.append(nodes[0] if nodes else None)
        for node in nodes[1:]:
            sets.join(nodes[0], node)
    groups: dict[object, list[Draft]] = {}
    for draft, first in zip(drafts, first_nodes, strict=True):
        root: object = draft.at if first is None else sets.root(first)
        groups.setdefault(root, []).append(draft)
    return list(groups.values())


def _nodes(draft: Draft, memory: Memory) -> Iterator[Node]:
    for key in draft.keys:
        yield key
        if key.kind == "company":
            yield from (lead.id for lead in memory.leads_with(key.value))
        else:
            yield from (contact.lead_id for contact in memory.contacts_with(key))


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

    def join(self, one: Node, other: Node) -> None:
        self._parent[self.root(other)] = self.root(one)
