"""How large the pieces of a checkout are: lines of functions and modules, methods of classes, and how many rooms."""

import ast
import statistics
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

HOUSES = ("agent", "drivers")
MAX_METHODS = 15


def sizes(root: Path) -> dict[str, Any]:
    """Returns the sizes of `agent` and `drivers` below a checkout; the larger classes first."""
    files = [file for house in HOUSES for file in sorted((root / house).rglob("*.py"))]
    if not files:
        raise SystemExit(f"{root} is no checkout of lamppost: it has no Python files below {' or '.join(HOUSES)}")
    modules = {file.relative_to(root): ast.parse(file.read_bytes()) for file in files}
    large = sorted(_large_classes(modules), key=lambda each: (-each[0], each[1]))
    return {
        "function_lines": _spread([_lines(each) for tree in modules.values() for each in _functions(ast.walk(tree))]),
        "module_lines": _spread([len(file.read_bytes().splitlines()) for file in files]),
        f"classes_of_more_than_{MAX_METHODS}_methods": {name: methods for methods, name in large},
        "rooms": sum(file.name == "__init__.py" for file in files),
    }


def _large_classes(modules: dict[Path, ast.Module]) -> Iterator[tuple[int, str]]:
    for file, tree in modules.items():
        for each in ast.walk(tree):
            if isinstance(each, ast.ClassDef):
                methods = sum(1 for _ in _functions(each.body))
                if methods > MAX_METHODS:
                    yield methods, f"{'.'.join(file.with_suffix('').parts)}.{each.name}"


def _functions(nodes: Iterable[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Counts the lines of a function, without decorators, with the docstring."""
    return int(function.end_lineno or 0) - function.lineno + 1


def _spread(values: Sequence[int]) -> dict[str, float]:
    return {
        "count": len(values),
        "median": statistics.median(values),
        "percentile_90": round(statistics.quantiles(values, n=10, method="inclusive")[-1], 1),
        "largest": max(values),
    }
