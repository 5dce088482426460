"""[uplink], [uplink.NAME]: the brokers, how to reach them, and what each is told."""

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from agent.uplink.dialects.topics import TopicOptions
from drivers.mqtt.options import BrokerOptions
from drivers.options import Seconds
from drivers.translation import N_

_SIZE = re.compile(r"^(?=[0.]*[1-9])(\d{1,6}(\.\d{1,3})?) ?(kB|MB|GB)$")
Size = Annotated[str, Meta(pattern=_SIZE.pattern, description=N_('a size as "50 MB" or "1.5 GB"'))]
_UNIT_BYTES = {"kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}
UplinkName = Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,47})?\Z")]
"""Name of its table; "": [uplink] itself."""

ITSELF = "uplink"
"""What [uplink] itself is called where a name is asked for."""

TypeGlob = Annotated[
    str,
    Meta(
        pattern=r"^[a-z*][a-z_.*]{0,63}\Z", description=N_('a type of event, or several: "lamp.level", "lamp.*", "*"')
    ),
]
ClientId = Annotated[
    str, Meta(pattern=r"^[!-~]{1,64}\Z", description=N_("at most 64 letters, digits and signs, no blank"))
]


class UplinkOptions(BrokerOptions, frozen=True):
    """One broker: without a table tls below it only one on this box (a loopback host) is accepted.

    Args:
        in_flight: events published and not yet acknowledged at one time.
        replay_per_second: of the events that waited for a connection; what happens now is not held up.
        reconnect_spread_s: the first attempt after a lost connection comes within that time, drawn anew each time; with
            more than a second the first one after the start as well.
        monthly_budget: bytes of a month of local time, both ways; None: any number.
        events: types of event that it gets, "*" for any letters; the states of devices whose events it gets as well.
        confirm: when an event counts as delivered: the "broker" has acknowledged it, or the "consumer" behind it has
            confirmed it on the confirm topic.
        confirm_within_s: what is not confirmed so long after the broker has acknowledged it is sent again.
        commands: what this broker may order: "all", "devices" (nothing of the pole itself), "none". None: "all" for
            the first uplink of the file, "none" for any other.
        command_key: public Ed25519 key, base64: with it the pole itself obeys signed commands alone.
        client_id: by which the broker knows the session; None: that of the dialect.
        formerly: name of its table before it was renamed, "uplink" for [uplink] itself: what waits for it goes on.
    """

    UNNAMED: ClassVar[bool] = True
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "confirm_within_s": ("1s", "1d"),
        "reconnect_spread_s": ("1s", "1h"),
    }

    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 100
    replay_per_second: Annotated[float, Meta(ge=0.1, le=100_000)] = 20.0
    reconnect_spread_s: Seconds = Seconds(1)
    monthly_budget: Size | None = None
    events: Annotated[tuple[TypeGlob, ...], Meta(min_length=1, max_length=100)] = ("*",)
    confirm: Literal["broker", "consumer"] = "broker"
    confirm_within_s: Seconds = Seconds(60)
    commands: Literal["all", "devices", "none"] | None = None
    command_key: str | None = None
    client_id: ClientId | None = None
    formerly: UplinkName | None = None
    topics: TopicOptions = TopicOptions()

    @property
    def former_name(self) -> str | None:
        """Returns the name before it was renamed, "" of [uplink] itself; None: it was not."""
        return "" if self.formerly == ITSELF else self.formerly

    @property
    def monthly_budget_bytes(self) -> int | None:
        """The number of bytes in it; None: there is no budget."""
        if self.monthly_budget is None or (found := _SIZE.fullmatch(self.monthly_budget)) is None:
            return None
        return round(float(found[1]) * _UNIT_BYTES[found[3]])


def table_of(name: str) -> str:
    """Returns the name of the table of an uplink: "uplink", "uplink.lighting"."""
    return f"uplink.{name}" if name else "uplink"
