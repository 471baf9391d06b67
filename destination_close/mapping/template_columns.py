"""Which columns does a template name? (pure)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

Steps = tuple[str, ...]
"""`record['org']['id']` is `("org", "id")`."""


class Named(NamedTuple):
    """One place of the record that a template reads."""

    steps: Steps
    optional: bool
    """Whether the template says what holds where it is not there."""


def columns_of_template(source: str) -> tuple[Named, ...]:
    """Each once; none of a broken template, and none that only a record determines, such as `record[record['key']]`."""
    try:
        tree = ImmutableSandboxedEnvironment().parse(source.strip())
        found: dict[Steps, bool] = {}
        for steps, optional in _walk(tree, optional=False):
            found[steps] = found.get(steps, True) and optional
    except Exception:  # noqa: BLE001  its compiler reports what is wrong with it
        return ()
    return tuple(Named(steps, optional) for steps, optional in found.items())


class _Read(NamedTuple):
    """What an expression reads of the record."""

    steps: Steps
    default: bool = False
    """Whether it brings what holds where it is not there."""

    ended: bool = False
    """Behind the number of a list, or a function: what is further below is nothing that a schema names."""

    beside: tuple[nodes.Node, ...] = ()
    """What else stands in the expression."""

    def step(self, key: str) -> _Read:
        return self if self.ended else self._replace(steps=(*self.steps, key))


def _walk(node: nodes.Node, *, optional: bool) -> Iterator[tuple[Steps, bool]]:
    if (read := _read(node)) is not None:
        if read.steps:
            yield read.steps, optional or read.default
        for inner in read.beside:
            yield from _walk(inner, optional=optional)
        return
    match node:
        case nodes.Or() | nodes.CondExpr() | nodes.If():
            optional = True
        case nodes.Filter(name="default" | "d") | nodes.Test(name="defined" | "undefined" | "none"):
            optional = True
        case nodes.Compare() if (asked := _asked_for(node)) is not None:
            yield (asked,), True
        case _:
            pass
    for inner in _inside(node):
        yield from _walk(inner, optional=optional)


def _inside(node: nodes.Node) -> Iterable[nodes.Node]:
    """What stands in it; the name of a function is not a column."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        return (node.node.node, *node.args, *node.kwargs)
    return node.iter_child_nodes()


def _asked_for(comparison: nodes.Compare) -> str | None:
    """The column of `'x' in record`."""
    inside = any(operand.op in ("in", "notin") and _is_record(operand.expr) for operand in comparison.ops)
    return _constant(comparison.expr) if inside else None


def _read(node: nodes.Node) -> _Read | None:
    """None if it does not read the record, or in a way that only the record can tell."""
    match node:
        case _ if _is_record(node):
            return _Read(())
        case nodes.Getattr():
            of = _read(node.node)
            return of and of.step(node.attr)
        case nodes.Getitem():
            of, key = _read(node.node), _constant(node.arg)
            if of is None or (key is None and not of.steps):
                return None
            return of.step(key) if key is not None else of._replace(ended=True, beside=(*of.beside, node.arg))
        case nodes.Call(node=nodes.Getattr() as method):
            of, arguments = _read(method.node), (*node.args, *node.kwargs)
            key = _constant(arguments[0]) if method.attr == "get" and arguments else None
            if of is None or (key is None and not of.steps):
                return None
            if key is None:
                return of._replace(ended=True, beside=(*of.beside, *arguments))
            return of.step(key)._replace(default=of.default or len(arguments) > 1, beside=(*of.beside, *arguments[1:]))
    return None


def _is_record(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "record"


def _constant(node: nodes.Node) -> str | None:
    """The text that the node is whatever the record holds. Nothing is calculated here: that could take any time and memory."""
    if isinstance(node, nodes.Concat):
        parts = [_constant(part) for part in node.nodes]
        return None if None in parts else "".join(part for part in parts if part is not None)
    return node.value if isinstance(node, nodes.Const) and isinstance(node.value, str) else None
