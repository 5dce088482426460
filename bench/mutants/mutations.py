"""Mutants of a module: Cosmic Ray's operators, and five of the same kind that it has not.

Text is never mutated, nor what is only written to the log, nor annotations: nothing is decided there.
"""

from collections.abc import Iterator
from typing import Any

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.binary_operator_replacement import operators as binary
from cosmic_ray.operators.boolean_replacer import (
    AddNot,
    ReplaceAndWithOr,
    ReplaceFalseWithTrue,
    ReplaceOrWithAnd,
    ReplaceTrueWithFalse,
)
from cosmic_ray.operators.break_continue import ReplaceBreakWithContinue, ReplaceContinueWithBreak
from cosmic_ray.operators.comparison_operator_replacement import operators as comparisons
from cosmic_ray.operators.number_replacer import NumberReplacer
from cosmic_ray.operators.operator import Operator
from cosmic_ray.operators.unary_operator_replacement import operators as unary
from cosmic_ray.operators.zero_iteration_for_loop import ZeroIterationForLoop
from msgspec import Struct
from parso.python.tree import Keyword, Name
from parso.tree import BaseNode, Leaf, NodeOrLeaf

Positions = Iterator[tuple[tuple[int, int], tuple[int, int]]]

# Of the many replacements of one operator by another those that a slip of the hand makes; the others die more easily.
_NEAR = {
    *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt", "Lt_GtE", "LtE_Gt", "Gt_LtE", "GtE_Lt"),
    *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
    *("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Mul", "Mod_Mul", "Pow_Mul"),
    *("BitAnd_BitOr", "BitOr_BitAnd", "RShift_LShift", "LShift_RShift"),
    *("USub_UAdd", "Delete_Not"),
}


