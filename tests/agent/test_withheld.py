"""What was lawful in alert mode alone is sent no more once that is over."""

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from alert_pole import COUNTS, PROGRAM, ask_all, emit, text
from built_pole import BuiltPole, MovedClock, built_pole
from pole_file import ALERT, bay_tables, lamp_table, line_table, pole_1
from stored import event_of

from agent.bus import NoLongerLawful
from agent.configuration import load
from agent.events.registry import event
from agent.trades.kerb.legal_mode import Mode, ModeState
from agent.trades.lighting.event_types import LampLevel
from agent.trades.lighting.part import LightingPart
from agent.withheld import withheld
from drivers.base import Reading, Stay

DAWN = datetime(2027, 12, 31, 0, 0, 7, tzinfo=ZoneInfo("Europe/Paris")).timestamp()
DAY_S = 86_400

DERIVED = {"kerb.suspected", "bay.occupied", "lamp.level"}


def text_without_camera() -> str:
    program = PROGRAM.replace('"kerb-side", ', "")
    return pole_1() + line_table() + lamp_table(1, 'program = "path"') + bay_tables(1) + program


async def run_out(pole: BuiltPole, clock: MovedClock) -> None:
    """A day in alert mode with a suspected stay, a lamp that it lit, and the end of the authorisation."""
    await ask_all(pole.parts)
    clock.mono_s += 600
    await emit(pole.parts, Reading("kerb-side", "stay", Stay("s1", clock.mono_s - 500, None, "car", 0.9), clock.mono_s))
    said = LampLevel(level_percent=100.0, commanded_percent=100.0, reason="sensor")
    await pole.store.commit([event(said, "lamp-1", clock.now())], {})
    clock.mono_s += DAY_S


def alerts(folder: Path) -> Path:
    file = folder / "pole.toml"
    file.write_text(text(ALERT))
    return file


def test_what_waits_when_the_authorisation_ends_is_purged_and_counted_and_never_sent(tmp_path: Path) -> None:
    async def main() -> None:
        clock, heard = MovedClock(DAWN - 1000.0), []
        file = alerts(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            pole.builder.bus.listen(NoLongerLawful, heard.append)
            await run_out(pole, clock)
            rows = await pole.store.position().lease(99)
            derived = {row.type for row in rows if withheld(pole.builder, row)}
            assert derived == DERIVED
            await pole.store.position().acknowledge([row for row in rows if row.type == "kerb.suspected"])
            await pole.store.position().reset_cursor()
            await ask_all(pole.parts)
            left = await pole.store.position().lease(99)
            assert not {row.type for row in left} & DERIVED
            modes = [event_of(row).data for row in left if row.type == "kerb.mode"]
            assert [(mode["mode"], mode.get("purged")) for mode in modes] == [("alert", None), ("statistics", 4)]
            resend = await pole.store.position().resend(from_sequence=1)
            assert resend.missing and not any(
                row.type == "kerb.suspected" for row in await pole.store.position().lease(9)
            )
            assert len(heard) == 1
            clock.mono_s += 5
            said = LampLevel(level_percent=20.0, commanded_percent=20.0, reason="program")
            await pole.store.commit([event(said, "lamp-1", clock.now())], {})
            (fresh,) = [row for row in await pole.store.position().lease(9) if row.type == "lamp.level"]
            assert not withheld(pole.builder, fresh), "a lamp that no zone lights any more tells its level"
        for file in tmp_path.glob("pole.db*"):
            assert b"suspected: stands" not in file.read_bytes()

    asyncio.run(main())


def test_without_a_clock_it_is_held_and_goes_out_once_the_clock_says_that_it_may(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(DAWN - 1000.0), alerts(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await run_out(pole, clock)
            clock.mono_s -= DAY_S
            clock.trusted = False
            await ask_all(pole.parts)
            rows = await pole.store.position().lease(99)
            assert {row.type for row in rows if withheld(pole.builder, row)} == DERIVED
            clock.trusted = True
            await ask_all(pole.parts)
            assert not any(withheld(pole.builder, row) for row in rows)

    asyncio.run(main())


def test_an_authorisation_that_is_taken_out_of_the_file_purges_at_the_next_start(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(DAWN - 1000.0), alerts(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await run_out(pole, clock)
            clock.mono_s -= DAY_S
        file.write_text(text(COUNTS))
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            rows = await pole.store.position().lease(99)
            assert any(withheld(pole.builder, row) for row in rows), "also before the rule was asked"
            await pole.store.position().reset_cursor()
            await ask_all(pole.parts)
            left = await pole.store.position().lease(99)
            assert [event_of(row).data.get("purged") for row in left if row.type == "kerb.mode"] == [None, 4]
            assert not {row.type for row in left} & DERIVED

    asyncio.run(main())


def test_a_camera_that_is_taken_out_of_the_file_purges_at_the_next_start_what_was_queued_of_it(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(DAWN - 1000.0), alerts(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await run_out(pole, clock)
            clock.mono_s -= DAY_S
        file.write_text(text_without_camera())
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            rows = await pole.store.position().lease(99)
            assert {row.type for row in rows if withheld(pole.builder, row)} == DERIVED, "before the rule was asked"
            await pole.store.position().reset_cursor()
            await ask_all(pole.parts)
            left = await pole.store.position().lease(99)
            assert [event_of(row).data.get("purged") for row in left if row.type == "kerb.mode"] == [None, 4]
            assert not {row.type for row in left} & DERIVED
        for database in tmp_path.glob("pole.db*"):
            assert b"suspected: stands" not in database.read_bytes()

    asyncio.run(main())


def test_a_pole_that_never_had_a_camera_tells_no_mode(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(DAWN - 1000.0), tmp_path / "pole.toml"
        file.write_text(text_without_camera())
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await ask_all(pole.parts)
            assert "kerb.mode" not in {row.type for row in await pole.store.position().lease(99)}

    asyncio.run(main())


def test_what_an_older_copy_of_the_store_brings_back_is_purged_too(tmp_path: Path) -> None:
    """The mode was told already when it comes back."""

    async def main() -> None:
        clock, file = MovedClock(DAWN - 1000.0), alerts(tmp_path)
        database = file.with_suffix(".db")
        async with built_pole(load(file), database, clock) as pole:
            await run_out(pole, clock)
            told = ModeState(Mode("statistics", "configured"))
            await pole.store.commit((), {"kerb": told})
        file.write_text(text(COUNTS))
        async with built_pole(load(file), database, clock) as pole:
            await ask_all(pole.parts)
            left = await pole.store.position().lease(99)
            assert "kerb.suspected" not in {row.type for row in left}
            last = [row for row in left if row.type == "kerb.mode"][-1]
            assert event_of(last).data == {"mode": "statistics", "reason": "configured", "purged": 3}

    asyncio.run(main())


def test_a_lamp_forgets_what_a_zone_has_seen_when_that_counts_no_more(tmp_path: Path) -> None:
    async def main() -> None:
        clock, file = MovedClock(DAWN + 80_000), alerts(tmp_path)
        async with built_pole(load(file), file.with_suffix(".db"), clock) as pole:
            await ask_all(pole.parts)
            lamp = pole.parts.part(LightingPart).lamps["lamp-1"]
            stay = Stay("s1", clock.mono_s, None, "car", 0.9)
            await emit(pole.parts, Reading("kerb-side", "stay", stay, clock.mono_s))
            assert lamp.level.reason == "sensor"
            pole.builder.bus.tell(NoLongerLawful(clock.mono_s))
            assert lamp.level.reason == "program"

    asyncio.run(main())
