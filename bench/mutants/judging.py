"""Whether the tests tell a mutant from the code: in a process of its own, where the mutant is imported in its place.

Nothing is written to the source tree. Of the tests only those run that reach the changed lines, the quickest first; a
change of what is done at import is reached by all of them.
"""

import ast
import contextlib
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from msgspec import Struct, field
from mutations import Mutant

ROOT = Path(__file__).resolve().parents[2]
SLOWER = 4.0
"""A test that takes so many times as long as with the right code hangs."""
SHORTEST_S = 4.0
"""The least time that each mutant is given."""

SLOWEST_S = 2.0
"""A test that takes longer is not asked where others are: the score is rather too low, and the run comes to an end."""
START_S = 0.5
"""What it takes to begin with a file."""

# What tests and code import from elsewhere, once and not in each process.
_HEAVY = ("hypothesis", "jsonschema", "aiomqtt", "pymodbus.client", "pymodbus.server", "pymodbus.simulator", "serial")


class Test(Struct):
    """One test with the right code.

    Args:
        lines: which of each module it reaches.
    """

    seconds: float = 0.0
    lines: dict[str, set[int]] = field(default_factory=dict)


def warm_up() -> None:
    for name in _HEAVY:
        importlib.import_module(name)
    gc.freeze()  # pytest has all garbage collected several times in each process: not these


class _Lines:
    """A plug-in of pytest that notes how long each test takes and which lines it reaches."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._files = {str(ROOT / module): module for module in modules}
        self._test = Test()
        self.tests: dict[str, Test] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._test = self.tests.setdefault(item.nodeid, Test())
        began_s = time.monotonic()
        sys.settrace(self._called)
        threading.settrace(self._called)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            self._test.seconds = time.monotonic() - began_s

    def _called(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        module = self._files.get(frame.f_code.co_filename)
        if module is None:
            return None
        lines = self._test.lines.setdefault(module, set())

        def reached(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
            lines.add(frame.f_lineno)
            return reached

        lines.add(frame.f_lineno)
        return reached


def rehearsal(tests: Sequence[str], modules: Sequence[str]) -> dict[str, Test]:
    """All tests with the right code. Raises ValueError when one of them fails."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "lines.json"

        def run() -> int:
            plugin = _Lines(modules)
            code = _pytest([*tests], folder, plugin)
            found = {
                name: [test.seconds, {module: sorted(lines) for module, lines in test.lines.items()}]
                for name, test in plugin.tests.items()
            }
            told.write_text(json.dumps(found))
            return code

        child = _Child(run, limit_s=3600.0, folder=folder)
        while (code := child.ended()) is None:
            time.sleep(0.05)
        if code != 0:
            raise ValueError(f"with the right code the tests fail:\n{child.output()[-4000:]}")
        found = json.loads(told.read_text())
    return {
        name: Test(seconds, {module: set(numbers) for module, numbers in lines.items()})
        for name, (seconds, lines) in found.items()
    }


