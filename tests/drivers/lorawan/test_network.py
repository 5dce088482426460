"""How long a network waits before its broker is tried again."""

import asyncio

import pytest

from drivers.base import Reading
from drivers.errors import AccessRefused
from drivers.lorawan import Network, NetworkOptions

CONNACK, NOT_AUTHORISED, SUBACK_FAILURE = b"\x20\x02\0\0", b"\x20\x02\0\5", b"\x80"


async def _ignore(_: Reading) -> None: ...


def test_the_pauses_are_those_of_every_connection_to_a_broker() -> None:
    """Drawn from the whole range below a minute, and forgiven by five minutes of connection."""
    backoff = Network("town", NetworkOptions(host="127.0.0.1")).backoff
    pauses = [backoff.pause_s(299.0) for _ in range(300)]
    assert pauses[0] <= 1 and 30 < max(pauses) <= 60 and min(pauses[6:]) < 30
    assert backoff.pause_s(300.0) <= 1


@pytest.mark.parametrize("refuses", ["login", "subscription"])
def test_a_broker_that_refuses_login_or_subscription_refuses_access(refuses: str) -> None:
    """The network therefore waits long from the first time on."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(NOT_AUTHORISED if refuses == "login" else CONNACK)
        if asked := await reader.read(1024):
            writer.write(b"\x90\3" + asked[2:4] + SUBACK_FAILURE)
        await reader.read()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AccessRefused):
            await Network("town", NetworkOptions(host="127.0.0.1", port=port, protocol="3.1.1")).run(_ignore)
        server.close()

    asyncio.run(main())
