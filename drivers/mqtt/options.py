"""A broker, and how to reach it."""

from typing import Literal

from drivers.options import Options, Port, Seconds


class TlsOptions(Options, frozen=True):
    """[uplink.tls], [lorawan.NAME.tls]: verification is always on.

    Args:
        ca_file: PEM of a private authority; None: the system's authorities.
        certificate_file, key_file: the pole's own, for mutual TLS.
    """

    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None


class BrokerOptions(Options, frozen=True):
    """What the table of any broker has: without TLS only a broker on this box (a loopback host) is accepted.

    Args:
        port: None: 1883, with TLS 8883.
        protocol: MQTT version.
        password_file: a file that only its owner can read; the password never stands in the configuration.
    """

    host: str
    port: Port | None = None
    protocol: Literal["5", "3.1.1"] = "5"
    username: str | None = None
    password_file: str | None = None
    keepalive_s: Seconds = Seconds(30)
    tls: TlsOptions | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or (8883 if self.tls else 1883)
