"""The changes: what a hasty hand gets wrong, made one at a time in the functions of a file. Pure.

Texts, logging and what runs once at the import are left alone; so is what only PostgreSQL runs, for it is tried on SQLite:
`tests/deliveries/test_one_text.py` compares there what the one does with what the other does.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip
_CALLED = {"any": "all", "all": "any", "min": "max", "max": "min"}
_NARROWING = {"filter", "exclude", "update"}
_Change = Callable[[Any], ast.AST]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mutant:
    """`function` is a qualified name; `change` shows the statement before and after; `tree` is the whole file, changed."""

    file: str
    line: int
    function: str
    change: str
    tree: ast.Module

    @property
    def key(self) -> tuple[str, str, str]:
        return self.file, self.function, self.change


def of(file: str, source: str) -> Iterator[Mutant]:
    """Every change of one file."""
    tree = ast.parse(source)
    for name, function in _functions(tree, ""):
        for statement in _statements(function):
            for node in _own(statement):
                for change in _changes(node, statement):
                    yield _mutant(file, tree, name, statement, node, change)


def _functions(node: ast.AST, within: str) -> Iterator[tuple[str, _Function]]:
    """The outermost ones, with their names as Python qualifies them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Function):
            yield within + child.name, child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{within}{child.name}.")


def _statements(function: _Function) -> Iterator[ast.stmt]:
    last = _last_for_sqlite(function)
    for each in ast.walk(function):
        if isinstance(each, ast.stmt) and each is not function and each.lineno <= last and not _is_said(each):
            yield each


def _last_for_sqlite(function: _Function) -> int:
    """The last line that SQLite may run."""
    if any(isinstance(each, ast.Name) and each.id == "cache" for each in function.decorator_list):
        return 0  # it puts together the text of a statement
    for each in function.body:
        if isinstance(each, ast.If) and ast.unparse(each.test).startswith("connection.vendor != 'postgresql'"):
            return each.end_lineno or 0
    return function.end_lineno or 0


def _is_said(statement: ast.stmt) -> bool:
    """A docstring or a line for the log."""
    match statement:
        case ast.Expr(value=ast.Constant()):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="log")))):
            return True
    return False


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The statement and its expressions, without the statements in it, annotations and texts."""
    yield statement
    left: list[ast.AST] = [child for child in ast.iter_child_nodes(statement) if not _is_annotation(statement, child)]
    while left:
        node = left.pop()
        if isinstance(node, ast.JoinedStr | ast.stmt | ast.arguments | ast.match_case):
            if isinstance(node, ast.match_case) and node.guard:
                left.append(node.guard)
            continue
        yield node
        left.extend(ast.iter_child_nodes(node))


def _is_annotation(statement: ast.stmt, child: ast.AST) -> bool:
    match statement:
        case ast.AnnAssign(annotation=annotation):
            return child is annotation
        case ast.FunctionDef(returns=annotation) | ast.AsyncFunctionDef(returns=annotation):
            return child is annotation
    return False


def _changes(node: ast.AST, statement: ast.stmt) -> Iterator[_Change]:
    yield from _of_values(node)
    yield from _of_choices(node)
    if node is statement:
        yield from _of_statement(statement)


def _of_values(node: ast.AST) -> Iterator[_Change]:
    """What is counted and compared."""
    match node:
        case ast.Compare(ops=ops):
            for place in range(len(ops)):
                yield partial(_compared, place=place)
        case ast.BinOp(op=op, left=left, right=right) if type(op) in _COUNTED and not _is_text(left, right):
            yield lambda found: ast.BinOp(found.left, _COUNTED[type(op)](), found.right)
        case ast.Constant(value=bool(value)):
            yield lambda found: ast.Constant(not value)
        case ast.Constant(value=int(value)):
            yield lambda found: ast.Constant(value + 1)


def _of_choices(node: ast.AST) -> Iterator[_Change]:
    """What is taken and what is left out."""
    match node:
        case ast.BoolOp(op=op):
            other = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield lambda found: ast.BoolOp(other, found.values)
        case ast.UnaryOp(op=ast.Not()):
            yield lambda found: found.operand
        case ast.Call(func=ast.Name(id=name)) if name in _CALLED:
            yield lambda found: ast.Call(ast.Name(_CALLED[name], ast.Load()), found.args, found.keywords)
        case ast.Call(func=ast.Attribute(attr=name), keywords=keywords) if name in _NARROWING:
            for place in range(len(keywords)):
                yield partial(_without_keyword, place=place)
        case ast.comprehension(ifs=ifs):
            for place in range(len(ifs)):
                yield partial(_without_condition, place=place)


def _of_statement(statement: ast.stmt) -> Iterator[_Change]:
    match statement:
        case ast.Return(value=value) if value is not None and not _is_nothing(value):
            yield lambda found: ast.Return(ast.Constant(None))
        case ast.Expr(value=ast.Call()) | ast.Raise() | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield lambda found: ast.Pass()
        case ast.AugAssign(op=op) if type(op) in _COUNTED:
            yield lambda found: ast.AugAssign(found.target, _COUNTED[type(op)](), found.value)
        case ast.Break():
            yield lambda found: ast.Continue()
        case ast.Continue():
            yield lambda found: ast.Break()
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()):
            yield lambda found: ast.If(ast.UnaryOp(ast.Not(), found.test), found.body, found.orelse)


def _mutant(file: str, tree: ast.Module, name: str, statement: ast.stmt, node: ast.AST, change: _Change) -> Mutant:
    memory: dict[int, ast.AST] = {}
    changed = copy.deepcopy(tree, cast(dict[int, Any], memory))
    place = memory[id(node)]
    made = change(place)
    ast.copy_location(made, place)
    _Put(place, made).visit(changed)
    ast.fix_missing_locations(changed)
    before = _shown(statement)
    after = _shown(made if node is statement else memory[id(statement)])
    return Mutant(file, getattr(node, "lineno", statement.lineno), name, f"{before}  ->  {after}", changed)


class _Put(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _shown(statement: ast.AST) -> str:
    return ast.unparse(statement).partition("\n")[0].strip()


def _compared(found: ast.AST, place: int) -> ast.AST:
    assert isinstance(found, ast.Compare)
    ops = list(found.ops)
    ops[place] = _COMPARED[type(ops[place])]()
    return ast.Compare(found.left, ops, found.comparators)


def _without_keyword(found: ast.AST, place: int) -> ast.AST:
    assert isinstance(found, ast.Call)
    return ast.Call(found.func, found.args, found.keywords[:place] + found.keywords[place + 1 :])


def _without_condition(found: ast.AST, place: int) -> ast.AST:
    assert isinstance(found, ast.comprehension)
    return ast.comprehension(found.target, found.iter, found.ifs[:place] + found.ifs[place + 1 :], found.is_async)


def _is_text(*nodes: ast.AST) -> bool:
    return any(isinstance(each, ast.JoinedStr) or _is_string(each) for each in nodes)


def _is_string(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_nothing(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
