"""The tables of the configuration file that are the kerb's."""

from typing import ClassVar

from msgspec import field

from agent.regulation import RuleOptions
from agent.trades.kerb.options import KerbOptions, ZoneOptions
from drivers.camera.options import CameraOptions
from drivers.options import Id, Options


class KerbTables(Options, frozen=True):
    """Cameras, their zones and the legal mode."""

    SUBJECTS: ClassVar[tuple[str, ...]] = ("camera", "zone")

    kerb: KerbOptions = KerbOptions()
    camera: dict[Id, CameraOptions] = field(default_factory=dict)
    rule: dict[Id, RuleOptions] = field(default_factory=dict)
    zone: dict[Id, ZoneOptions] = field(default_factory=dict)
