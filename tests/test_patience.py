"""A busy machine fails no test: who waits for an answer has patience, or says on the line why he has not."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ALONE = ("debian", "guest")
"""Folders of tests that run alone on their machine, by commands of their own."""


def limits(source: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the text of each wait whose limit is a number in the source."""
    lines = source.splitlines()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        match _limit(call):
            case ast.Constant(value=int() | float(), lineno=line) if "#" not in lines[line - 1]:
                yield line, ast.unparse(call)


def _limit(call: ast.Call) -> ast.expr | None:
    """How long it waits at most; None: no wait, or for ever."""
    named = {each.arg: each.value for each in call.keywords}
    match ast.unparse(call.func).split("."):
        case ["asyncio", "timeout"] | [*_, "join" | "settimeout" | "wait_for_publish"]:
            return call.args[0] if len(call.args) == 1 else None
        case ["asyncio", "wait_for"]:
            return call.args[1]
        case ["asyncio", "wait"] | ["subprocess", _] | [*_, "communicate"]:
            return named.get("timeout")
        case [*_, "process" | "_process" | "daemon" | "agent" | "ready" | "listens" | "_listens" | "_ready", "wait"]:
            return call.args[0] if call.args else None
    return None


@pytest.mark.parametrize(
    "wait",
    [
        "asyncio.timeout(5)",
        "asyncio.wait_for(x, 0.5)",
        "asyncio.wait(x, timeout=5)",
        "subprocess.run(x, timeout=20)",
        "self.process.communicate(timeout=20)",
        "self._process.wait(10)",
        "thread.join(10)",
        "listening.settimeout(5)",
    ],
)
def test_a_limit_is_seen_and_may_be_short_for_a_reason(wait: str) -> None:
    assert list(limits(wait)) == [(1, wait)]
    assert list(limits(f"{wait}  # what is held back comes after ten seconds")) == []
    assert list(limits(wait.replace("10", "PATIENCE_S"))) == ([] if "10" in wait else [(1, wait)])


def test_who_waits_for_an_answer_has_patience() -> None:
    files = [each for each in TESTS.rglob("*.py") if each.relative_to(TESTS).parts[0] not in ALONE]
    short = [f"{file}:{line}: {wait}" for file in files for line, wait in limits(file.read_text())]
    assert not short, "take patience.PATIENCE_S, or say why it is no longer:\n" + "\n".join(short)
