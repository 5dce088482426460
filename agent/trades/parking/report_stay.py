"""`lamppost report stay`: what is known of one stay, as a page that can be printed, for whoever contests it."""

import asyncio
import sys
from pathlib import Path

import msgspec

from agent.console import Ask
from agent.console_client import OtherVersion, first_answer, read
from agent.store import StoreError
from agent.store.file.copy import StoreCopy
from agent.trades.parking.stay_page import page
from agent.trades.parking.stays.dossier import PREFIX, StayRecord, may_be_of
from drivers.translation import _


def run(stay: str, out: Path, socket: Path, store: Path | None) -> int:
    """0: the page is there; 1: it is not, and why.

    Args:
        stay: its identity, as the events have it.
        socket: of the daemon that is asked, where no `store` is given.
        store: a copy of a pole's store.
    """
    try:
        record = asyncio.run(_asked(socket, stay)) if store is None else _read(store, stay)
        if record is None:
            return 1
        out.write_text(page(record), encoding="utf-8")
    except (StoreError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{out}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(_("the stay {stay}: {out}").format(stay=stay, out=out))
    return 0


async def _asked(socket: Path, stay: str) -> StayRecord | None:
    """Asks the daemon; None: it has no such record, and the reason was printed."""
    answer = await first_answer(socket, Ask("stay", stay=stay))
    if answer is None:
        return None
    try:
        with read(answer):
            return msgspec.json.decode(msgspec.json.encode(answer["record"]), type=StayRecord)
    except OtherVersion:
        return None


def _read(file: Path, stay: str) -> StayRecord:
    """Raises ValueError."""
    with StoreCopy(file) as copy:
        for key in copy.keys(PREFIX):
            record = copy.load(key, StayRecord) if may_be_of(key, stay) else None
            if record is not None and record.stay is not None and record.stay.key == stay:
                return record
    raise ValueError(_("no record of a stay {stay} is kept here").format(stay=stay[:80]))
