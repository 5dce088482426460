"""Which states of the store tell of single stays, and of when."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from msgspec import Raw, json

from agent.calendars import local_moment
from agent.cli.report_erase import recorded
from agent.clock import Moment
from agent.erasure import Wanted, tale_of
from agent.events.gaps import Erasure
from agent.store import Store, Tale, What
from agent.store.rows.erasures import KEY, Entry, Record
from agent.store.rows.scope import Scope
from agent.trades.base import kinds
from agent.trades.parking.stays.dossier import StayRecord, ToldEvent
from agent.trades.registry import TRADES

PARIS = "Europe/Paris"
ask = partial(tale_of, lambda: TRADES, PARIS)
PARKING = next(kinds(each).stays.types for each in TRADES if kinds(each).stays.days)


def _stay(*times_s: float) -> bytes:
    events = (ToldEvent("bay.freed", str(n), Moment(at, 0.0, "", True), Raw(b"{}")) for n, at in enumerate(times_s))
    return json.encode(StayRecord(bay="b1", events=tuple(events)))


def test_the_log_of_a_day_tells_of_that_day_by_the_clocks_of_the_pole() -> None:
    begins_s = local_moment(Wanted.of("2026-11-25", "").before, 0, PARIS).timestamp()  # type: ignore[arg-type]
    assert ask("day/2026-11-25/b1", b"{}") == Tale(PARKING, "b1", begins_s)


def test_the_record_of_a_stay_tells_of_its_first_event() -> None:
    assert ask("stays/3/b1", _stay(900.0, 400.0)) == Tale(PARKING, "b1", 400.0)


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("day/2026-11-31/b1", b"{}"),
        ("day/b1", b"{}"),
        ("stays/3/b1", b"no JSON"),
        ("stays/3/b1", _stay()),
        ("bay/b1", b"{}"),
        ("store.erased", b"{}"),
    ],
)
def test_what_tells_of_nobody_or_cannot_be_read_is_no_tale(key: str, body: bytes) -> None:
    assert ask(key, body) is None


def test_the_register_shows_what_the_operator_had_erased_and_no_purge_of_a_trade(tmp_path: Path) -> None:
    at = Moment(1_790_000_000.0, 0.0, "", True)
    said = (b'{"mode":"statistics","purged":3}', b"null", json.encode(Erasure(None, "b1", 4, 2)))
    scope = Scope.of(What(PARKING, "b1"), 9, 9)
    record = Record(tuple(Entry(at, Raw(each), scope) for each in said))

    async def main() -> None:
        async with Store(tmp_path / "a.db", max_bytes=1 << 26, boot="b") as store:
            await store.commit([], {KEY: record})

    asyncio.run(main())
    assert recorded(tmp_path / "a.db") == [
        ("2026-09-21T14:13:20Z", "4 events and 2 days, of b1, at any time"),
    ]
