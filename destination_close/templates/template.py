"""What does a template say about a record, and why can it do no harm?

A template is Jinja over `record`, the row as a JSON object. `{{ record['plan'] }}` alone returns the value as it is, a number as
a number; anything longer returns text. What is missing or null in a record prints as nothing.

It is harmless by construction:
- no attribute of a Python object is ever read: `record.plan` is a look-up in JSON data, like `record['plan']`;
- nothing is ever called except the functions of `functions`, which are bounded;
- `if` is the only statement, so the work is bounded by the length of the template: no loop, no assignment, no macro.
Jinja's own sandbox backs this up.

What is joined to text depends on the field (see `joins`): a name without its middle part is still a name, an ID without its
number is not an ID.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from jinja2 import TemplateSyntaxError, nodes
from jinja2.environment import Template
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from destination_close.model import Placeholders
from destination_close.templates.functions import (
    FILTERS,
    METHODS,
    TESTS,
    Blank,
    Function,
    TooMuch,
    bounded,
    calculate,
    is_nothing,
)
from destination_close.templates.joins import CONCAT, SEEN, JoinedToBlank, Joins, Placeholder, TextJoins, WholeJoins
from destination_close.values import Unreadable, as_object

MAX_LENGTH = 5_000
"""Characters of a template."""

_ALLOWED = frozenset(
    {
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.Name, nodes.Const),
        *(nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword, nodes.Getitem, nodes.Getattr, nodes.Slice),
        *(nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not),
        *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
    }
)


class BadTemplate(ValueError):
    """The template cannot work for any record; the text says why, and contains only words of the template."""


class TemplateFailed(Exception):
    """The template fails for this record; the text says why, without values of the record."""


def compile_template(source: str, blanks: Placeholders | None = None) -> Callable[[Mapping[str, Any]], Any]:
    """The template as a function of the record, which raises TemplateFailed; a template that cannot work raises BadTemplate.

    With `blanks`, a blank or one of these placeholders that is joined to text makes the whole result blank.
    """
    source = source.strip()
    if len(source) > MAX_LENGTH:
        raise BadTemplate(f"it is longer than {MAX_LENGTH:,} characters")
    environment = _Environment(TextJoins() if blanks is None else WholeJoins(blanks))
    try:
        tree = _Restricted().visit(environment.parse(source)).set_environment(environment)
        alone = _only_expression(tree)
        if alone is None:
            return _guarded(_text_of(environment.from_string(tree), environment.joins))
        result = nodes.Assign(nodes.Name("result", "store"), alone, lineno=1)
        return _guarded(_value_of(environment.from_string(nodes.Template([result], lineno=1))))
    except BadTemplate:
        raise
    except TemplateSyntaxError as error:
        raise BadTemplate(error.message or "it is not a Jinja template") from None
    except Exception as error:  # noqa: BLE001  such as nesting too deep for Python's own compiler: the template is at fault all the same
        raise BadTemplate(f"it cannot be compiled ({type(error).__name__})") from None


def _only_expression(tree: nodes.Node) -> nodes.Expr | None:
    """The expression of a template that is just one `{{ ... }}`."""
    body = tree.body if isinstance(tree, nodes.Template) else []
    if len(body) == 1 and isinstance(body[0], nodes.Output) and len(body[0].nodes) == 1:
        alone = body[0].nodes[0]
        return None if isinstance(alone, nodes.TemplateData) else alone
    return None


def _unwrapped(value: Any) -> Any:
    """A placeholder as it was written, for counting; null for any other blank."""
    if isinstance(value, Placeholder):
        return value.written
    return None if is_nothing(value) else value


def _value_of(template: Template) -> Callable[[Mapping[str, Any]], Any]:
    def evaluate(record: Mapping[str, Any]) -> Any:
        context = template.new_context({"record": record})
        for _ in template.root_render_func(context):
            pass
        value = context.vars["result"]
        if isinstance(value, (list, tuple)):
            return [_unwrapped(one) for one in value]
        return _unwrapped(value)

    return evaluate


def _text_of(template: Template, joins: Joins) -> Callable[[Mapping[str, Any]], str | None]:
    def evaluate(record: Mapping[str, Any]) -> str | None:
        written = ""
        try:
            for part in template.root_render_func(template.new_context({"record": record})):
                written = bounded(written + part)
        except JoinedToBlank as joined:
            return _unwrapped(joined.blank)  # type: ignore[no-any-return]  # the text of a placeholder, or None
        return joins.whole(written)

    return evaluate


def _guarded(evaluate: Callable[[Mapping[str, Any]], Any]) -> Callable[[Mapping[str, Any]], Any]:
    def call(record: Mapping[str, Any]) -> Any:
        try:
            return evaluate(record)
        except TooMuch:
            raise TemplateFailed("its result would be too long") from None
        except Unreadable:
            raise
        except Exception as error:  # noqa: BLE001  whatever a template does to odd values; the message may repeat them
            raise TemplateFailed(type(error).__name__) from None

    return call


class _Environment(ImmutableSandboxedEnvironment):
    """Looks up in JSON data instead of in Python objects, and knows only bounded functions."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, joins: Joins) -> None:
        super().__init__(undefined=Blank, finalize=joins.shown, autoescape=False)
        self.joins = joins
        self.globals.clear()
        self.tests = dict(TESTS)
        self.filters = dict(joins.filters)

    def getitem(self, obj: Any, argument: Any) -> Any:
        value = None
        if isinstance(obj, str) and isinstance(argument, str):
            obj = as_object(obj)
        if isinstance(obj, Mapping):
            value = obj.get(argument)
        elif isinstance(obj, (list, tuple, str)) and isinstance(argument, int):
            value = obj[argument] if -len(obj) <= argument < len(obj) else None
        return Blank() if value is None else self.joins.seen(value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        return self.getitem(obj, attribute)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002  Jinja's signature
        return self.joins.add(left, right) if operator == "+" else calculate(self.binop_table[operator], left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:  # noqa: ARG002  Jinja's signature
        return arg if isinstance(arg, Blank) else self.unop_table[operator](arg)


class _Restricted(NodeTransformer):
    """Refuses everything that is not allowed, and turns method calls into filters, so that no value is ever callable."""

    def visit(self, node: nodes.Node, *_: Any, **__: Any) -> Any:
        match node:
            case nodes.Name() if node.name != "record":
                raise BadTemplate(f"it uses `{node.name}`, but the only variable is `record`; a column is record['name']")
            case nodes.Test() if node.name not in TESTS:
                raise BadTemplate(f"unknown test `is {node.name}`; available tests: {', '.join(sorted(TESTS))}")
            case nodes.Call():
                return self._method(node)
            case nodes.Filter():
                return self._filter(node)
            case nodes.Concat():
                parts = nodes.List(node.nodes, lineno=node.lineno)
                return nodes.Filter(self.generic_visit(parts), CONCAT, [], [], None, None, lineno=node.lineno)
            case nodes.Getitem() if isinstance(node.arg, nodes.Slice):
                return nodes.Filter(self.generic_visit(node), SEEN, [], [], None, None, lineno=node.lineno)
            case _ if type(node) not in _ALLOWED:
                raise BadTemplate(f"`{type(node).__name__.lower()}` is not available in templates; `if` is the only statement")
        return self.generic_visit(node)

    def _method(self, call: nodes.Call) -> nodes.Node:
        method = call.node
        if not isinstance(method, nodes.Getattr) or method.attr not in METHODS:
            name = getattr(method, "attr", None) or getattr(method, "name", None) or "it"
            raise BadTemplate(f"`{name}` cannot be called; only these can: {', '.join(sorted(METHODS))}")
        return self._applied(f".{method.attr}", METHODS[method.attr], method.node, call)

    def _filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name not in FILTERS or node.node is None:
            raise BadTemplate(f"unknown filter `{node.name}`; available filters: {', '.join(sorted(FILTERS))}")
        return self._applied(node.name, FILTERS[node.name], node.node, node)

    def _applied(self, name: str, function: Function, value: nodes.Expr, call: nodes.Call | nodes.Filter) -> nodes.Node:
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            raise BadTemplate("arguments with * are not available in templates")
        try:
            signature(function).bind(value, *call.args, **{str(pair.key): pair.value for pair in call.kwargs})
        except TypeError:
            raise BadTemplate(f"`{name.lstrip('.')}` has too many, too few or unknown arguments") from None
        return self.generic_visit(nodes.Filter(value, name, call.args, call.kwargs, None, None, lineno=call.lineno))
