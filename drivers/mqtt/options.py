"""A broker, and how to reach it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from drivers.options import Options, Port, Seconds, one_host

PLAIN_PORT, TLS_PORT = 1883, 8883
"""Of MQTT, as IANA has registered them."""


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
        protocol: MQTT version; "auto": 5, or 3.1.1 with a broker that does not know it.
        password_file: a file that only its owner can read; the password never stands in the configuration.
    """

    # MQTT 5.0 section 3.1.2.10: two bytes of whole seconds; 0 would turn the keep-alive off.
    BOUNDS: ClassVar[Mapping[str, tuple[str, str]]] = {"keepalive_s": ("5s", "18h")}

    host: str
    port: Port | None = None
    protocol: Literal["5", "3.1.1", "auto"] = "5"
    username: str | None = None
    password_file: str | None = None
    keepalive_s: Seconds = Seconds(30)
    tls: TlsOptions | None = None

    @staticmethod
    def place(values: Mapping[str, Any]) -> tuple[str, int] | None:
        """Host and port, written one way, of the right values of a table; None: one of them is not among these."""
        if not all(key in values for key in ("host", "port", "tls")):
            return None
        return one_host(values["host"]), values["port"] or (PLAIN_PORT if values["tls"] is None else TLS_PORT)

    @classmethod
    def hears(cls, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Topic filters that such a table subscribes to, with "+" alone for what varies.

        Args:
            values: those of its keys that are right, by Python name.
        """
        return ()

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions of MQTT that may be spoken, the first of them first."""
        return ("5", "3.1.1") if self.protocol == "auto" else (self.protocol,)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or (TLS_PORT if self.tls else PLAIN_PORT)
