"""Which version of MQTT a broker is spoken to in, where the configuration leaves that to what it knows."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import structs

from drivers.mqtt.errors import ConnectRefused, HungUp, NoConnack
from drivers.mqtt.options import BrokerOptions
from drivers.mqtt.reasons import UNSUPPORTED_PROTOCOL

log = logging.getLogger(__name__)

AGAIN_S = 24 * 3600.0
"""A broker that was spoken to in MQTT 3.1.1 is asked for MQTT 5 again with the first connection after that time: it may
have been updated."""

HANG_UPS = 2
"""A broker that hangs up at CONNECT, or does not answer it, may be just ending or beginning; so often in a row it is
taken for one that does not know MQTT 5."""

O = TypeVar("O", bound=BrokerOptions)  # noqa: E741 - options


class ProtocolChoice:
    """What is known of one broker. It is lost at the end of the process, and with another configuration.

    TLS, certificates and names are checked alike in both versions. A broker that was ever spoken to in MQTT 5 knows it,
    and is not spoken to in MQTT 3.1.1 for its hang-ups.

    Args:
        name: of the connection, for the log.
        now_s: monotonic seconds.
    """

    def __init__(self, name: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self._name, self._now_s = name, now_s
        self._hang_ups = 0
        self._knows_5 = False
        self._older_since_s: float | None = None
        self._is_told = False

    def settled(self, options: O) -> O:
        """The options by which to connect now: "auto" has become one of the versions."""
        if options.protocol != "auto":
            return options
        if self._older_since_s is not None and self._now_s() - self._older_since_s >= AGAIN_S:
            self._older_since_s, self._hang_ups = None, 0
        return structs.replace(options, protocol="5" if self._older_since_s is None else "3.1.1")

    def let_in(self, options: BrokerOptions) -> None:
        """The broker lets us in by these."""
        self._hang_ups = 0
        self._knows_5 |= options.protocol == "5"
        if self._older_since_s is not None and not self._is_told:
            self._is_told = True
            log.warning("%s: the broker does not know MQTT 5, and is spoken to in MQTT 3.1.1", self._name)

    def ended(self, options: BrokerOptions, error: Exception) -> None:
        """An attempt by these has ended with that: the next one may be by another version."""
        if options.protocol != "5":
            if not self._is_told or _is_unknown(error):  # that was not it, or is not any more
                self._older_since_s, self._is_told = None, False
            return
        self._hang_ups = self._hang_ups + 1 if isinstance(error, HungUp | NoConnack) else 0
        if _is_unknown(error) or (self._hang_ups >= HANG_UPS and not self._knows_5):
            self._older_since_s, self._is_told, self._hang_ups = self._now_s(), False, 0


def may_be_older(error: Exception) -> bool:
    """Whether the broker, which was spoken to in MQTT 5, may not know it."""
    return isinstance(error, HungUp | NoConnack) or _is_unknown(error)


def _is_unknown(error: Exception) -> bool:
    return isinstance(error, ConnectRefused) and error.reason.code == UNSUPPORTED_PROTOCOL
