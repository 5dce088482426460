"""The last lines of the log, for who asks from afar."""

import logging
from collections.abc import Iterator

import pytest

from agent.diagnose import LogTail
from agent.diagnose.log_tail import forget, lines

log = logging.getLogger("tailed")


@pytest.fixture(autouse=True)
def tail() -> Iterator[None]:
    handler = LogTail()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


def test_what_was_logged_before_it_was_forgotten_is_told_no_more() -> None:
    log.error("one")
    forget()
    log.error("other")
    assert [line.rpartition(" ")[2] for line in lines()] == ["other"]
