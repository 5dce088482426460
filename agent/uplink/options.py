"""[uplink]: the broker and how to reach it."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from agent.uplink.dialects.topics import TopicOptions
from drivers.mqtt.options import BrokerOptions
from drivers.options import Seconds
from drivers.translation import N_

_SIZE = re.compile(r"^(\d{1,6}(\.\d{1,3})?) ?(kB|MB|GB)$")
Size = Annotated[str, Meta(pattern=_SIZE.pattern, description=N_('a size as "50 MB" or "1.5 GB"'))]
_UNIT_BYTES = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


class UplinkOptions(BrokerOptions, frozen=True):
    """[uplink]: without [uplink.tls] only a broker on this box (a loopback host) is accepted.

    Args:
        in_flight: events published and not yet acknowledged at one time.
        replay_per_second: of the events that waited for a connection; what happens now is not held up.
        reconnect_spread_s: the first attempt after a lost connection comes within that time, drawn anew each time; with
            more than a second the first one after the start as well.
        monthly_budget: bytes of a month of local time, both ways; None: any number.
        commands: what this broker may order: "all", "devices" (nothing of the pole itself), "none".
        command_key: public Ed25519 key, base64: with it the pole itself obeys signed commands alone.
    """

    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"reconnect_spread_s": ("1s", "1h")}

    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 100
    replay_per_second: Annotated[float, Meta(ge=0.1, le=100_000)] = 20
    reconnect_spread_s: Seconds = Seconds(1)
    monthly_budget: Size | None = None
    commands: Literal["all", "devices", "none"] = "all"
    command_key: str | None = None
    topics: TopicOptions = TopicOptions()

    @property
    def monthly_budget_bytes(self) -> int | None:
        """The number of bytes in it; None: there is no budget."""
        if self.monthly_budget is None or (found := _SIZE.fullmatch(self.monthly_budget)) is None:
            return None
        return round(float(found[1]) * _UNIT_BYTES[found[3]])
