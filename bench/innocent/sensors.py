"""What the sensors of the street make of it: all that reaches the pole, and when. The same seed gives the same."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from random import Random

from bay_pole import HeardFrame
from month.sensors import AGAIN_S, FRAMES, HOLDS_S, SENDS
from msgspec import Struct, structs

from innocent.truth import Span, Visit

ROAD_MM, SCATTER_MM = 2450.0, 15.0
NEAR_MM = (60.0, 240.0)
"""What snow or leaves on a sensor echo: nearer than any roof."""

JITTER_S = 0.05
SILENCE_S = 5.0
"""A sensor on a wire that says nothing for so long is told as one that cannot be reached."""

FIELD, VEHICLE = (12, 0, 40), (160, -90, 70)
"""Counts of a magnetometer in the empty bay, and by how much a vehicle changes them."""

DRIFT = (0.6, -0.64, 0.48)
"""The direction in which cold moves them."""

OUTSIDE_S = 60.0
"""How long a network may be away before the pole notices."""


class Family(Struct, frozen=True):
    """
    Args:
        way: how it reaches the pole: "serial", "modbus" or "radio".
        model: of a sensor by radio.
        period_s: between two readings, or two heartbeats of one that tells changes.
        decides: "distance", "field", or "occupied" where it decides itself.
        delay_s: how late a change counts at most when nothing is lost.
        looks_s: how much later what it says is borne out: by the next frame of one that tells changes, since the one
            that told that a vehicle has left may have been lost.
        swap_s: the least time between two vehicles in its bays, of which the town is sure where it is more than the
            least of all.
        proves: whether what it tells can prove a stay.
    """

    way: str
    model: str
    period_s: float
    decides: str
    delay_s: float
    swap_s: float
    proves: bool
    looks_s: float = 0.0
    limit_s: float = 600.0


QUICKEST_S = 10.0
TELLS_S = HOLDS_S[1] + AGAIN_S[1]
SURE_S = 60.0
"""What a town is sure of between two vehicles in some of its bays."""

FAMILIES: Mapping[str, Family] = {
    "a02": Family("serial", "", 3.0, "distance", 20.0, QUICKEST_S, True),
    "modbus": Family("modbus", "", 4.0, "distance", 26.0, QUICKEST_S, True),
    "modbus_1_s": Family("modbus", "", 1.0, "distance", 10.0, QUICKEST_S, True),
    "bosch": Family("radio", "bosch-tps110", 86400.0, "occupied", TELLS_S, QUICKEST_S, False),
    "nwave": Family("radio", "nwave-nps405", 86400.0, "occupied", TELLS_S, QUICKEST_S, False),
    "bosch_sure": Family("radio", "bosch-tps110", 120.0, "occupied", TELLS_S, SURE_S, True, 120.0 + TELLS_S),
    "nwave_sure": Family("radio", "nwave-nps405", 120.0, "occupied", TELLS_S, SURE_S, True, 120.0 + TELLS_S),
    "em310": Family("radio", "milesight-em310-udl", 60.0, "distance", 310.0, QUICKEST_S, False, limit_s=2400.0),
    "field": Family("radio", "dingtek-do201", 30.0, "field", 160.0, QUICKEST_S, False, limit_s=1800.0),
    "field_sure": Family("radio", "dingtek-do201", 30.0, "field", 160.0, 100.0, True, limit_s=1800.0),
}


class Trouble(Struct, frozen=True):
    """What befalls the sensor of one bay.

    Args:
        off: when it has no power, or is not there.
        replaced: whether another one is there after each `off`.
        cut: when its line or its network is away.
        kept: whether a broker keeps meanwhile what the sensor sends.
        covered: when snow or leaves lie on it.
        cold: when the cold has moved its field, from the begin to the end.
        lost, twice, late: shares of what it sends.
        wrong: share of its readings that show the opposite.
        confirmed: whether one that decides itself repeats a frame until the network confirms it.
    """

    off: Sequence[Span] = ()
    replaced: bool = False
    cut: Sequence[Span] = ()
    kept: bool = True
    covered: Sequence[Span] = ()
    cold: Sequence[Span] = ()
    lost: float = 0.002
    twice: float = 0.0
    late: float = 0.0
    wrong: float = 0.0005
    confirmed: bool = True

    def unseen(self) -> list[Span]:
        return sorted([*self.off, *self.cut, *self.covered])


class Look(Struct, frozen=True):
    """One measurement of a sensor on a wire. `truly`: whether it shows what is there."""

    at_s: float
    mm: int
    truly: bool = True
    suspect: bool = False


class Uplink(HeardFrame, frozen=True):
    """One frame; its sensor has looked when a gateway heard it.

    Args:
        sent: number of the frame among all that the sensor ever sent.
        waited: at a broker, while the pole could not hear it.
    """

    sent: int
    waited: bool = False


class Reach(Struct, frozen=True):
    """The pole notices that a sensor can or cannot be reached."""

    at_s: float
    reachable: bool


Told = Look | Uplink | Reach


class Seen:
    """The bay as it is at any time."""

    def __init__(self, visits: Sequence[Visit]) -> None:
        self._visits = visits
        self._edges = [edge for each in visits for edge in (each.arrives_s, each.leaves_s)]

    def at(self, at_s: float) -> Visit | None:
        number = bisect_right(self._edges, at_s)
        return self._visits[number // 2] if number % 2 else None

    def turns(self) -> Iterator[tuple[float, bool]]:
        yield from ((edge, number % 2 == 0) for number, edge in enumerate(self._edges))


def within(spans: Sequence[Span], at_s: float) -> Span | None:
    return next((span for span in spans if span[0] <= at_s < span[1]), None)


def told(family: Family, seen: Seen, trouble: Trouble, chance: Random, end_s: float) -> list[Told]:
    """All that a sensor tells, in the order in which it arrives."""
    found: list[Told]
    if family.way != "radio":
        found = [*_looks(family, seen, trouble, chance, end_s), *_noticed(trouble)]
    else:
        found = [*_frames(family, seen, trouble, chance, end_s), *_networks(trouble, chance)]
    return sorted(found, key=lambda each: each.at_s)


def _looks(family: Family, seen: Seen, trouble: Trouble, chance: Random, end_s: float) -> Iterator[Look]:
    at_s = chance.uniform(0.0, family.period_s)
    while at_s < end_s:
        looked_s = at_s + chance.uniform(0.0, JITTER_S)
        at_s += family.period_s
        if within((*trouble.off, *trouble.cut), looked_s) or chance.random() < trouble.lost:
            continue
        if (span := within(trouble.covered, looked_s)) is not None:
            near_mm = Random(span[0]).uniform(*NEAR_MM)
            yield Look(looked_s, round(near_mm + chance.gauss(0.0, 2.0)), truly=False, suspect=family.way == "modbus")
            continue
        yield _look(seen.at(looked_s), looked_s, trouble, chance)


def _look(visit: Visit | None, at_s: float, trouble: Trouble, chance: Random) -> Look:
    wrong = chance.random() < trouble.wrong
    mm = visit.roof_mm if visit else ROAD_MM
    if wrong:
        mm = ROAD_MM if visit else 800.0
    return Look(at_s, round(mm + chance.gauss(0.0, SCATTER_MM)), truly=not wrong)


def _noticed(trouble: Trouble) -> Iterator[Reach]:
    """A line that is lost is noticed at once, a sensor that is silent after a while."""
    for spans, after_s in ((trouble.off, SILENCE_S), (trouble.cut, 0.5)):
        for begin_s, end_s in spans:
            if end_s - begin_s > after_s:
                yield Reach(begin_s + after_s, reachable=False)
                yield Reach(end_s, reachable=True)


def _networks(trouble: Trouble, chance: Random) -> Iterator[Reach]:
    for begin_s, end_s in trouble.cut:
        noticed_s = begin_s + chance.uniform(0.0, OUTSIDE_S)
        if noticed_s < end_s:
            yield Reach(noticed_s, reachable=False)
        yield Reach(end_s, reachable=True)


def _frames(family: Family, seen: Seen, trouble: Trouble, chance: Random, end_s: float) -> Iterator[Uplink]:
    """Every frame that the sensor sends, as often as it arrives."""
    session, f_cnt, since_s = 1, 0, 0.0
    for sent, (at_s, occupied, why) in enumerate(_wishes(family, seen, trouble, chance, end_s)):
        if why == "start":
            session, f_cnt = session + (chance.random() < 0.7 or trouble.replaced), 0
        f_port, payload = _payload(family, seen, trouble, at_s, occupied, why, since_s, f_cnt)
        since_s = at_s if why in {"change", "start"} else since_s
        frame = Uplink(at_s, at_s, session, f_cnt, f_port, payload, chance.getrandbits(64), sent)
        yield from _delivered(frame, trouble, chance, again=trouble.confirmed and family.decides == "occupied")
        f_cnt += 1


def _payload(
    family: Family, seen: Seen, trouble: Trouble, at_s: float, occupied: bool, why: str, since_s: float, f_cnt: int
) -> tuple[int, bytes]:
    if family.decides == "occupied":
        return FRAMES[family.model.partition("-")[0]](occupied, why, at_s - since_s, f_cnt)
    if family.decides == "distance":
        visit = seen.at(at_s)
        mm = round(visit.roof_mm if visit else ROAD_MM)
        return 85, b"\x03\x82" + mm.to_bytes(2, "little") + b"\x04\x00\x00"
    return 3, _field_frame(counts(occupied, drift(trouble.cold, at_s)), occupied, f_cnt)


def counts(occupied: bool, drifted: float) -> Sequence[int]:
    return [
        round(base + (car if occupied else 0) + drifted * cold)
        for base, car, cold in zip(FIELD, VEHICLE, DRIFT, strict=True)
    ]


def drift(cold: Sequence[Span], at_s: float) -> float:
    """How many counts the cold has moved the field: 75 within six minutes, and back as fast at the end."""
    span = within(cold, at_s)
    return 0.0 if span is None else 75.0 * min(1.0, (at_s - span[0]) / 360.0, (span[1] - at_s) / 360.0)


def _field_frame(field: Sequence[int], occupied: bool, f_cnt: int) -> bytes:
    xyz = b"".join(each.to_bytes(2, "big", signed=True) for each in field)
    mm = (300 if occupied else 2200).to_bytes(2, "big")
    head = b"\x80\x00\x01\x1e\x01" + mm + bytes((0x10 if occupied else 0x00, 0x00))
    return head + (360).to_bytes(2, "big") + xyz + b"\x05\x00" + (f_cnt & 0xFFFF).to_bytes(2, "big") + bytes(2)


def _wishes(
    family: Family, seen: Seen, trouble: Trouble, chance: Random, end_s: float
) -> list[tuple[float, bool, str]]:
    """Returns when the sensor wants to say something, what of the bay, and why."""
    beats = _beats(family, chance, end_s)
    if family.decides != "occupied":
        return [(s, seen.at(s) is not None, "heartbeat") for s in beats if not within(trouble.off, s)]
    changes = list(_decided(seen, trouble, chance, end_s))
    found = [*changes]
    for at_s in beats:
        decided_s, now = next(((s, said) for s, said, _ in reversed(changes) if s <= at_s), (0.0, False))
        if not any(begin_s <= at_s and decided_s < until_s for begin_s, until_s in trouble.off):
            found.append((at_s, now, "heartbeat"))
    return sorted(found)


def _beats(family: Family, chance: Random, end_s: float) -> Iterator[float]:
    at_s = chance.uniform(0.0, family.period_s)
    while at_s < end_s:
        yield at_s
        at_s += family.period_s


def _decided(seen: Seen, trouble: Trouble, chance: Random, end_s: float) -> Iterator[tuple[float, bool, str]]:
    """Yields the changes that lasted for as long as the sensor looks; after it was off, what it finds first."""
    for begin_s, until_s in _powered(trouble.off, end_s):
        said: bool | None = None if begin_s else False
        for (at_s, occupied), (next_s, _) in pairwise([(-math.inf, False), *seen.turns(), (math.inf, False)]):
            decided_s = max(at_s, begin_s) + chance.uniform(*HOLDS_S)
            if begin_s < next_s and decided_s < min(next_s, until_s) and occupied != said:
                yield decided_s, occupied, "start" if said is None else "change"
                said = occupied


def _powered(off: Sequence[Span], end_s: float) -> Iterator[Span]:
    at_s = 0.0
    for begin_s, until_s in off:
        yield at_s, begin_s
        at_s = until_s
    yield at_s, end_s


def _delivered(frame: Uplink, trouble: Trouble, chance: Random, *, again: bool) -> Iterator[Uplink]:
    sent_s = frame.at_s
    for _ in range(SENDS if again else 1):
        if chance.random() >= trouble.lost:
            yield from _arrived(frame, sent_s, trouble, chance)
            if chance.random() >= trouble.lost:
                return
        sent_s += chance.uniform(*AGAIN_S)


def _arrived(frame: Uplink, sent_s: float, trouble: Trouble, chance: Random) -> Iterator[Uplink]:
    """A network that is away hands over later what it keeps."""
    at_s = sent_s + (chance.uniform(5.0, 90.0) if chance.random() < trouble.late else 0.3)
    if (cut := within(trouble.cut, at_s)) is not None:
        if not trouble.kept:
            return
        at_s = cut[1] + 0.5 + (at_s - cut[0]) / 1000.0
    came = structs.replace(frame, at_s=at_s, heard_s=sent_s, waited=cut is not None)
    yield came
    if chance.random() < trouble.twice:
        yield structs.replace(came, at_s=at_s + chance.choice((0.0, 20.0)))
