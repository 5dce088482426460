"""The parking tables of the configuration file."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from agent.regulation import BayCategory, RuleOptions
from drivers.options import Id, Options, Seconds
from drivers.place import Placed
from drivers.translation import _

Counts = Annotated[int, Meta(ge=-32768, le=32767)]


QUICKEST_SWAP_S = 10.0
"""The least time in which one vehicle can leave and another stand in its place, unless the town says otherwise."""

QUICKEST_SWAP_BOUNDS = ("2s", "10min")


class ParkingOptions(Options, frozen=True):
    """[parking]: what all bays of the pole share.

    Args:
        rules_file: a second file with [rule.NAME] tables alone, for all poles of a town.
        statistics_period_s: time between two `bay.statistics` of a group, from local midnight on; 0: none are told.
        keep_days: of which the figures are kept, beside today.
        quickest_swap_s: the least time in which one vehicle leaves a bay and another stands in its place: what is seen
            no more often proves no stay.
        presumed: whether `bay.overstay_presumed` is told of stays that are not proven.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "statistics_period_s": ("0s", "1d"),
        "quickest_swap_s": QUICKEST_SWAP_BOUNDS,
    }

    rules_file: str | None = None
    statistics_period_s: Seconds = Seconds(3600)
    keep_days: Annotated[int, Meta(ge=1, le=90)] = 90
    quickest_swap_s: Seconds = Seconds(QUICKEST_SWAP_S)
    presumed: bool = True


class BayOptions(Placed, frozen=True):
    """[bay.NAME]

    Args:
        sensor: name of its [sensor.NAME].
        also: further sensors and zones that see the same bay; the first that speaks, `sensor` before them, decides.
        rule: name of its [rule.NAME], in place of the next three.
        category: what the local order makes of the place.
        limit_s: how long one vehicle may stand; None: no limit.
        grace_s: after the limit, before the overstay is repeated as final.
        decide_by: which of the values of `sensor` decides; None: the one that its kind is made for.
        nearest_mm: no roof of a vehicle comes nearer to the sensor: what does is snow, a leaf or a nest ("distance").
        occupied_below_mm, free_above_mm: two thresholds with a dead band between them ("distance").
        empty_field: x, y and z of the empty bay at its installation ("field"); slow drift is followed.
        field_change: how far a vehicle changes the field at least, in the units of the sensor ("field").
        votes, votes_of: of `sensor`: a new state needs so many of so many readings; None: by the kind of sensor.
        dwell_s: of `sensor`: a new state must hold that long before it counts; None: by the kind of sensor.
        silence_s: of `sensor`: no reading for that long: the state is unknown; the stay goes on. None: 2.5 times the
            time between two readings, 30 s at least.
        disagree_s: sources that contradict each other for that long are reported.
        quickest_swap_s: the least time in which one vehicle takes the place of another; None: as [parking] has it.
        presumed: whether stays that are only presumed are told when they exceed the limit; None: as [parking] has it.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "limit_s": ("1s", "90d"),
        "grace_s": ("0s", "7d"),
        "dwell_s": ("0s", "10min"),
        "silence_s": ("1s", "7d"),
        "disagree_s": ("10s", "1d"),
        "quickest_swap_s": QUICKEST_SWAP_BOUNDS,
    }
    REFERS: ClassVar[Mapping[str, str]] = {"sensor": "sensor", "rule": "rule"}
    MENTIONS: ClassVar[tuple[str, ...]] = ("also",)
    TELLS_PRESENCE: ClassVar[bool] = True

    sensor: Id
    also: Annotated[tuple[Id, ...], Meta(max_length=4)] = ()
    rule: Id | None = None
    category: BayCategory = "general"
    limit_s: Seconds | None = None
    grace_s: Seconds = Seconds(0)
    decide_by: Literal["occupied", "distance", "field"] | None = None
    nearest_mm: Annotated[int, Meta(ge=30, le=10000)] = 250
    occupied_below_mm: Annotated[int, Meta(ge=30, le=10000)] = 1200
    free_above_mm: Annotated[int, Meta(ge=30, le=10000)] = 1500
    empty_field: tuple[Counts, Counts, Counts] | None = None
    field_change: Annotated[int, Meta(ge=1, le=32767)] = 100
    votes: Annotated[int, Meta(ge=1, le=15)] | None = None
    votes_of: Annotated[int, Meta(ge=1, le=15)] | None = None
    dwell_s: Seconds | None = None
    silence_s: Seconds | None = None
    disagree_s: Seconds = Seconds(600)
    quickest_swap_s: Seconds | None = None
    presumed: bool | None = None

    @classmethod
    def retired(cls, key: str, name: str, value: Any) -> str | None:
        words = _('write [group.{group}] with kind = "parking" and members = ["{name}", ...]')
        return words.format(group=value, name=name) if key == "group" else None

    @property
    def own_rule(self) -> RuleOptions:
        """What holds where it names no rule."""
        return RuleOptions(category=self.category, limit_s=self.limit_s, grace_s=self.grace_s)


def quickest_swap_of(bay: BayOptions, parking: ParkingOptions) -> float:
    """The least time in which one vehicle takes the place of another in that bay, s."""
    return parking.quickest_swap_s if bay.quickest_swap_s is None else bay.quickest_swap_s
