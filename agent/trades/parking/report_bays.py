"""`lamppost report bays`: a day of the bays as a picture, of the running daemon or of a copy of its store."""

import asyncio
import sys
import time
from pathlib import Path

import msgspec

from agent.console import Ask
from agent.console_client import OtherVersion, first_answer, read
from agent.plot import svg
from agent.store import StoreError
from agent.store.file.copy import StoreCopy
from agent.trades.parking import plot
from agent.trades.parking.statistics import DayReport, check_day, read_day_report
from drivers.translation import _


def run(day: str, out: Path, socket: Path, store: Path | None) -> int:
    """0: the picture is there; 1: it is not, and why; 2: not a day.

    Args:
        day: a date, "today" or "yesterday".
        socket: of the daemon that is asked, where no `store` is given.
        store: a copy of a pole's store.
    """
    try:
        check_day(day)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        report = asyncio.run(_asked(socket, day)) if store is None else _read(store, day)
        if report is None:
            return 1
        svg.save(out, plot.picture(report))
    except (StoreError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(_("the bays of {day}: {out}").format(day=report.day, out=out))
    return 0


async def _asked(socket: Path, day: str) -> DayReport | None:
    """Asks the daemon for the report of a day; None: there is none, and the reason was printed."""
    answer = await first_answer(socket, Ask("bays", day=day))
    if answer is None:
        return None
    try:
        with read(answer):
            return msgspec.convert(answer["sheet"], DayReport)
    except OtherVersion:
        return None


def _read(file: Path, day: str) -> DayReport:
    """Reads the report of a day from a file, by the clock of this box. Raises ValueError."""
    with StoreCopy(file) as copy:
        return read_day_report(copy, day, time.time())
