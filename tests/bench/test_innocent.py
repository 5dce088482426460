"""The bench of who is accused: its truth is one, and what must not pass it does not."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from innocent import pole, truth
from innocent.clock import Boot, Life
from innocent.judge import Verdict, judged
from innocent.pole import Accusation, lived
from innocent.sensors import FAMILIES, Look, Reach, Seen, Trouble, Uplink, told, within
from innocent.truth import Law, Pace, Visit, visits
from innocent.world import EPOCH_S, ROWS, SPRING_S, Bay, World, world
from msgspec import structs

from agent.clock import Moment
from agent.trades.parking.sensors.source import Source
from agent.trades.parking.stays import charge, look
from agent.trades.parking.stays.charge import Charge
from drivers.base import Reading

LAW = Law(600.0, 120.0, None, EPOCH_S)


def street(
    spans: Sequence[tuple[float, float]], name: str = "a02", *, law: Law = LAW, trouble: Trouble | None = None
) -> World:
    """One bay in which these vehicles stand."""
    who, quiet = [Visit(*span) for span in spans], Trouble(lost=0.0, wrong=0.0)
    family, trouble = FAMILIES[name], trouble or quiet
    heard = told(family, Seen(who), trouble, Random("street"), 3600.0)
    bay = Bay(0, name, family, law, trouble, who, heard)
    return World("one", 1, law.epoch_s, 3600.0, [Life(Boot("boot", -300.0), 0.0, 3600.0)], [bay])


def accused(at_s: float, stage: str = "limit", kind: str = "bay.overstay") -> Accusation:
    return Accusation(kind, 0, at_s, {"stage": stage})


def verdict(one: World, *some: Accusation) -> Verdict:
    return judged(one, some)[0]


SWAPPED = ((100.0, 500.0), (520.0, 1000.0))


@pytest.mark.parametrize(
    ("spans", "at_s", "is_false"),
    [
        (((100.0, 1500.0),), 705.0, False),
        (((100.0, 1500.0),), 690.0, True),
        (SWAPPED, 720.0, True),
        (((100.0, 900.0), (915.0, 1200.0)), 910.0, False),
        (((100.0, 900.0), (915.0, 1200.0)), 918.0, False),
        (((100.0, 900.0), (915.0, 1200.0)), 925.0, True),
        (((100.0, 500.0),), 720.0, True),
        (((100.0, 800.0),), 1500.0, False),
    ],
    ids=[
        "who stands too long",
        "before the limit",
        "with the time of the one before",
        "just gone",
        "gone so shortly before that no sensor can have told",
        "the one before was guilty, and is gone",
        "nobody is there, and nobody was for so long",
        "nobody is there, and the last one was guilty",
    ],
)
def test_an_accusation_is_false_where_nobody_stood_for_so_long(
    spans: Sequence[tuple[float, float]], at_s: float, is_false: bool
) -> None:
    assert len(verdict(street(spans), accused(at_s)).false) == is_false


def test_one_that_has_gone_answers_for_one_accusation_of_each_stage() -> None:
    one = street([(100.0, 900.0), (910.5, 1300.0)])
    assert not verdict(one, accused(705.0), accused(825.0, "grace")).false
    (false,) = verdict(one, accused(705.0), accused(912.0)).false
    assert false.at_s == 912.0
    assert not verdict(street([(100.0, 900.0)]), accused(705.0), accused(912.0)).false, "nobody else is there"


def test_what_is_presumed_is_no_accusation() -> None:
    found = verdict(street(SWAPPED), accused(720.0, kind="bay.overstay_presumed"))
    assert (len(found.false), found.presumed, len(found.presumed_false)) == (0, 1, 1)


def test_who_leaves_in_the_grace_is_innocent() -> None:
    assert verdict(street([(100.0, 815.0), (1000.0, 1725.0)])).innocent == 1


@pytest.mark.parametrize(("at_s", "missed"), [(780.0, 0), (781.0, 1)])
def test_what_can_be_proven_is_told_within_the_delay_of_the_sensor_and_a_minute(at_s: float, missed: int) -> None:
    found = verdict(street([(100.0, 800.0)]), accused(at_s))
    assert [due.until_s for due in found.due] == [780.0]
    assert len(found.missed) == missed


@pytest.mark.parametrize("trouble", ["off", "cut", "covered"])
def test_what_was_not_seen_is_not_asked_for_and_what_was_seen_after_it_is(trouble: str) -> None:
    unseen = Trouble(**{trouble: [(400.0, 415.0)], "lost": 0.0, "wrong": 0.0})
    assert not verdict(street([(100.0, 1000.0)], trouble=unseen)).due
    (due,) = verdict(street([(100.0, 1100.0)], trouble=unseen)).due
    assert due.until_s == pytest.approx(1095.0, abs=3.1)


def test_a_pole_that_is_down_makes_a_doubt() -> None:
    one = street([(100.0, 1000.0)])
    boot = one.lives[0].boot
    one = structs.replace(one, lives=[Life(boot, 0.0, 400.0), Life(boot, 404.0, 3600.0)])
    assert not verdict(one).due


@pytest.mark.parametrize(("name", "wrong", "due"), [("a02", 1, 1), ("a02", 2, 0), ("modbus", 0, 1), ("modbus", 1, 0)])
def test_two_of_five_readings_that_are_wrong_make_a_doubt_and_one_where_a_swap_shows_no_more(
    name: str, wrong: int, due: int
) -> None:
    one = street([(100.0, 850.0)], name)
    looks = [each for each in one.bays[0].told if isinstance(each, Look)]
    spoilt = [each.at_s for each in looks if each.at_s > 400.0][: 2 * wrong : 2]
    heard = [structs.replace(each, truly=each.at_s not in spoilt) for each in looks]
    one = structs.replace(one, bays=[structs.replace(one.bays[0], told=heard)])
    assert len(verdict(one).due) == due


def test_a_frame_that_never_came_makes_a_doubt() -> None:
    one = street([(100.0, 1100.0)], "bosch_sure")
    assert verdict(one).due
    frames = [each for each in one.bays[0].told if isinstance(each, Uplink)]
    heard = [each for each in frames if each.sent != frames[4].sent]
    assert not verdict(structs.replace(one, bays=[structs.replace(one.bays[0], told=heard)])).due


@pytest.mark.parametrize(("until_s", "with_hours"), [(320.0, 1), (1000.0, 0)])
def test_where_hours_count_nothing_can_be_proven_while_a_clock_is_wrong(until_s: float, with_hours: int) -> None:
    boot = Boot("boot", -300.0, wrong=((300.0, until_s, 1800.0),))
    for hours, due in ((None, 1), ((6, 22), with_hours)):
        one = street([(100.0, 1050.0)], law=structs.replace(LAW, hours=hours))
        assert len(verdict(structs.replace(one, lives=[Life(boot, 0.0, 3600.0)])).due) == due


def test_a_clock_that_is_set_after_the_run_is_not_asked_of() -> None:
    one = street([(3000.0, 5000.0)])
    boot = Boot("boot", -300.0, wrong=((4500.0, 4600.0, 1800.0),))
    assert not verdict(structs.replace(one, lives=[Life(boot, 0.0, 3600.0)])).due


def test_local_time_is_that_of_central_europe() -> None:
    paris = ZoneInfo("Europe/Paris")
    for hour in range(0, 365 * 24, 5):
        unix_s = datetime(2027, 1, 1, tzinfo=UTC).timestamp() + hour * 3600
        assert truth.local(unix_s).replace(tzinfo=None) == datetime.fromtimestamp(unix_s, paris).replace(tzinfo=None)


def test_hours_of_the_night_in_which_the_clocks_change_are_counted_by_their_length() -> None:
    law = Law(3.5 * 3600, 0.0, (1, 5), SPRING_S)
    assert law.exceeded_s(0.0, "limit") == 24 * 3600 + 3.5 * 3600, "three hours on Sunday, four on Monday"
    shorter = structs.replace(law, limit_s=2.5 * 3600)
    assert shorter.exceeded_s(0.0, "limit") == 3600 + 2.5 * 3600
    assert shorter.exceeded_s(7200.0, "limit") == 24 * 3600 + 2.5 * 3600, "two hours are left, and it begins anew"


@pytest.mark.parametrize("swap_s", [10.0, 60.0])
def test_vehicles_do_not_overlap_and_change_when_nobody_sees(swap_s: float) -> None:
    unseen = [(900.0 * number, 900.0 * number + 5.0 * number) for number in range(1, 16)]
    who = visits(Random("who"), LAW, Pace(swap_s), unseen, 14_400.0)
    gaps = [later.arrives_s - one.leaves_s for one, later in pairwise(who)]
    assert min(gaps) >= swap_s
    hidden = [span for span in unseen if any(span[0] - swap_s <= one.leaves_s <= span[1] for one in who)]
    assert len(hidden) > len(unseen) / 3


@pytest.mark.parametrize("name", ROWS)
def test_the_same_seed_gives_the_same_and_another_seed_does_not(name: str) -> None:
    row = structs.replace(ROWS[name], run_h=0.5, families=ROWS[name].families[:2])
    first, again, other = world(name, 1, row), world(name, 1, row), world(name, 2, row)
    assert first == again
    assert [bay.visits for bay in first.bays] != [bay.visits for bay in other.bays]


def test_a_sensor_without_power_says_nothing_and_tells_its_start() -> None:
    off = [(600.0, 900.0)]
    who = [Visit(500.0, 700.0), Visit(720.0, 1500.0)]
    looks = told(FAMILIES["a02"], Seen(who), Trouble(off=off), Random(1), 1800.0)
    assert not any(within(off, each.at_s) for each in looks if isinstance(each, Look))
    assert [each.reachable for each in looks if isinstance(each, Reach)] == [False, True]
    frames = told(FAMILIES["bosch"], Seen(who), Trouble(off=off, lost=0.0), Random(1), 1800.0)
    ports = [each.f_port for each in frames if isinstance(each, Uplink) and each.f_port != 2]
    assert ports == [1, 3, 1], "it comes; the sensor starts, and finds one; that goes"
    assert [each.f_cnt for each in frames if isinstance(each, Uplink) and each.f_port == 3] == [0]
    frames = told(FAMILIES["bosch_sure"], Seen(who), Trouble(off=off, lost=0.0), Random(1), 1800.0)
    back = next(each for each in frames if isinstance(each, Uplink) and each.at_s > 900.0)
    assert back.f_port == 3, "the first that a sensor says is that it starts"


class Mutant(NamedTuple):
    """A fault, and the row and the sensors with which it shows."""

    row: str
    families: Sequence[str]
    changed: Mapping[str, Any]
    run_h: float = 1.5
    trouble: Trouble | None = None


def run(folder: Path, one: Mutant) -> list[Verdict]:
    folder.mkdir()
    street = drawn(one)
    return list(judged(street, asyncio.run(lived(street, folder))).values())


def drawn(one: Mutant) -> World:
    row = structs.replace(ROWS[one.row], run_h=one.run_h, families=one.families)
    return world(one.row, 1, row if one.trouble is None else structs.replace(row, trouble=lambda *_: one.trouble))


def false(verdicts: Sequence[Verdict]) -> int:
    return sum(len(each.false) for each in verdicts)


def never(*_: Any) -> None:
    return None


def long_before(source: Source, at: Moment, vehicle: str = "") -> Charge:
    return Charge(source.name, at.shifted_to(at.mono_s - 400.0), at, vehicle=vehicle)


def unheard(quantity: str) -> Callable[..., Any]:
    emit = pole._Pole._emit

    async def emitted(self: Any, reading: Reading) -> None:
        if reading.quantity != quantity:
            await emit(self, reading)

    return emitted


CAUGHT = {
    "an outage is no doubt": Mutant("sensor_without_power", ("a02",) * 3, {"charge.interrupts": never}),
    "what is read of an empty bay is no doubt": Mutant(
        "swaps_from_10_s", ("modbus",) * 3, {"charge.interrupts": never, "look._contradicted": never}
    ),
    "a charge begins before it is proven": Mutant("kill", ("a02",) * 3, {"charge.begun": long_before}),
    "a stay of which a frame was lost is proven": Mutant(
        "frames_lost",
        ("bosch_sure",) * 4,
        {"pole._Pole._emit": unheard("frames_lost")},
        trouble=Trouble(lost=0.3, confirmed=False),
    ),
    "who looks each minute proves": Mutant(
        "swaps_from_10_s", ("em310",) * 3, {"pole._quickest": lambda _: 'quickest_swap = "10min"\n'}, 4.0
    ),
    "snow is a vehicle": Mutant("snow_on_the_sensor", ("a02",) * 3, {"pole._quickest": lambda _: "nearest_mm = 30\n"}),
}
PARTS = {"charge": charge, "look": look, "pole": pole}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", CAUGHT)
def test_a_pole_that_accuses_somebody_innocent_is_caught(
    mutant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = CAUGHT[mutant]
    assert not false(run(tmp_path / "right", one))
    for path, instead in one.changed.items():
        where, *within, what = path.split(".")
        monkeypatch.setattr(reduce(getattr, within, PARTS[where]), what, instead)
    assert false(run(tmp_path / "wrong", one))


def test_a_pole_that_tells_nothing_is_caught_and_one_that_is_right_is_not(tmp_path: Path) -> None:
    one = Mutant("quiet", ("a02", "modbus", "bosch_sure"), {})
    right = run(tmp_path / "right", one)
    assert sum(len(each.due) for each in right) > 3
    assert not any(each.missed for each in right)
    assert all(each.missed == each.due for each in judged(drawn(one), []).values())
