"""The whole configuration as frozen typed structs: one attribute per table of the TOML file."""

from typing import Annotated, Literal

from msgspec import Meta, field

from agent.trades.kerb import KerbOptions, ZoneOptions
from agent.trades.lighting import CalendarOptions, LampOptions, ProgramOptions
from agent.trades.metering.supply import MeterOptions
from agent.trades.parking import BayOptions, ParkingOptions, RuleOptions, SensorHealthOptions
from agent.uplink.options import UplinkOptions
from drivers.camera.options import CameraOptions
from drivers.line import SerialLine, TcpLine
from drivers.lorawan import NetworkOptions
from drivers.options import Id, Options, Seconds
from drivers.registry import SensorOptions


class PoleOptions(Options, frozen=True):
    """[pole]: who and where this box is.

    Args:
        id: unique within the site.
        site: town or federation that the pole belongs to.
        timezone: IANA name; programs and limits are in its local time.
        clock: what sets the wall clock: "ntp", or "rtc" where a battery or the host keeps it unseen by the kernel.
        models_dir: where the checked weights of the detectors lie.
        profiles_dir: register maps of the technician's own, beside those that are shipped.
        status_period_s: time between two `pole.status`.
    """

    id: Id
    site: Id
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]
    timezone: str = "Europe/Paris"
    clock: Literal["ntp", "rtc"] = "ntp"
    models_dir: str = "/var/lib/lamppost/models"
    profiles_dir: str = "/etc/lamppost/profiles"
    socket: str = "/run/lamppost/lamppost.sock"
    status_period_s: Seconds = Seconds(300)


class StoreOptions(Options, frozen=True):
    """[store]: the file that survives power cuts.

    Args:
        max_mb, max_age_s: what is beyond goes, the least important and the oldest first, and is counted.
        gather_s: telemetry that the broker does not acknowledge waits in memory so long, to be written together.
    """

    path: str = "/var/lib/lamppost/lamppost.db"
    max_mb: Annotated[int, Meta(ge=1, le=100_000)] = 256
    max_age_s: Seconds = Seconds(90 * 86_400)
    gather_s: Seconds = Seconds(30)


class Config(Options, frozen=True):
    """The file."""

    pole: PoleOptions
    uplink: UplinkOptions
    store: StoreOptions = StoreOptions()
    kerb: KerbOptions = KerbOptions()
    sensor_health: SensorHealthOptions = SensorHealthOptions()
    line: dict[Id, SerialLine | TcpLine] = field(default_factory=dict)
    lorawan: dict[Id, NetworkOptions] = field(default_factory=dict)
    sensor: dict[Id, SensorOptions] = field(default_factory=dict)
    parking: ParkingOptions = ParkingOptions()
    rule: dict[Id, RuleOptions] = field(default_factory=dict)
    bay: dict[Id, BayOptions] = field(default_factory=dict)
    lamp: dict[Id, LampOptions] = field(default_factory=dict)
    meter: dict[Id, MeterOptions] = field(default_factory=dict)
    program: dict[Id, ProgramOptions] = field(default_factory=dict)
    calendar: dict[Id, CalendarOptions] = field(default_factory=dict)
    camera: dict[Id, CameraOptions] = field(default_factory=dict)
    zone: dict[Id, ZoneOptions] = field(default_factory=dict)
