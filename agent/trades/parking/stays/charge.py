"""What is held against a vehicle: the time for which it is proven that one and the same stood there (pure).

A stay says that a vehicle may have stood since its entry. Its charge begins anew with every doubt whether it is still
the same one, and lasts until the last look that bears it out.
"""

from collections.abc import Iterable

from msgspec import Struct, structs

from agent.clock import Moment
from agent.regulation import Stage
from agent.trades.parking.event_types import DoubtKind, Ground
from agent.trades.parking.sensors.source import Sample, Source


class Doubt(Struct, frozen=True):
    """A doubt: another vehicle may stand there since `at`.

    Args:
        lost: how many frames, where frames were lost.
    """

    kind: DoubtKind
    at: Moment
    lost: int = 0


class Charge(Struct, frozen=True):
    """Looks without a doubt between them, all of one boot.

    Args:
        source: whose they are.
        began: since when the time counts.
        until: the last look that bears it out.
        longest_gap_s: the longest time between two of them.
        vehicle: its stay in the zone of a camera, which tells one vehicle from another; "": no camera sees it.
        single: there is one look so far, of a sensor of which one alone proves nothing.
        told: how far its overstay was told, by the rule or temporary order that it was told under.
    """

    source: str
    began: Moment
    until: Moment
    longest_gap_s: float = 0.0
    vehicle: str = ""
    single: bool = False
    told: dict[str, Stage] = {}

    @property
    def seconds(self) -> float:
        return max(0.0, self.until.mono_s - self.began.mono_s)


def proves(source: Source, quickest_swap_s: float) -> bool:
    """Whether no vehicle can take the place of another without that source seeing it.

    Who speaks at changes must tell them within a swap; who is asked, or measures, must be looked at more often than a
    swap shows.
    """
    shows_s = swap_shows_s(source, quickest_swap_s)
    return shows_s >= 0 if source.speaks_at_changes else source.look_every_s < shows_s


def swap_shows_s(source: Source, quickest_swap_s: float) -> float:
    """Returns for how long a source shows an empty bay while one vehicle takes the place of another, at least, s; one
    that decides itself begins so late as it tells a change. Less than 0: it may show nothing of that."""
    return quickest_swap_s - source.tells_within_s


def inherent_ground(source: Source, quickest_swap_s: float) -> Ground | None:
    """Why no stay of that source can be proven; None: it can."""
    if proves(source, quickest_swap_s):
        return None
    return "tells_late" if source.tells_within_s > quickest_swap_s else "looks_seldom"


def interrupts(
    source: Source, charge: Charge, at: Moment, quickest_swap_s: float, vehicle: str = ""
) -> DoubtKind | None:
    """Which doubt lies between the last look of the charge and another one; None: none.

    A sensor that speaks at changes may be quiet for as long as it likes: its counter shows what it told and was lost.
    """
    if source.name != charge.source:
        return "source_changed"
    if vehicle != charge.vehicle:
        return "contradicted"
    gap_s = at.mono_s - charge.until.mono_s
    return "outage" if not source.speaks_at_changes and gap_s >= swap_shows_s(source, quickest_swap_s) else None


def begun(source: Source, at: Moment, vehicle: str = "") -> Charge:
    """The first look after a doubt. Where one alone proves nothing the time counts from the second on."""
    return Charge(source.name, at, at, vehicle=vehicle, single=source.needed > 1)


def borne_out(charge: Charge, at: Moment) -> Charge:
    """One more look."""
    gap_s = at.mono_s - charge.until.mono_s
    if charge.single:
        return structs.replace(charge, began=at, until=at, single=False)
    return structs.replace(charge, until=at, longest_gap_s=max(charge.longest_gap_s, gap_s))


def from_entry(source: Source, samples: Iterable[Sample], proven: Moment, quickest_swap_s: float) -> Charge | None:
    """The charge of a vehicle that has just come, by what was read of it so far.

    Args:
        proven: the reading from which on it is certain that somebody stands there.
    """
    charge: Charge | None = None
    for each in samples:
        if not each.occupied or each.at.boot != proven.boot or each.at.mono_s < proven.mono_s:
            continue
        if charge is None or interrupts(source, charge, each.at, quickest_swap_s):
            charge = structs.replace(begun(source, each.at), single=charge is not None and source.needed > 1)
        else:
            charge = borne_out(charge, each.at)
    return charge
