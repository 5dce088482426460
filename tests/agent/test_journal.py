"""The log in the journal: each line with its priority; elsewhere with a time of its own."""

import io
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from patience import PATIENCE_S

from agent.journal import JournalFormatter, LineFormatter, is_journal

SAYS = """
import logging, warnings
from agent.journal import log_to_stderr
log_to_stderr(verbose=True)
logging.debug("looked")
logging.info("up")
logging.warning("down:\\nits cable")
warnings.warn("of Python", RuntimeWarning)
logging.error("worn")
raise KeyError("x")
"""


def stderr_of(folder: Path, command: list[str], journal: str | None) -> str:
    """What a process writes there.

    Args:
        journal: what JOURNAL_STREAM names: "this" file, or "another"; None: there is none.
    """
    with (folder / "stderr").open("wb") as file:
        made = os.fstat(file.fileno())
        named = {"this": f"{made.st_dev}:{made.st_ino}", "another": f"{made.st_dev}:{made.st_ino + 1}"}
        environment = {key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"}
        if journal is not None:
            environment["JOURNAL_STREAM"] = named[journal]
        subprocess.run(command, stderr=file, env=environment, timeout=PATIENCE_S, check=False)
    return (folder / "stderr").read_text()


def test_each_line_in_the_journal_has_its_priority_and_no_time(tmp_path: Path) -> None:
    said = stderr_of(tmp_path, [sys.executable, "-c", SAYS], "this").splitlines()
    assert said[:4] == ["<7>looked", "<6>up", "<4>down:", "<4>its cable"]
    assert said[4].startswith("<4>") and "RuntimeWarning: of Python" in said[4]
    rest = said[5 + said[5:].index("<3>worn") :]
    assert rest[:3] == ["<3>worn", "<3>lamppost failed", "<3>Traceback (most recent call last):"]
    assert rest[-1] == "<3>KeyError: 'x'"
    assert all(line.startswith("<3>") for line in rest)


@pytest.mark.parametrize("journal", [None, "another"])
def test_elsewhere_a_line_has_its_time_and_its_level(tmp_path: Path, journal: str | None) -> None:
    said = stderr_of(tmp_path, [sys.executable, "-c", SAYS], journal).splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO up", said[1])
    assert not any(line.startswith("<") for line in said)
    assert said[-1] == "KeyError: 'x'"


def test_a_wrong_configuration_is_an_error_in_the_journal_without_its_secrets(tmp_path: Path) -> None:
    config = tmp_path / "lamppost.toml"
    config.write_text('[uplink]\nhost = "h"\npasswort = "hunter2"\n')
    said = stderr_of(tmp_path, [sys.executable, "-m", "agent", "run", "-c", str(config)], "this")
    assert f"<3>{config}:3: " in said and "hunter2" not in said
    assert all(line.startswith("<3>") for line in said.splitlines())


@pytest.mark.parametrize(
    ("level", "priority"),
    [(logging.CRITICAL, 3), (logging.ERROR, 3), (logging.WARNING, 4), (25, 6), (logging.INFO, 6), (5, 7)],
)
def test_the_priority_of_a_level(level: int, priority: int) -> None:
    record = logging.LogRecord("agent", level, __file__, 1, "%s", ("words",), None)
    assert JournalFormatter().format(record) == f"<{priority}>words"


def test_a_stream_that_is_no_file_is_no_journal() -> None:
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "8:1"})


@pytest.mark.parametrize("formatter", [LineFormatter("%(message)s"), JournalFormatter()])
def test_what_others_have_sent_moves_no_cursor_of_who_reads_the_log(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("\x1b[2J\0")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "it says %s", ("\x1b]0;\x07\r",), sys.exc_info())
    said = formatter.format(record)
    assert r"it says \x1b]0;\x07\r" in said and r"ValueError: \x1b[2J\x00" in said
    assert all(line.isprintable() for line in said.splitlines())
