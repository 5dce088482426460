"""What is remembered of commands is bounded, and stands in the store as it was."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from agent.commands.records import PREFIX, REMEMBERED_BYTES, Records
from agent.store import Store
from agent.uplink.commands import PoleCommand, Reply
from drivers.base import Command, Outcome

LATER = datetime(2099, 1, 1, tzinfo=UTC)


def test_it_is_the_same_after_a_restart(tmp_path: Path) -> None:
    orders: dict[str, Command | PoleCommand] = {
        "a/b": Command("a/b", "lamp-1", "level", 40.0, LATER, 600.0),
        "p": PoleCommand("p", "pole.restart", b'{"a": 1}', LATER, "x/y", b"signed", b"signature"),
    }

    async def main() -> None:
        async with Store(tmp_path / "pole.db", max_bytes=1 << 22, boot="b") as store:
            records = Records()
            for id, order in orders.items():
                changes = records.changes(id, records.accepted(order, Reply("t/1", b"\x00\xff")))
                await store.commit((), changes)
                records.apply(changes)
            done = records.changes("d", records.answered(Outcome("d", "done", "", 4.0, {"a": [1]}), Reply()))
            await store.commit((), done)
            records.apply(done)
            found = await Records.load(store)
        assert list(found.waiting()) == list(orders)
        assert found.waiting()["a/b"].order == orders["a/b"]
        assert found.waiting()["p"].order == PoleCommand("p", "pole.restart", b'{"a": 1}', LATER, "x/y")
        assert found.replies() == dict.fromkeys(orders, Reply("t/1", b"\x00\xff"))
        kept = found.get("d")
        assert kept is not None and kept.outcome == Outcome("d", "done", "", 4.0, {"a": [1]})

    asyncio.run(main())


def test_long_answers_are_forgotten_sooner_and_what_waits_never() -> None:
    records = Records()
    records.apply(records.changes("w", records.accepted(Command("w", "lamp-1", "release"), Reply())))
    long = {"text": "x" * 60_000}
    for n in range(10):
        records.apply(records.changes(f"c{n}", records.answered(Outcome(f"c{n}", "done", data=long), Reply())))
    kept = [f"c{n}" for n in range(10) if records.get(f"c{n}") is not None]
    assert kept == ["c6", "c7", "c8", "c9"]
    assert len(kept) * 60_000 <= REMEMBERED_BYTES
    assert list(records.waiting()) == ["w"]
    assert PREFIX + "w" not in records.changes("c10", records.answered(Outcome("c10", "done"), Reply()))