class _Own(Operator):
    """What Cosmic Ray asks of an operator beside where it works and what it does."""

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class SwapMembership(_Own):
    """`in` and `not in`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        if node.type == "comparison" and node.children[1].get_code().split() in (["in"], ["not", "in"]):
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        word = " in" if node.children[1].get_code().split() == ["not", "in"] else " not in"
        node.children[1] = parso.parse(word)
        return node


_AUGMENTED = {"+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=", "|=": "&=", "&=": "|="}


class SwapAugmented(_Own):
    """`+=` and `-=`, `|=` and `&=`."""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        if isinstance(node, Leaf) and node.value in _AUGMENTED:
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = _AUGMENTED[node.value]
        return node


class ReturnNone(_Own):
    """`return`, but without what it returns."""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        if node.type == "return_stmt" and len(node.children) > 1 and node.children[1].get_code().strip() != "None":
            yield node.children[1].start_pos, node.children[1].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = Keyword("None", node.children[1].start_pos, prefix=" ")
        return node


class CatchAnother(_Own):
    """Another exception is caught. (Cosmic Ray's own operator fails where the class has a module before it.)"""

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        if node.type == "except_clause":
            for kind in self._kinds(node):
                yield kind.start_pos, kind.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        kind = self._kinds(node)[index]
        at = kind.parent.children.index(kind)
        kind.parent.children[at] = Name("ZeroDivisionError", kind.start_pos, prefix=kind.get_first_leaf().prefix)
        return node

    def _kinds(self, node: BaseNode) -> list[NodeOrLeaf]:
        caught = node.children[1]
        within = caught.children[1] if caught.type == "atom" else caught
        return list(within.children[::2]) if within.type == "testlist_comp" else [within]


class DeleteStatement(_Own):
    """A call, an assignment to something that lasts, or a `raise` that is left out.

    Without an assignment in `__init__` an object has not that attribute: that dies by itself.
    """

    def mutation_positions(self, node: NodeOrLeaf) -> Positions:
        if node.type == "simple_stmt" and self._lasts(node.children[0]):
            yield node.children[0].start_pos, node.children[0].end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[0] = Keyword("pass", node.start_pos, prefix=node.get_first_leaf().prefix)
        return node

    def _lasts(self, statement: NodeOrLeaf) -> bool:
        if statement.type in ("atom_expr", "power"):
            return statement.children[-1].type == "trailer" and statement.children[-1].children[0].value == "("
        if statement.type in ("del_stmt", "raise_stmt") or (isinstance(statement, Leaf) and statement.value == "raise"):
            return True
        if statement.type != "expr_stmt":
            return False
        if isinstance(statement.children[1], Leaf) and statement.children[1].value in _AUGMENTED:
            return True
        return statement.children[0].type in ("atom_expr", "power") and _function(statement) != "__init__"


def _function(node: NodeOrLeaf) -> str:
    while node is not None and node.type != "funcdef":
        node = node.parent
    return "" if node is None else str(node.name.value)


def _operators() -> Iterator[Operator]:
    for operator in (*comparisons(), *binary(), *unary()):
        if operator.__name__.partition("_")[2] in _NEAR:
            yield operator()
    for operator in (
        NumberReplacer,
        ReplaceTrueWithFalse,
        ReplaceFalseWithTrue,
        ReplaceAndWithOr,
        ReplaceOrWithAnd,
        AddNot,
        ReplaceBreakWithContinue,
        ReplaceContinueWithBreak,
        ZeroIterationForLoop,
        SwapMembership,
        SwapAugmented,
        ReturnNone,
        CatchAnother,
        DeleteStatement,
    ):
        yield operator()


class Mutant(Struct, frozen=True):
    """One change of a module.

    Args:
        within: class and function.
        lines: numbers of the lines whose code it changes.
        was, becomes: those lines, without their indentation.
    """

    operator: str
    within: str
    lines: tuple[int, int]
    was: str
    becomes: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a module once, in the order of its lines."""
    found: dict[str, Mutant] = {}
    for operator in _operators():
        places = [node for node in ast_nodes(get_ast(source)) for _ in operator.mutation_positions(node)]
        for occurrence, node in enumerate(places):
            if _decides_nothing(node) or (isinstance(operator, AddNot) and _has_its_own(node)):
                continue
            changed = mutate_code(source, operator, occurrence)
            if changed is not None and changed not in found and _compiles(changed):
                found[changed] = _mutant(type(operator).__name__, node, source, changed)
    yield from sorted(found.values(), key=lambda each: each.lines)


_TELLS = ("log", "TypeVar", "cast")


def _decides_nothing(node: NodeOrLeaf) -> bool:
    """Text, annotations, decorators, options of a class, what is written to the log or tells the type checker alone."""
    if node.type == "simple_stmt" and _calls(node.children[0]) in _TELLS:
        return True
    below, above = node, node.parent
    if isinstance(node, Leaf) and above.type in ("parameters", "param"):
        return True  # the star before arguments that must be named
    while above is not None:
        if above.type in ("fstring", "decorator", "assert_stmt"):
            return True
        if above.type in ("annassign", "tfpdef") and above.children[1 if above.type == "annassign" else 2] is below:
            return True
        if above.type == "funcdef" and above.annotation is below:
            return True
        if above.type == "classdef" and above.children[-1] is not below:
            return True
        if _calls(above) in _TELLS:
            return True
        below, above = above, above.parent
    return False


def _calls(node: NodeOrLeaf) -> str:
    """The name of what is called, or called upon."""
    return str(getattr(node.children[0], "value", "")) if node.type in ("atom_expr", "power") else ""


def _has_its_own(node: BaseNode) -> bool:
    """A lone comparison is negated by another operator, and a `not` left out."""
    condition = node.children[2 if node.type == "test" else 1]
    return condition.type in ("comparison", "not_test")


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def _mutant(operator: str, node: NodeOrLeaf, source: str, changed: str) -> Mutant:
    before, after = source.splitlines(), changed.splitlines()
    begin, end = _alike(before, after), _alike(before[::-1], after[::-1])
    end = min(end, len(before) - begin - 1, len(after) - begin - 1)
    was, becomes = before[begin : len(before) - end], after[begin : len(after) - end]
    return Mutant(operator, _within(node), (begin + 1, len(before) - end), _text(was), _text(becomes), changed)


def _alike(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the begin on."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _within(node: NodeOrLeaf | None) -> str:
    names = []
    while node is not None:
        if node.type in ("funcdef", "classdef"):
            names.append(str(node.name.value))
        node = node.parent
    return ".".join(reversed(names))


def _text(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
