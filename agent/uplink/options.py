"""[uplink], [uplink.NAME]: the brokers, how to reach them, and what each is told."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from agent.uplink.dialects.topics import TopicOptions
from drivers.mqtt.options import BrokerOptions
from drivers.options import Seconds
from drivers.translation import N_

UplinkName = Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]{0,47})?\Z")]
"""Name of its table; "": [uplink] itself."""

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
        events: types of event that it gets, "*" for any letters; the states of devices whose events it gets as well.
        confirm: when an event counts as delivered: the "broker" has acknowledged it, or the "consumer" behind it has
            confirmed it on the confirm topic.
        confirm_within_s: what is not confirmed so long after the broker has acknowledged it is sent again.
        commands: what this broker may order: "all", "devices" (nothing of the pole itself), "none". None: "all" for
            the first uplink of the file, "none" for any other.
        command_key: public Ed25519 key, base64: with it the pole itself obeys signed commands alone.
        client_id: by which the broker knows the session; None: that of the dialect.
    """

    UNNAMED: ClassVar[bool] = True
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"confirm_within_s": ("1s", "1d")}

    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 100
    replay_per_second: Annotated[int, Meta(ge=1, le=100_000)] = 20
    events: Annotated[tuple[TypeGlob, ...], Meta(min_length=1, max_length=100)] = ("*",)
    confirm: Literal["broker", "consumer"] = "broker"
    confirm_within_s: Seconds = Seconds(60)
    commands: Literal["all", "devices", "none"] | None = None
    command_key: str | None = None
    client_id: ClientId | None = None
    topics: TopicOptions = TopicOptions()


def table_of(name: str) -> str:
    """Returns the name of the table of an uplink: "uplink", "uplink.lighting"."""
    return f"uplink.{name}" if name else "uplink"
