"""Loads profiles from files: those that come with lamppost, and the technician's own beside them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from drivers.mistakes import Mistake
from drivers.profile import sound_part
from drivers.profile.errors import wrong_types
from drivers.profile.register_checks import without_unit
from drivers.profile.resolved import BoundProfile, bind
from drivers.profile.schema import FAILSAFE_LEVEL, FAULT, SUPPLY_VOLTAGE, ProfileTables
from drivers.profile.validation import mistakes
from drivers.profile.vectors import failures
from drivers.profile_loader import ProfileLoader
from drivers.quantity import UNDECLARED, Quantity
from drivers.translation import _


class Profile(Struct, frozen=True):
    """A register map that was read and checked."""

    name: str
    tables: ProfileTables

    @property
    def parameters(self) -> Mapping[str, tuple[int, int]]:
        """What a device of this kind must be given ("channel"), with the lowest and the highest value."""
        return {str(name): both for name, both in self.tables.parameters.items()}

    @property
    def gateway(self) -> str:
        """What one unit may be, shared by several devices: the same for all profiles of a gateway."""
        return self.tables.gateway or self.name

    @property
    def description(self) -> str:
        """The maker, the model and what else tells it from others, in the language of the process."""
        return _(self.tables.description)

    def when_silent(self, failsafe_level_percent: float) -> str | None:
        """What a lamp does when nobody speaks to it any more; None: the profile does not say."""
        if (failsafe := self.tables.failsafe) is None:
            return None
        return _(failsafe.when_silent).replace(FAILSAFE_LEVEL, f"{failsafe_level_percent:g} %")

    @property
    def sets_failsafe(self) -> bool:
        """Whether the lamp's own failsafe_level_percent is written to it."""
        return self.tables.failsafe is not None and FAILSAFE_LEVEL in self.tables.failsafe.at_start.values()

    @property
    def quantities(self) -> frozenset[str]:
        """What a device of this kind reports: its registers, and the bits of those that hold several."""
        registers, judges = self.tables.register, any(each.tells_fault for each in self.tables.silent)
        bits = {bit for register in registers.values() for bit in register.bits}
        return (frozenset(registers) - self.tables.exponents) | bits | ({FAULT} if judges else set())

    @property
    def without_unit(self) -> tuple[str, ...]:
        """Registers of which it does not say in what they count."""
        return without_unit(self.tables)

    def quantity(self, name: str) -> Quantity:
        """What a figure of that name is; a bit is a yes or no."""
        register = self.tables.register.get(name)
        return UNDECLARED if register is None else register.quantity

    @property
    def supply_voltages(self) -> dict[str, str | None]:
        """The registers that a meter is judged by, with the phase in their names ("l1"); None: there is but one."""
        named = ((name, re.fullmatch(SUPPLY_VOLTAGE, name)) for name in self.tables.register)
        return {name: found[1] for name, found in named if found}

    def bind(self, **parameters: int | None) -> BoundProfile:
        """The map of one device. None stands for "not given". Raises ProfileError."""
        given = {key: value for key, value in parameters.items() if value is not None}
        return bind(self.name, self.tables, given)


def _wrong(given: dict[str, Any]) -> Iterable[Mistake]:
    wrong = tuple(wrong_types(given))
    return (*wrong, *sound_part.mistakes(given)) if wrong else ()


_PROFILES = ProfileLoader(
    ProfileTables,
    mistakes,
    failures,
    build=Profile,
    wrong_types=_wrong,
)
SHIPPED, names, load = _PROFILES.shipped, _PROFILES.names, _PROFILES.load
