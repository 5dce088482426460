"""A device on a line that a profile describes: what every such table of the configuration has."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from drivers.options import Claim, Id, Unit
from drivers.place import Placed
from drivers.translation import _


class LineDevice:
    """A table that says on which line a device is, and by which profile it is known; who has it has these keys.

    Args:
        line: name of its [line.NAME].
        profile: file name, without .toml, of its register map.
    """

    __slots__ = ()

    REFERS: ClassVar[Mapping[str, str]] = {"line": "line"}
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"period_s": ("100ms", "1h")}

    PARAMETERS: ClassVar[tuple[str, ...]] = ()
    """Keys that tell it apart from others of its unit, where its profile asks for them."""

    line: str
    unit: int
    profile: str

    @property
    def parameters(self) -> dict[str, int | None]:
        return {key: getattr(self, key) for key in self.PARAMETERS}

    @classmethod
    def claims(cls, values: Mapping[str, Any], gateway: Callable[[str], str]) -> Iterable[Claim]:
        """Several devices behind one unit are those of one gateway, told apart by their profile and its parameters."""
        keys = ("line", "unit", "profile", *cls.PARAMETERS)
        if not all(key in values for key in keys):
            return
        line, unit, name = values["line"], values["unit"], values["profile"]
        what = _("has unit {unit} on this line with another profile").format(unit=unit)
        right = _("expected a unit of its own for each device on a line")
        yield Claim(("unit", line, unit), "unit", what, right, share=gateway(name))
        place = {key: values[key] for key in cls.PARAMETERS if values[key] is not None}
        address = ", ".join([_("unit {unit}").format(unit=unit), *(f"{key} {value}" for key, value in place.items())])
        right = _("expected another unit, or another lamp of the gateway")
        yield Claim(
            ("address", line, unit, name, *place.items()),
            "unit",
            _("has {address} on this line").format(address=address),
            right,
        )


class MappedDevice(LineDevice, Placed, frozen=True):
    """The keys of a device that has no others of its kind: see `LineDevice`."""

    line: Id
    unit: Unit
    profile: Id
