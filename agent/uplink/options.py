"""[uplink]: the broker and how to reach it."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from drivers.options import Options, Port, Seconds


class TlsOptions(Options, frozen=True):
    """[uplink.tls]: verification is always on.

    Args:
        ca_file: PEM of a private authority; None: the system's authorities.
        certificate_file, key_file: the pole's own, for mutual TLS.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


class UplinkOptions(Options, frozen=True):
    """[uplink]: without [uplink.tls] only a broker on this box (a loopback host) is accepted.

    Args:
        protocol: MQTT version.
        password_file: a file that only its owner can read; the password never stands in the configuration.
        in_flight: events published and not yet acknowledged at one time.
        replay_per_second: of the events that waited for a connection; what happens now is not held up.
    """

    # MQTT 5.0 section 3.1.2.10: two bytes of whole seconds; 0 would turn the keep-alive off.
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"keepalive_s": ("5s", "18h")}

    host: str
    port: Port | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password_file: str | None = None
    keepalive_s: Seconds = Seconds(30)
    in_flight: Annotated[int, Meta(ge=1, le=1000)] = 100
    replay_per_second: Annotated[int, Meta(ge=1, le=100_000)] = 20
    tls: TlsOptions | None = None
