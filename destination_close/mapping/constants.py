"""Which values does a template give whatever the row holds? (pure)

`{{ 'Customer' if record['paid'] else 'Potential' }}` gives one of two, and both can be looked at before a row comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, NamedTuple

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from destination_close.templates import FILTERS, MAX_LENGTH

MOST_WORDS = 100


class Constants(NamedTuple):
    """What a template, or a part of one, can give."""

    words: tuple[Any, ...] = ()
    """Those of its values that stand in it."""

    complete: bool = False
    """Whether it never gives anything else."""

    def __or__(self, other: Constants) -> Constants:
        return Constants((*self.words, *other.words), self.complete and other.complete)


def constants_of(source: str) -> Constants:
    """What a template setting can give; nothing if it is broken, or not a template."""
    if "{{" not in source or len(source) > MAX_LENGTH:
        return Constants()
    try:
        environment = ImmutableSandboxedEnvironment()
        environment.filters = dict(FILTERS)
        body = environment.parse(source.strip()).body
        alone = _only_expression(body)
        found = _text(body) if alone is None else _expression(alone)
    except Exception:  # noqa: BLE001  its compiler reports what is wrong with it
        return Constants()
    return found if len(found.words) <= MOST_WORDS else Constants()


def _only_expression(body: Sequence[nodes.Node]) -> nodes.Expr | None:
    only = body[0] if len(body) == 1 else None
    alone = only.nodes[0] if isinstance(only, nodes.Output) and len(only.nodes) == 1 else None
    return None if isinstance(alone, nodes.TemplateData) else alone


def _expression(node: nodes.Node | None) -> Constants:
    match node:
        case None:
            return Constants((), complete=True)
        case nodes.CondExpr():
            return _expression(node.expr1) | _expression(node.expr2)
        case nodes.Or():
            return _expression(node.left) | _expression(node.right)
        case nodes.And():
            return _expression(node.right)._replace(complete=False)
        case nodes.Filter(name="default" | "d") if node.args:
            return _expression(node.node) | _expression(node.args[0])
        case nodes.Getitem(node=nodes.Dict() as table) if node.arg.find(nodes.Name) or isinstance(node.arg, nodes.Name):
            return _any_of(pair.value for pair in table.items)
        case nodes.Call(node=nodes.Getattr(attr="get", node=nodes.Dict() as table)) if node.args:
            return _any_of([*(pair.value for pair in table.items), *node.args[1:]])
        case nodes.List() | nodes.Tuple():
            return _any_of(node.items)._replace(complete=False)
        case nodes.Expr() if _is_harmless(node):
            return _constant(node)
    return Constants()


def _any_of(expressions: Iterable[nodes.Node]) -> Constants:
    found = Constants((), complete=True)
    for expression in expressions:
        found |= _expression(expression)
    return found


_HARMLESS = (nodes.Const, nodes.Concat, nodes.Filter)


def _is_harmless(node: nodes.Node) -> bool:
    """Whether it is made of what cannot take any time and memory: our filters are bounded, arithmetic is not."""
    return isinstance(node, _HARMLESS) and all(_is_harmless(inner) for inner in node.iter_child_nodes())


def _constant(node: nodes.Expr) -> Constants:
    try:
        return Constants((node.as_const(),), complete=True)
    except nodes.Impossible:
        return Constants()


def _text(body: Iterable[nodes.Node]) -> Constants:
    """Of text in several parts; where more than one part varies, they may do so together, and nothing is said."""
    parts = [part for node in body for part in _parts(node)]
    if sum(len(part.words) > 1 or not part.complete for part in parts) > 1:
        return Constants()
    words = tuple("".join("" if word is None else str(word) for word in chosen) for chosen in product(*(part.words for part in parts)))
    return Constants(words, all(part.complete for part in parts))


def _parts(node: nodes.Node) -> Iterable[Constants]:
    match node:
        case nodes.Output():
            for inner in node.nodes:
                yield Constants((inner.data,), complete=True) if isinstance(inner, nodes.TemplateData) else _written(_expression(inner))
        case nodes.If():
            yield _branches(node)
        case _:
            yield Constants()


def _written(found: Constants) -> Constants:
    """Where an alternative is missing, nothing is written."""
    return found if found.words or not found.complete else Constants(("",), complete=True)


def _branches(node: nodes.If) -> Constants:
    bodies = [node.body, *(one.body for one in node.elif_), node.else_]
    found = Constants((), complete=True)
    for body in bodies:
        found |= _text(body)
    return found
