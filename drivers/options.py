"""The kinds of value that the options of a device or a rule may hold."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta, Struct

from drivers import address
from drivers.translation import N_, _

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,47}\Z", description=N_("a short name: a-z, 0-9, - and _"))]
Percent = Annotated[float, Meta(ge=0, le=100, description=N_("0 to 100 %"))]
Kelvin = Annotated[float, Meta(ge=1000, le=20_000, description=N_("a colour temperature, 1000 to 20000 K"))]
Unit = Annotated[int, Meta(ge=0, le=255, description=N_("Modbus unit, 1 to 247"))]
Port = Annotated[int, Meta(ge=1, le=65535, description=N_("TCP port, 1 to 65535"))]

HIDDEN = "(hidden)"

_URL = re.compile(r"(?:(?<=://)|(?<=^//)|(?<=[\s\"'`]//))(?:.*@)?[^\s\"']*")
_WITHOUT_SLASHES = re.compile(r"\b((?:rtsps?|https?|mqtts?|ftp|rtmp|udp|tcp):)(?!//)\S.*@", re.IGNORECASE)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)")
_LONGEST_DURATION = 64
"""Characters; to look through more of them costs time by the square of their number."""

_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class Seconds(float):
    """A duration in seconds, written with its unit: "500ms", "90s", "30min" (or "30m"), "2h", "7d", "1h 30min"."""

    PATTERN: ClassVar[str] = r"^\s*(\d+(\.\d+)?\s*(ms|s|min|m|h|d)\s*)+$"
    """What `parse` takes, as a regular expression of JSON Schema (ECMA 262)."""

    @classmethod
    def parse(cls, text: str) -> "Seconds":
        """Raises ValueError, in words for a technician, when `text` is not such a duration."""
        parts = _DURATION.findall(text) if len(text) <= _LONGEST_DURATION else []
        if not parts or _DURATION.sub("", text).strip():
            raise ValueError(
                _('"{text}" is not a duration; write for example "500ms", "90s", "30min", "2h" or "7d"').format(
                    text=text[:_LONGEST_DURATION]
                )
            )
        return cls(sum(float(number) * _UNIT_S[unit] for number, unit in parts))


def decode(kind: type, value: Any) -> Any:
    """The `dec_hook` of every msgspec conversion of options."""
    if kind is Seconds:
        if isinstance(value, str):
            return Seconds.parse(value)
        raise ValueError(_('expected a duration in quotes, for example "90s" or "30min"'))
    raise NotImplementedError(kind)


def unreckonable(value: Any) -> float | None:
    """Returns the first number in a value, or in what it holds, that is infinite or NaN, as TOML has; None: none is."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return next((found for each in value if (found := unreckonable(each)) is not None), None)
    return value if isinstance(value, float) and not math.isfinite(value) else None


def _key(name: str) -> str | None:
    return name.removesuffix("_s") if name.endswith("_s") else None


class Claim(Struct, frozen=True):
    """Something that one table takes for itself: a serial port, a unit of a line, a name.

    Args:
        place: equal for two tables that would take the same.
        key: Python name of the key that says which; "": the name of the table itself.
        taken: what is wrong with the second table, said after the name and line of the first.
        expected: what would be right.
        share: tables that say the same here may have the place together; None: nobody may.
        at_key: the line that is named of the first table is that of its key.
    """

    place: tuple[Any, ...]
    key: str
    taken: str
    expected: str
    share: str | None = None
    at_key: bool = False


