import asyncio
import socket
from typing import Any

import pytest

from drivers.mqtt import MqttClient


@pytest.mark.parametrize("closed", [False, True])
def test_a_socket_that_was_closed_meanwhile_is_not_watched(closed: bool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        failures: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, context: failures.append(context))
        client = MqttClient("127.0.0.1")
        here, there = socket.socketpair()
        client._client._sock = here
        client._on_socket_register_write(client._client, None, here)
        number = here.fileno()
        if closed:
            here.close()
        await asyncio.sleep(0.01)
        assert failures == []
        assert loop.remove_writer(number) is not closed
        client._client._sock = None
        here.close()
        there.close()

    asyncio.run(main())
