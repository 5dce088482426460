"""aiomqtt's client, and what it leaves out of a connection that ends at any moment."""

from collections.abc import Callable
from typing import Any

from aiomqtt import Client
from paho.mqtt import client as paho


class MqttClient(Client):
    """It watches a socket for writing only while that is the connection's.

    aiomqtt 2.5 has the loop do so a moment later, by number. By then the socket may be closed, which the log would call
    an error of the program, or its number be another socket's.
    """

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:
        # The first time it is called in the thread that connects.
        self._loop.call_soon_threadsafe(self._watch, sock)

    def _watch(self, sock: Any) -> None:
        number = sock.fileno()
        if sock is self._client.socket() and number >= 0:
            self._loop.add_writer(number, self._serve, self._client.loop_write)

    def _serve(self, step: Callable[[], object]) -> None:
        """Have paho read or write. Whatever it raises is the end of this connection, as aiomqtt has it."""
        try:
            step()
        except Exception as error:  # noqa: BLE001
            if not self._disconnected.done():
                self._disconnected.set_exception(error)