class Need(Struct, frozen=True):
    """Something that one table needs of the box.

    Args:
        key: Python name of the key that says so.
        modules: any one of these Python modules does.
        extra: of lamppost, that brings them.
        device: path of a device file that is read and written.
        is_line: it is a serial port, which nobody else may speak on.
        unit: of systemd, whose process opens the device.
    """

    key: str
    modules: tuple[str, ...] = ()
    extra: str = ""
    device: str = ""
    is_line: bool = False
    unit: str = "lamppost.service"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename=_key):
    """Base of every table of the configuration.

    A duration is `limit_s` in Python, and `limit = "30min"` in the file, where its unit stands in the value.
    What a table says of its keys below holds for every table that inherits them.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Python name of a duration -> shortest, longest."""

    REFERS: ClassVar[Mapping[str, str]] = {}
    """Python name of a key -> the kind of table that it names."""

    MENTIONS: ClassVar[tuple[str, ...]] = ()
    """Keys that name tables of several kinds."""

    SERVES: ClassVar[tuple[str, ...]] = ()
    """Keys by which such a table takes what it is for, so that nothing has to name it."""

    ORDERED_BY: ClassVar[tuple[str, ...]] = ()
    """Kinds of documents that name such a table, which no table of the file has to name then."""

    USUAL: ClassVar[bool] = False
    """Whether a table that does not name its kind is of this one."""

    UNNAMED: ClassVar[bool] = False
    """Whether one of these tables may stand without a name beside those that have one; its name is ""."""

    TELLS_PRESENCE: ClassVar[bool] = False
    """Whether a vehicle comes or goes in what such a table names, as a lamp may wait for."""

    @classmethod
    def bounds(cls) -> dict[str, tuple[str, str]]:
        return {key: ends for base in reversed(cls.__mro__) for key, ends in vars(base).get("BOUNDS", {}).items()}

    @classmethod
    def refers(cls) -> dict[str, str]:
        return {key: kind for base in reversed(cls.__mro__) for key, kind in vars(base).get("REFERS", {}).items()}

    @classmethod
    def retired(cls, key: str, name: str, value: Any) -> str | None:
        """What to write now in place of a key that there was once; None: there was none.

        Args:
            name: of the table.
            value: what stands there.
        """
        return None

    @classmethod
    def presence_withheld(cls, said: Callable[[str, str], Any]) -> str:
        """Why what such a table tells of presence may be used for nothing else; "": it may.

        Args:
            said: the value of a key of a table that has no name of its own.
        """
        return ""

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        """What a table of this kind takes for itself.

        Args:
            values: those of its keys that are right, by Python name.
            gateway: name of a profile -> what its unit is, which several devices may share.
        """
        return ()

    @classmethod
    def needs(cls, values: Mapping[str, Any]) -> Iterable[Need]:
        """What a table of this kind needs of the box that it runs on.

        Args:
            values: those of its keys that are right, by Python name.
        """
        return ()


def kind_of(options: Options) -> str:
    """Returns the kind of a device, as `kind` of its table has it."""
    return str(options.__struct_config__.tag)


def file_claim(path: str, key: str, taken: str, expected: str, at_key: bool = False) -> Claim:
    """A file or a device file that has one owner; links are followed."""
    return Claim(("file", str(Path(path).resolve())), key, taken, expected, at_key=at_key)


def one_host(host: str) -> str:
    """One way of writing an address, and "localhost". Two names of one host look like two: none is looked up here."""
    name = host.lower().strip("[]").removesuffix(".")
    return address.canonical(name) or ("127.0.0.1" if name == "localhost" else name)


def without_passwords(text: str) -> str:
    """A text whose URLs may be printed: without user and password, a query, or a part of a path that gives a value.

    Of one that has an "@" behind its first "/" nothing is left but its scheme: the "/" may be of the password. The "//"
    may have been forgotten.
    """
    return _WITHOUT_SLASHES.sub(rf"\1{HIDDEN}@", _URL.sub(lambda url: _printable(url[0]), text))


def _printable(url: str) -> str:
    """What comes behind "://" (RFC 3986, section 3), as far as it may be seen."""
    authority = re.split("[/?#]", url, maxsplit=1)[0]
    path = url[len(authority) :]
    if "@" in path:
        return HIDDEN
    user, at, host = authority.rpartition("@")
    return (HIDDEN if user else "") + at + host + re.sub(r"(?<=\?).+|[^/?]*=.*", lambda value: HIDDEN, path, count=1)
