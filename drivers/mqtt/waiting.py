"""Messages that have come and were not asked for yet."""

from collections import deque

from drivers.mqtt.message import Received

_OVERHEAD_BYTES = 1024
"""Of a message in memory, beside topic and payload."""


class Waiting:
    """In the order in which they came."""

    def __init__(self) -> None:
        self._messages: deque[Received] = deque()
        self.bytes = 0
        """That they take, roughly."""

    def __len__(self) -> int:
        return len(self._messages)

    def append(self, message: Received) -> None:
        self._messages.append(message)
        self.bytes += _bytes_of(message)

    def popleft(self) -> Received:
        """Raises IndexError."""
        message = self._messages.popleft()
        self.bytes -= _bytes_of(message)
        return message


def _bytes_of(message: Received) -> int:
    properties = sum(len(name) + len(value) for name, value in message.asked.user)
    properties += len(message.asked.correlation or b"") + len(message.asked.response_topic or "")
    return _OVERHEAD_BYTES + len(message.topic) + len(message.payload) + properties
