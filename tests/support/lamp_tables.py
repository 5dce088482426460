"""Tables of lamps as their drivers take them, without what lighting adds."""

from typing import Literal

from drivers.gpio.options import BiasName, Offset, OutputLine
from drivers.lamp import Channel, DaliGroup, LampDevice, ShortAddress
from drivers.lorawan.options import DevEui, DeviceId, LorawanLamp
from drivers.options import Id, Percent, Seconds, Unit
from drivers.place import Placed


class OnLine(LampDevice, Placed, frozen=True, kw_only=True):
    line: Id
    unit: Unit
    profile: Id
    channel: Channel | None = None
    short_address: ShortAddress | None = None
    dali_group: DaliGroup | None = None
    period_s: Seconds = Seconds(1.0)
    failsafe_level_percent: Percent = 100.0


class OnChip(OutputLine, Placed, frozen=True, kw_only=True):
    chip: str
    offset: Offset
    active: Literal["high", "low"] = "high"
    contact_offset: Offset | None = None
    contact_active: Literal["high", "low"] = "low"
    contact_bias: BiasName = "pull-up"
    settle_s: Seconds = Seconds(1.0)
    period_s: Seconds = Seconds(1.0)


class OnLorawan(LorawanLamp, Placed, frozen=True, kw_only=True):
    network: Id
    dev_eui: DevEui
    model: Id
    channel: Channel = 0
    device_id: DeviceId | None = None
    heartbeat_s: Seconds
