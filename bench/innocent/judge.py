"""The verdict: accusations beside who had stood there for how long.

An accusation is of the vehicle that stands there when it is told, or of one that has gone so shortly before that its
sensor cannot have told yet; of an empty bay it is of the last one. One that has gone answers for one accusation of each
stage: the next is of somebody else. It is false where none of these had stood for so long, by its own stay alone.

An overstay can be proven where a vehicle stands without a doubt for the limit, the delay of the sensor and what the
pole may take beside. A doubt is whatever another vehicle may have come in: a pole that is down, a sensor or a line that
is away, looks that are too far apart or contradict each other, a frame that never arrives, a clock that is set.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from innocent.pole import Accusation
from innocent.sensors import Look, Uplink
from innocent.truth import Span, Visit
from innocent.world import Bay, World

TOLD_WITHIN_S = 60.0
ROUNDING_S = 0.5
STAGES = ("limit", "grace")
OF = 5
"""Two of so many looks in a row that do not show the vehicle contradict it."""

LOOKS_IN_A_SWAP = 3
"""A single look that shows none contradicts the vehicle where there are fewer."""


class Due(Struct, frozen=True):
    """An overstay that can be proven, and when it has to be told."""

    bay: int
    visit: Visit
    stage: str
    until_s: float


class Verdict(Struct):
    """
    Args:
        innocent: vehicles that have left without an overstay.
        false, presumed_false: accusations and presumptions of vehicles that had not stood for so long.
        presumed: presumptions in all.
        due, missed: overstays that can be proven, and those of them that were not told in time.
    """

    innocent: int = 0
    told: int = 0
    false: list[Accusation] = []
    presumed: int = 0
    presumed_false: list[Accusation] = []
    due: list[Due] = []
    missed: list[Due] = []


def judged(world: World, told: Sequence[Accusation]) -> Mapping[int, Verdict]:
    """The verdict on each bay."""
    return {bay.number: _bay(world, bay, [each for each in told if each.bay == bay.number]) for bay in world.bays}


def _bay(world: World, bay: Bay, told: Sequence[Accusation]) -> Verdict:
    accused = [each for each in told if each.kind == "bay.overstay"]
    presumed = [each for each in told if each.kind == "bay.overstay_presumed"]
    mine = attributed(bay, accused)
    whose = attributed(bay, presumed)
    due = list(provable(world, bay)) if bay.family.proves else []
    return Verdict(
        innocent=sum(_is_innocent(bay, each) for each in bay.visits if each.leaves_s <= world.end_s),
        told=len(accused),
        false=[one for one, visit in zip(accused, mine, strict=True) if visit is None],
        presumed=len(presumed),
        presumed_false=[one for one, visit in zip(presumed, whose, strict=True) if visit is None],
        due=due,
        missed=[each for each in due if not _in_time(each, accused, mine)],
    )


def _is_innocent(bay: Bay, visit: Visit) -> bool:
    return bay.law.exceeded_s(visit.arrives_s, "grace") >= visit.leaves_s


def attributed(bay: Bay, accused: Sequence[Accusation]) -> list[Visit | None]:
    """Returns whose each accusation is; None: it is false."""
    answered: set[tuple[Visit, str]] = set()
    found: list[Visit | None] = []
    for each in accused:
        stage, near = each.data["stage"], suspects(bay, each.at_s)
        newest = near[-1:]
        guilty = [
            visit
            for visit in near
            if _guilty(bay, visit, stage, each.at_s) and ((visit, stage) not in answered or [visit] == newest)
        ]
        found.append(guilty[0] if guilty else None)
        answered |= {(visit, stage) for visit in guilty[:1]}
    return found


def _guilty(bay: Bay, visit: Visit, stage: str, at_s: float) -> bool:
    return bay.law.exceeded_s(visit.arrives_s, stage) <= min(at_s, visit.leaves_s) + ROUNDING_S


def suspects(bay: Bay, at_s: float) -> list[Visit]:
    """Vehicles that an accusation at that time can be of, those that have gone first."""
    came = [visit for visit in bay.visits if visit.arrives_s <= at_s]
    near = [visit for visit in came if visit.leaves_s > at_s - bay.family.delay_s or _untold(bay, visit, at_s)]
    return near or came[-1:]


def _untold(bay: Bay, visit: Visit, at_s: float) -> bool:
    """Whether a frame that was sent after a vehicle had gone is late on its way, and none has come."""
    if bay.family.way != "radio" or visit.leaves_s < at_s - 180.0:
        return False
    after = [
        each for each in bay.told if isinstance(each, Uplink) and each.heard_s > visit.leaves_s and not each.waited
    ]
    return bool(after) and min(each.at_s for each in after) > at_s


def provable(world: World, bay: Bay) -> Iterator[Due]:
    """Yields each stage of each vehicle that stood without a doubt for long enough."""
    unsure = doubts(world, bay)
    delay_s = bay.family.delay_s + bay.family.looks_s + TOLD_WITHIN_S
    for visit in bay.visits:
        end_s = min(visit.leaves_s, world.end_s)
        inside = sorted(span for span in unsure if span[0] < end_s and visit.arrives_s < span[1])
        for stage in STAGES:
            for since_s, until_s in _clear(visit.arrives_s, end_s, inside):
                by_s = bay.law.exceeded_s(since_s, stage) + delay_s
                if by_s <= until_s:
                    yield Due(bay.number, visit, stage, by_s)
                    break


def _clear(begin_s: float, end_s: float, inside: Sequence[Span]) -> Iterator[Span]:
    """Yields the times between the doubts."""
    for span in [*inside, (end_s, end_s)]:
        if begin_s < span[0]:
            yield begin_s, span[0]
        begin_s = max(begin_s, span[1])


def _in_time(due: Due, accused: Sequence[Accusation], mine: Sequence[Visit | None]) -> bool:
    return any(
        visit == due.visit and one.data["stage"] == due.stage and one.at_s <= due.until_s + ROUNDING_S
        for one, visit in zip(accused, mine, strict=True)
    )


def doubts(world: World, bay: Bay) -> list[Span]:
    """Returns when another vehicle may have come to a bay unseen, by all that was to be seen."""
    known = [*world.down(), *bay.trouble.unseen(), *_clocks(world, bay)]
    heard = [each for each in bay.told if _came(world, each.at_s)]
    if bay.family.decides == "occupied":
        return [*_until_heard(known, heard), *_lost(bay, heard)]
    return [*known, *_unlooked(bay, heard), *bay.trouble.cold]


def _came(world: World, at_s: float) -> bool:
    return not any(begin_s <= at_s < end_s for begin_s, end_s in world.down())


def _clocks(world: World, bay: Bay) -> Iterator[Span]:
    """Yields when a clock is set. Where only a clock tells what holds: all the time that it is not set or is wrong."""
    for life in world.lives:
        boot, whole = life.boot, bay.law.hours is not None
        if boot.set_s > life.begin_s:
            yield (life.begin_s if whole else boot.set_s), boot.set_s + ROUNDING_S
        for begin_s, end_s, _ in boot.wrong:
            yield from [(begin_s, end_s)] if whole else [(each, each + ROUNDING_S) for each in (begin_s, end_s)]


def _until_heard(known: Sequence[Span], heard: Sequence[object]) -> Iterator[Span]:
    """Yields doubts of a sensor that tells changes: until it speaks again."""
    times = sorted(each.at_s for each in heard if isinstance(each, Uplink))
    for begin_s, end_s in known:
        yield begin_s, next((at_s for at_s in times if at_s >= end_s), float("inf"))


def _lost(bay: Bay, heard: Sequence[object]) -> Iterator[Span]:
    """Yields the times between the frames on both sides of one that never came, or came after a later one."""
    frames = [each for each in heard if isinstance(each, Uplink)]
    newest = None
    for each in frames:
        if newest is not None and each.sent > newest.sent + 1:
            yield newest.heard_s, each.at_s
        if newest is None or each.sent > newest.sent:
            newest = each


def _unlooked(bay: Bay, heard: Sequence[object]) -> Iterator[Span]:
    """Yields the times in which a sensor that measures has not shown the vehicle that stands there."""
    looks = [each for each in heard if isinstance(each, Look | Uplink)]
    shown = [each.at_s for each in looks if not isinstance(each, Look) or (each.truly and not each.suspect)]
    for one_s, next_s in pairwise(shown):
        if next_s - one_s >= bay.family.swap_s:
            yield one_s, next_s
    yield from _contradicted(bay, shown)
    if LOOKS_IN_A_SWAP * bay.family.period_s >= bay.family.swap_s:
        yield from _spoken_against(looks)


def _spoken_against(looks: Sequence[Look | Uplink]) -> Iterator[Span]:
    """Yields the times around each wrong look: of a swap there might be no more to be seen, were the look after it the
    wrong one."""
    for (before, each), (_, after) in pairwise(pairwise(looks)):
        if isinstance(each, Look) and not each.truly and not each.suspect:
            yield before.at_s, after.at_s


def _contradicted(bay: Bay, shown: Sequence[float]) -> Iterator[Span]:
    """Yields where of looks in a row too many did not show it, from the look before the first of these to the one after
    the last."""
    every_s = bay.family.period_s
    missing = [number for number, (one_s, next_s) in enumerate(pairwise(shown)) if next_s - one_s >= 1.5 * every_s]
    yield from ((shown[n], shown[n + 1]) for n in missing if shown[n + 1] - shown[n] >= 2.5 * every_s)
    yield from ((shown[n], shown[m + 1]) for n, m in pairwise(missing) if m - n <= OF - 2)
