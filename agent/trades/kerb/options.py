"""The kerb tables of the configuration file."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from agent.calendars import Country, WindowOptions
from agent.regulation import Article, FineClass, RuleOptions, ZoneCategory
from drivers.camera.options import ZoneShape
from drivers.options import Id, Options, Seconds
from drivers.translation import _

Words = Annotated[str, Meta(min_length=3, max_length=500)]


class Authorisation(Options, frozen=True):
    """[kerb.authorisation]: what makes `alert` mode lawful. Without it the mode is refused.

    Args:
        legal_basis: the text that allows it.
        reference: of the decision that applies it here.
        dpia_reference: of the data protection impact assessment.
        controller: who answers for it.
        valid_until: last day, local time; after it the agent goes back to statistics by itself.
        simulated: a demonstration; every event says so.
    """

    legal_basis: Words
    reference: Words
    dpia_reference: Words
    controller: Words
    valid_until: date
    simulated: bool = False


class KerbOptions(Options, frozen=True):
    """[kerb]

    Args:
        mode: "statistics" (aggregates only) or "alert" (single suspected events; needs an authorisation).
        period_s: aggregation period of the statistics; nothing finer leaves the pole.
        minimum_count: smaller counts are suppressed.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("15min", "1d")}

    mode: Literal["statistics", "alert"] = "statistics"
    period_s: Seconds = Seconds(900)
    minimum_count: Annotated[int, Meta(ge=2, le=100)] = 5
    authorisation: Authorisation | None = None


class ZoneOptions(ZoneShape, frozen=True):
    """[zone.NAME]: a piece of kerb, and how long a vehicle may stand on it.

    Args:
        rule: name of its [rule.NAME], in place of the other keys but `beside`.
        category: what the local order makes of the place.
        limit_s: standing longer is suspected; 0: at once.
        grace_s: after the limit, before it is said again as final.
        windows: when the limit holds; none: always. A stay that reaches into them counts from their beginning.
        holidays: which public holidays are computed. A holiday is no weekday.
        holiday_dates: further ones.
        exempt_classes: vehicles that may stand there, in the words of the camera's model.
        beside: bays and zones along which a vehicle stands double; it counts while one of them is occupied.
        article, fine_class: of the local order, in place of those of the jurisdiction.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"limit_s": ("0s", "90d"), "grace_s": ("0s", "7d")}
    REFERS: ClassVar[Mapping[str, str]] = {"rule": "rule"}
    MENTIONS: ClassVar[tuple[str, ...]] = ("beside",)
    TELLS_PRESENCE: ClassVar[bool] = True

    rule: Id | None = None
    category: ZoneCategory | None = None
    limit_s: Seconds = Seconds(0)
    grace_s: Seconds = Seconds(0)
    windows: tuple[WindowOptions, ...] = ()
    holidays: Country = "none"
    holiday_dates: tuple[date, ...] = ()
    exempt_classes: tuple[Id, ...] = ()
    beside: tuple[Id, ...] = ()
    article: Article | None = None
    fine_class: FineClass | None = None

    @classmethod
    def presence_withheld(cls, said: Callable[[str, str], Any]) -> str:
        if said("kerb", "mode") != "statistics":
            return ""
        return _("its camera counts alone: whatever else it lights or switches would tell of each single vehicle")

    @property
    def own_rule(self) -> RuleOptions:
        """What holds where it names no rule. Of a checked configuration: then it names its category."""
        assert self.category is not None
        return RuleOptions(
            category=self.category,
            limit_s=self.limit_s,
            grace_s=self.grace_s,
            windows=self.windows,
            holidays=self.holidays,
            holiday_dates=self.holiday_dates,
            exempt_classes=self.exempt_classes,
            article=self.article,
            fine_class=self.fine_class,
        )
