"""The configuration as frozen typed structs: the tables that every pole has, and those of its trades beside them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from msgspec import Meta, field

from agent.joined import joined
from agent.regulation import Jurisdiction
from agent.uplink.options import UplinkOptions
from drivers.line import SerialLine, TcpLine
from drivers.lorawan import NetworkOptions
from drivers.options import Claim, Id, Options, Seconds, file_claim
from drivers.translation import N_, _

T = TypeVar("T", bound=Options)

LedName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.-]{0,63}\Z", description=N_("a name of ls /sys/class/leds"))
]


_SAME_FILE = (_("has this file already"), _("expected a file of its own"))


class PoleOptions(Options, frozen=True):
    """[pole]: who and where this box is.

    Args:
        id: unique within the site.
        site: town or federation that the pole belongs to.
        timezone: IANA name; programs and limits are in its local time.
        jurisdiction: whose table of offences names articles.
        clock: what sets the wall clock: "ntp", or "rtc" where a battery or the host keeps it unseen by the kernel.
        models_dir: where the checked weights of the detectors lie.
        profiles_dir: register maps of the technician's own, beside those that are shipped.
        status_period_s: time between two `pole.status`.
        healthy_after_s: a configuration that has run so long, and no part failed, is kept as the last good one.
        led: of this box, below /sys/class/leds: it burns when all is well, and blinks when the file is wrong.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "status_period_s": ("1s", "1d"),
        "healthy_after_s": ("1s", "7d"),
    }

    id: Id
    site: Id
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    timezone: str = "Europe/Paris"
    jurisdiction: Jurisdiction = "fr"
    clock: Literal["ntp", "rtc"] = "ntp"
    models_dir: str = "/var/lib/lamppost/models"
    profiles_dir: str = "/etc/lamppost/profiles"
    socket: str = "/run/lamppost/lamppost.sock"
    status_period_s: Seconds = Seconds(300)
    healthy_after_s: Seconds = Seconds(600)
    led: LedName | None = None

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "socket" in values:
            yield file_claim(values["socket"], "socket", *_SAME_FILE)


class StoreOptions(Options, frozen=True):
    """[store]: the file that survives power cuts.

    Args:
        max_mb, max_age_s: what is beyond goes, the least important and the oldest first, and is counted.
        gather_s: telemetry that the broker does not acknowledge waits in memory so long, to be written together.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"max_age_s": ("1h", "3650d"), "gather_s": ("0s", "1min")}

    path: str = "/var/lib/lamppost/lamppost.db"
    max_mb: Annotated[int, Meta(ge=1, le=100_000)] = 256
    max_age_s: Seconds = Seconds(90 * 86_400)
    gather_s: Seconds = Seconds(30)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "path" in values:
            yield file_claim(values["path"], "path", *_SAME_FILE)


class Config(Options, frozen=True):
    """The file: what every pole has. The tables of the trades stand beside these, see `of`."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("line", "lorawan")
    """Tables whose names are the subject of events: the city could not tell two of one name apart."""

    pole: PoleOptions
    uplink: UplinkOptions
    store: StoreOptions = StoreOptions()
    line: dict[Id, SerialLine | TcpLine] = field(default_factory=dict)
    lorawan: dict[Id, NetworkOptions] = field(default_factory=dict)

    def of(self, tables: type[T]) -> T:
        """The tables of one trade."""
        return tables(**{name: getattr(self, name) for name in tables.__struct_fields__})

    def members(self) -> Iterable[tuple[str, str, Options]]:
        """Every table with a name: kind, name, options; in the order of the kinds."""
        for kind in self.__struct_fields__:
            if isinstance(named := getattr(self, kind), dict):
                yield from ((kind, name, options) for name, options in named.items())


def config_of(trades: Iterable[type[Options]]) -> type[Config]:
    """The whole file of a pole with these trades, each by the struct of its tables.

    A table that two trades use is declared by both, alike. Raises TypeError where they differ.
    """
    kinds, subjects = tuple(trades), [*Config.SUBJECTS]
    for tables in kinds:
        subjects += [name for name in getattr(tables, "SUBJECTS", ()) if name not in subjects]
    return joined("Config", Config, kinds, SUBJECTS=tuple(subjects))
