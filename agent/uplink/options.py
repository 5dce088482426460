"""[uplink]: the broker and how to reach it."""

from typing import Annotated, Literal

from msgspec import Meta

from agent.uplink.dialects.topics import TopicOptions
from drivers.mqtt.options import BrokerOptions


class UplinkOptions(BrokerOptions, frozen=True):
    """[uplink]: without [uplink.tls] only a broker on this box (a loopback host) is accepted.

    Args:
        in_flight: events published and not yet acknowledged at one time.
        replay_per_second: of the events that waited for a connection; what happens now is not held up.
        commands: what this broker may order: "all", "devices" (nothing of the pole itself), "none".
        command_key: public Ed25519 key, base64: with it the pole itself obeys signed commands alone.
    """

    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 100
    replay_per_second: Annotated[int, Meta(ge=1, le=100_000)] = 20
    commands: Literal["all", "devices", "none"] = "all"
    command_key: str | None = None
    topics: TopicOptions = TopicOptions()
