"""Any exception is caught where a defect of one part is kept from the others, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

WALLS = {
    "agent/isolation/part.py": "of a part of the daemon",
    "agent/supervise.py": "of a driver",
    "agent/defect.py": "of a trade that is asked once, by a command or while a configuration is read",
    "drivers/mqtt/client.py": "of the parser of what a broker sends, which is not ours",
}

BROAD = {"Exception", "BaseException", "ExceptionGroup", "BaseExceptionGroup"}


def broad_excepts(source: str) -> Iterator[int]:
    """Lines. ruff's BLE001 lets those pass that log the exception."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.ExceptHandler(type=None):
                yield node.lineno
            case ast.ExceptHandler(type=ast.Tuple(elts=kinds)) if any(map(is_broad, kinds)):
                yield node.lineno
            case ast.ExceptHandler(type=ast.expr() as kind) if is_broad(kind):
                yield node.lineno
            case ast.Call(func=called, args=kinds) if name_of(called) == "suppress" and any(map(is_broad, kinds)):
                yield node.lineno


def is_broad(kind: ast.expr) -> bool:
    return name_of(kind) in BROAD


def name_of(expression: ast.expr) -> str:
    return ast.unparse(expression).rpartition(".")[2]


def test_broad_excepts_stand_at_the_walls_alone() -> None:
    found = {
        str(file.relative_to(ROOT)): lines
        for folder in ("agent", "drivers")
        for file in (ROOT / folder).rglob("*.py")
        if (lines := list(broad_excepts(file.read_text())))
    }
    assert found.keys() == WALLS.keys(), found


def test_no_line_is_exempt_by_itself() -> None:
    files = [file for folder in ("agent", "drivers") for file in (ROOT / folder).rglob("*.py")]
    assert [file for file in files if "noqa: BLE001" in file.read_text()] == []


def test_each_kind_of_broad_except_is_seen() -> None:
    for source in (
        "try: x\nexcept: pass",
        "try: x\nexcept Exception: log.exception('x')",
        "try: x\nexcept (OSError, builtins.BaseException): pass",
        "try: x\nexcept* Exception: pass",
        "with contextlib.suppress(Exception): x",
    ):
        assert list(broad_excepts(source)), source
    assert not list(broad_excepts("try: x\nexcept (OSError, ValueError): pass\nwith suppress(OSError): x"))
