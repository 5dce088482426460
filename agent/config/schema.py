"""The configuration as frozen typed structs: the tables that every pole has, and those of its trades beside them."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from msgspec import Meta, field, structs

from agent.joined import joined
from agent.regulation import Jurisdiction, jurisdiction_at
from agent.uplink.options import UplinkName, UplinkOptions
from drivers.line import SerialLine, TcpLine
from drivers.lorawan import NetworkOptions
from drivers.options import Claim, Id, Options, Seconds, file_claim
from drivers.place import Latitude, Longitude, Named, Text
from drivers.translation import N_, _

T = TypeVar("T", bound=Options)

LedName = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.-]{0,63}\Z", description=N_("a name of ls /sys/class/leds"))
]


_SAME_FILE = (_("has this file already"), _("expected a file of its own"))


class PoleOptions(Named, frozen=True):
    """[pole]: who and where this box is.

    Args:
        id: unique within the site.
        site: town or federation that the pole belongs to.
        street, address: where people look for it.
        timezone: IANA name; programs and limits are in its local time.
        jurisdiction: whose table of offences names articles; None: as the place tells it, see `law`.
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
    latitude: Latitude
    longitude: Longitude
    street: Text | None = None
    address: Text | None = None
    timezone: str = "Europe/Paris"
    jurisdiction: Jurisdiction | None = None
    clock: Literal["ntp", "rtc"] = "ntp"
    models_dir: str = "/var/lib/lamppost-models"
    profiles_dir: str = "/etc/lamppost/profiles"
    socket: str = "/run/lamppost/lamppost.sock"
    status_period_s: Seconds = Seconds(300)
    healthy_after_s: Seconds = Seconds(600)
    led: LedName | None = None

    @property
    def law(self) -> Jurisdiction:
        """Tells whose table of offences names articles: "none" where nobody says it and the place does not tell."""
        return self.jurisdiction or jurisdiction_at(self.timezone, self.latitude, self.longitude)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "socket" in values:
            yield file_claim(values["socket"], "socket", *_SAME_FILE)


class StoreOptions(Options, frozen=True):
    """[store]: the file that survives power cuts.

    Args:
        max_mb, max_age_s: what is beyond goes, the least important and the oldest first, and is counted.
        keep_acknowledged_s: what every uplink has stays so long, to be sent again where it is asked for; it goes first.
        gather_s: telemetry that the broker does not acknowledge waits in memory so long, to be written together.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "max_age_s": ("1h", "3650d"),
        "keep_acknowledged_s": ("1h", "3650d"),
        "gather_s": ("0s", "1min"),
    }

    path: str = "/var/lib/lamppost/lamppost.db"
    max_mb: Annotated[int, Meta(ge=1, le=100_000)] = 256
    max_age_s: Seconds = Seconds(90 * 86_400)
    keep_acknowledged_s: Seconds = Seconds(7 * 86_400)
    gather_s: Seconds = Seconds(30)

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        if "path" in values:
            yield file_claim(values["path"], "path", *_SAME_FILE)


class GroupOptions(Named, frozen=True):
    """[group.NAME]: places of one kind that the city takes together, as a parking site or a lamp group.

    Args:
        kind: "parking" for bays, "lighting" for lamps: a trade of the pole.
        members: names of their tables.
        area: the part of the town that they lie in.
    """

    kind: Id
    members: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=1000)]
    area: Text | None = None


class Config(Options, frozen=True):
    """The file: what every pole has. The tables of the trades stand beside these, see `of`."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("line", "lorawan", "group")
    """Tables whose names are the subject of events: the city could not tell two of one name apart."""

    GROUPS: ClassVar[Mapping[str, str]] = {}
    """Kind of a group -> the table of its members. Each trade says its own."""

    pole: PoleOptions
    uplink: dict[UplinkName, UplinkOptions]
    store: StoreOptions = StoreOptions()
    line: dict[Id, SerialLine | TcpLine] = field(default_factory=dict)
    lorawan: dict[Id, NetworkOptions] = field(default_factory=dict)
    group: dict[Id, GroupOptions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What the first uplink alone may do is written down: its place in the file is not kept everywhere."""
        first = next(iter(self.uplink), None)
        said = {
            name: structs.replace(each, commands=each.commands or ("all" if name == first else "none"))
            for name, each in self.uplink.items()
        }
        structs.force_setattr(self, "uplink", said)

    def of(self, tables: type[T]) -> T:
        """The tables of one trade."""
        return tables(**{name: getattr(self, name) for name in tables.__struct_fields__})

    def members(self) -> Iterable[tuple[str, str, Options]]:
        """Every table with a name: kind, name, options; in the order of the kinds."""
        for kind in self.__struct_fields__:
            if isinstance(named := getattr(self, kind), dict):
                yield from ((kind, name, options) for name, options in named.items())

    def naming(self, names: Collection[str]) -> frozenset[str]:
        """Returns those names, and the names of tables that name one of them."""
        return frozenset({*names, *(name for _, name, options in self.members() if _names_one(options, names))})

    def groups(self, kind: str) -> dict[str, GroupOptions]:
        """Returns the groups of one kind, by name."""
        return {name: group for name, group in self.group.items() if group.kind == kind}


def _names_one(options: Options, names: Collection[str]) -> bool:
    said = [getattr(options, key) for key in (*options.refers(), *options.MENTIONS)]
    return any(each in names for value in said for each in (value if isinstance(value, tuple) else (value,)))


def config_of(trades: Iterable[type[Options]]) -> type[Config]:
    """The whole file of a pole with these trades, each by the struct of its tables.

    A table that two trades use is declared by both, alike. Raises TypeError where they differ.
    """
    kinds, subjects = tuple(trades), [*Config.SUBJECTS]
    groups = {kind: table for tables in kinds for kind, table in getattr(tables, "GROUPS", {}).items()}
    for tables in kinds:
        subjects += [name for name in getattr(tables, "SUBJECTS", ()) if name not in subjects]
    return joined("Config", Config, kinds, SUBJECTS=tuple(subjects), GROUPS=groups)
