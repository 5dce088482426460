"""One row of the table: what befalls the pole and its sensors, and who parks there meanwhile. The same seed gives the
same."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

from msgspec import Struct

from innocent.clock import Boot, Life
from innocent.sensors import FAMILIES, Family, Seen, Told, Trouble, told
from innocent.truth import Law, Pace, Span, Visit, visits

HOURS = 4.0
EPOCH_S = datetime(2027, 3, 16, 8, tzinfo=UTC).timestamp()
"""A Tuesday at nine, local time."""

GRACE_S = 120.0
LAYOUT = ("a02",) * 4 + ("modbus",) * 3 + ("bosch", "nwave", "bosch_sure", "nwave_sure", "em310", "field", "field_sure")
SHORTEST_S, LONGEST = 10.0, 2.0
"""Outages: from so long to so many times the limit."""


class Bay(Struct, frozen=True):
    """One bay and all of its truth. `told`: what its sensor says, in order."""

    number: int
    name: str
    family: Family
    law: Law
    trouble: Trouble
    visits: Sequence[Visit]
    told: Sequence[Told]


class World(Struct, frozen=True):
    """Times are seconds since the run began, which is at `epoch_s`."""

    row: str
    seed: int
    epoch_s: float
    end_s: float
    lives: Sequence[Life]
    bays: Sequence[Bay]

    def down(self) -> list[Span]:
        return down(self.lives)


class Row(Struct, frozen=True):
    """How one kind of adversity is drawn.

    Args:
        lives: of the pole.
        trouble: of the sensor of one bay.
        families: names of the sensors of the bays.
        tight: see Pace.
        hours: of the order of each second bay; None: it holds always.
    """

    lives: Callable[[Random, float], Sequence[Life]]
    trouble: Callable[[Random, Family, float], Trouble]
    families: Sequence[str] = LAYOUT
    tight: float = 0.5
    hours: tuple[int, int] | None = (6, 22)
    epoch_s: float = EPOCH_S
    run_h: float = HOURS


def down(lives: Sequence[Life]) -> list[Span]:
    return [(one.end_s, other.begin_s) for one, other in pairwise(lives)]


def spans(chance: Random, end_s: float, number: int, lasts_s: Span) -> list[Span]:
    """Times apart from each other, of which one is at most as long as there is room for."""
    room_s = end_s / number
    found = []
    for each in range(number):
        length_s = min(_length_s(chance, lasts_s), room_s * 0.7)
        begin_s = each * room_s + chance.uniform(0.1, 0.95 - length_s / room_s) * room_s
        found.append((begin_s, begin_s + length_s))
    return found


def _length_s(chance: Random, lasts_s: Span) -> float:
    """Short ones as often as long ones."""
    low, high = lasts_s
    return float(low * (high / low) ** chance.random())


def untroubled(_: Random, __: Family, ___: float) -> Trouble:
    return Trouble()


def one_life(chance: Random, end_s: float) -> Sequence[Life]:
    return [Life(Boot(f"{chance.getrandbits(32):08x}", -300.0), 0.0, end_s)]


def deaths(number: int, down_s: Span, *, reboots: bool, unset_s: Span = (0.0, 0.0)) -> Callable[..., Sequence[Life]]:
    """The pole ends so often, without a word. `unset_s`: for so long its clock stands in 1970 after each start."""

    def drawn(chance: Random, end_s: float) -> Sequence[Life]:
        boot, begin_s, found = Boot(f"{chance.getrandbits(32):08x}", -300.0), 0.0, []
        for dies_s, begins_s in spans(chance, end_s, number, down_s):
            found.append(Life(boot, begin_s, dies_s))
            begin_s = begins_s
            if reboots:
                boot = Boot(f"{chance.getrandbits(32):08x}", begin_s - 8.0, begin_s + chance.uniform(*unset_s))
        return [*found, Life(boot, begin_s, end_s)]

    return drawn


def clock_steps(chance: Random, end_s: float) -> Sequence[Life]:
    """A clock that is set wrong by up to an hour, and right again later."""
    wrong = [
        (*span, chance.choice((-1, 1)) * chance.uniform(20, 3600)) for span in spans(chance, end_s, 4, (300, 2400))
    ]
    return [Life(Boot(f"{chance.getrandbits(32):08x}", -300.0, wrong=tuple(wrong)), 0.0, end_s)]


def off(number: int, *, replaced: bool = False) -> Callable[..., Trouble]:
    def drawn(chance: Random, family: Family, end_s: float) -> Trouble:
        longest_s = LONGEST * family.limit_s
        return Trouble(off=spans(chance, end_s, number, (SHORTEST_S, longest_s)), replaced=replaced)

    return drawn


def cut(chance: Random, family: Family, end_s: float) -> Trouble:
    found = spans(chance, end_s, 8, (SHORTEST_S, LONGEST * family.limit_s))
    return Trouble(cut=found, kept=chance.random() < 0.5)


def lossy(chance: Random, _: Family, __: float) -> Trouble:
    return Trouble(lost=0.05, confirmed=chance.random() < 0.5)


def late(_: Random, __: Family, ___: float) -> Trouble:
    return Trouble(late=0.1, twice=0.1)


def contradicting(_: Random, __: Family, ___: float) -> Trouble:
    return Trouble(wrong=0.02)


def covered(chance: Random, _: Family, end_s: float) -> Trouble:
    return Trouble(covered=spans(chance, end_s, 4, (120.0, 3000.0)))


def cold(chance: Random, _: Family, end_s: float) -> Trouble:
    return Trouble(cold=spans(chance, end_s, 4, (1800.0, 6000.0)))


def all_at_once(chance: Random, family: Family, end_s: float) -> Trouble:
    away = [spans(chance, end_s, 3, (SHORTEST_S, family.limit_s)) for _ in range(2)]
    return Trouble(
        off=away[0],
        cut=away[1],
        covered=spans(chance, end_s, 2, (120.0, 1200.0)) if family.way != "radio" else (),
        lost=0.05,
        twice=0.05,
        late=0.05,
        wrong=0.01,
    )


WIRED = ("a02", "modbus") * 5
OFTEN = ("a02",) * 6 + ("modbus_1_s",) * 3
"""Looked at so often that one wrong look hides no swap of 10 s."""

FIELDS = ("field", "field_sure") * 6
SPRING_S = datetime(2027, 3, 27, 23, tzinfo=UTC).timestamp()
AUTUMN_S = datetime(2027, 10, 30, 22, tzinfo=UTC).timestamp()
"""Midnight, local time: the clocks change within the next three hours."""

ROWS: Mapping[str, Row] = {
    "quiet": Row(one_life, untroubled),
    "swaps_from_10_s": Row(one_life, untroubled, tight=1.0, families=WIRED),
    "pole_without_power": Row(deaths(8, (SHORTEST_S, LONGEST * 600.0), reboots=True), untroubled),
    "kill": Row(deaths(16, (3.0, 10.0), reboots=False), untroubled),
    "sensor_without_power": Row(one_life, off(8)),
    "line_or_network_cut": Row(one_life, cut),
    "frames_lost": Row(one_life, lossy),
    "frames_late_and_doubled": Row(one_life, late, families=LAYOUT[7:] * 2),
    "readings_that_contradict": Row(one_life, contradicting, families=OFTEN),
    "snow_on_the_sensor": Row(one_life, covered, families=WIRED),
    "cold_night": Row(one_life, cold, families=FIELDS, run_h=8.0),
    "sensor_replaced": Row(one_life, off(5, replaced=True)),
    "clock_in_1970": Row(deaths(5, (30.0, 600.0), reboots=True, unset_s=(60.0, 1800.0)), untroubled),
    "clock_stepped": Row(clock_steps, untroubled),
    "spring": Row(one_life, untroubled, families=WIRED, hours=(1, 5), epoch_s=SPRING_S, run_h=6.0),
    "autumn": Row(one_life, untroubled, families=WIRED, hours=(1, 5), epoch_s=AUTUMN_S, run_h=6.0),
    "all_at_once": Row(deaths(5, (3.0, 300.0), reboots=True, unset_s=(0.0, 600.0)), all_at_once),
}


def world(name: str, seed: int, row: Row | None = None) -> World:
    """
    Args:
        row: in place of the one of that name.
    """
    row = row or ROWS[name]
    end_s = row.run_h * 3600.0
    lives = row.lives(Random(f"{seed}/{name}/lives"), end_s)
    bays = [_bay(row, f"{seed}/{name}", number, lives, end_s) for number in range(len(row.families))]
    return World(name, seed, row.epoch_s, end_s, lives, bays)


def _bay(row: Row, seed: str, number: int, lives: Sequence[Life], end_s: float) -> Bay:
    name = row.families[number]
    family, chance = FAMILIES[name], Random(f"{seed}/{number}")
    trouble = row.trouble(Random(f"{seed}/{number}/trouble"), family, end_s)
    law = Law(family.limit_s, GRACE_S, row.hours if number % 2 else None, row.epoch_s)
    unseen = sorted([*trouble.unseen(), *down(lives)])
    who = visits(chance, law, Pace(family.swap_s, row.tight), unseen, end_s)
    heard = told(family, Seen(who), trouble, Random(f"{seed}/{number}/told"), end_s)
    return Bay(number, name, family, law, trouble, who, heard)
