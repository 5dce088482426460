"""Whether a broker keeps what is retained, as far as it has said so."""

import logging

from drivers.mqtt.errors import ConnectRefused, Disconnected
from drivers.mqtt.reasons import RETAIN_NOT_SUPPORTED

log = logging.getLogger(__name__)


class Retention:
    """What is known of one broker. It is lost at the end of the process, and with another configuration.

    A broker of MQTT 5 that keeps nothing says so in CONNACK, where it lets us in; it must refuse a will that is to be
    retained, and end a connection in which something else is (MQTT 5.0, sections 3.1.2.7 and 3.2.2.3.5).

    Args:
        name: of the connection, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.is_kept = True
        """Whether the next connection may have anything retained, its will to begin with."""
        self._is_denied = self._is_told = False

    def let_in(self, says_so: bool) -> bool:
        """Whether what is published in this connection may be retained.

        Args:
            says_so: by its CONNACK. Not believed any more once it has ended a connection for a retained message.
        """
        self.is_kept = says_so and not self._is_denied
        if not self.is_kept and not self._is_told:
            name = self._name
            log.warning("%s: the broker keeps nothing that is retained; who subscribes late hears no states", name)
        self._is_told = not self.is_kept
        return self.is_kept

    def ended(self, error: Exception) -> None:
        """An attempt, or a connection, has ended with that: the next one may be without."""
        if isinstance(error, ConnectRefused | Disconnected) and error.reason.code == RETAIN_NOT_SUPPORTED:
            self.is_kept = False
            self._is_denied |= isinstance(error, Disconnected)