def at_import(source: str) -> frozenset[int]:
    """Lines of a module that are executed when it is imported: those that are in the body of no function."""
    tree, within = ast.parse(source), set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            within.update(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(range(1, len(source.splitlines()) + 1)) - within


def judges(mutant: Mutant, module: str, import_time: frozenset[int], tests: Mapping[str, Test]) -> list[str]:
    """The tests that reach it, the quickest first; the slowest only where no others do."""
    changed = set(range(mutant.lines[0], mutant.lines[1] + 1))
    reach = [
        name for name, test in tests.items() if changed & import_time or changed & test.lines.get(module, frozenset())
    ]
    quick = [name for name in reach if tests[name].seconds <= SLOWEST_S]
    return sorted(quick or reach, key=lambda name: tests[name].seconds)


class Court:
    """The tests of one module, file by file: first those that have told most mutants apart in little time."""

    def __init__(self, module: str, tests: Mapping[str, Test]) -> None:
        self.module, self.tests = module, tests
        self._told: Counter[str] = Counter()

    def sitting(self, chosen: Sequence[str]) -> dict[str, list[str]]:
        """Tests by file, in the order in which they are asked."""
        files: dict[str, list[str]] = {}
        for name in chosen:
            files.setdefault(name.partition("::")[0], []).append(name)

        def cost(file: str) -> float:
            return (START_S + sum(self.tests[name].seconds for name in files[file])) / (1 + self._told[file])

        return {file: files[file] for file in sorted(files, key=cost)}

    def told(self, file: str) -> None:
        self._told[file] += 1


class Judgement:
    """A mutant that is being judged."""

    def __init__(self, mutant: Mutant, court: Court, chosen: Sequence[str]) -> None:
        self.mutant, self._court = mutant, court
        self._sitting, seconds = court.sitting(chosen), [court.tests[name].seconds for name in chosen]
        self._folder = tempfile.mkdtemp(prefix="mutant-")
        self._each_s = max(SHORTEST_S, SLOWER * max(seconds))
        whole_s = self._each_s + SLOWER * (sum(seconds) + START_S * len(self._sitting)) + SHORTEST_S
        self._child = _Child(self._run, whole_s, self._folder)

    def verdict(self) -> str | None:
        """ "killed", "survived" or "time-out"; None: not yet."""
        code = self._child.ended()
        if code is None:
            return None
        self._clear()
        if code >= _BY_FILE and code != _LATE:
            self._court.told(list(self._sitting)[code - _BY_FILE])
        return {0: "survived", _LATE: "time-out"}.get(code, "killed")

    def give_up(self) -> None:
        self._child.end()
        self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self) -> int:
        sys.meta_path.insert(0, _InPlace(self._court.module, self.mutant.source))
        for at, (file, names) in enumerate(self._sitting.items()):
            if _pytest(["-x", "-o", f"timeout={self._each_s}", file], self._folder, _Chosen(names)) != 0:
                return _BY_FILE + at
        return 0


class _Chosen:
    """A plug-in of pytest: these tests, in this order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place = {name: at for at, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((item for item in items if item.nodeid in self._place), key=lambda i: self._place[i.nodeid])


class _InPlace(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the mutant in the place of its module."""

    def __init__(self, module: str, source: str) -> None:
        self._name, self._file = module.removesuffix(".py").replace("/", "."), str(ROOT / module)
        self._source = source

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self._file)

    def get_source(self, fullname: str) -> str:
        return self._source

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._source, self._file, "exec"), module.__dict__)


def _pytest(arguments: Sequence[str], folder: str, *plugins: object) -> int:
    os.chdir(ROOT)
    quiet = ["-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return int(pytest.main([*quiet, "--basetemp", f"{folder}/tmp", *arguments], plugins=list(plugins)))


_LATE = 1000
_BY_FILE = 100
"""A child ends so, and by as much more as the file's place among those that were asked."""


class _Child:
    """A process that is forked for a piece of work, with all that it starts."""

    def __init__(self, work: Callable[[], int], limit_s: float, folder: str) -> None:
        self._output = Path(folder) / "output"
        self._late_s = time.monotonic() + limit_s
        self._pid = os.fork()
        if self._pid == 0:
            self._work(work)

    def _work(self, work: Callable[[], int]) -> None:
        code = 1
        try:
            os.setsid()
            output = os.open(self._output, os.O_WRONLY | os.O_CREAT)
            for descriptor in (1, 2):
                os.dup2(output, descriptor)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            code = work()
        finally:
            if sys.exc_info()[0] is not None:
                traceback.print_exc()
            sys.stdout.flush()
            os._exit(code)

    def ended(self) -> int | None:
        """Returns the exit code, or _LATE; None: it has not ended."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid:
            self._kill()
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() < self._late_s:
            return None
        self.end()
        return _LATE

    def end(self) -> None:
        self._kill()
        os.waitpid(self._pid, 0)

    def _kill(self) -> None:
        """Kills the process with all that it has started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)

    def output(self) -> str:
        return self._output.read_text(errors="replace")
