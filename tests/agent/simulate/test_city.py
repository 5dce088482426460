import asyncio
from datetime import UTC, datetime
from pathlib import Path

import aiomqtt

from agent.simulate import child
from agent.simulate.city import City, override


def test_the_broker_delivers_to_the_city_what_the_pole_publishes(tmp_path: Path) -> None:
    async def main() -> list[bytes]:
        received: list[bytes] = []
        async with child.street(tmp_path / "street.log") as addresses, asyncio.TaskGroup() as group:
            city = City(addresses.broker_port, "lamppost/demo/pole-1", received.append)
            listening = group.create_task(city.listen())
            await city.ready()
            async with aiomqtt.Client(
                "127.0.0.1", addresses.broker_port, protocol=aiomqtt.ProtocolVersion.V311
            ) as client:
                await client.subscribe("lamppost/demo/pole-1/command", qos=1)
                holding = group.create_task(city.hold("c-1", "lamp-3", 25.0, "12s"))
                order = await anext(aiter(client.messages))
                assert b'"device":"lamp-3"' in bytes(order.payload)
                answer = b'{"type":"command.outcome","data":{"command_id":"c-1"}}'
                await client.publish("lamppost/demo/pole-1/event/command.outcome", answer, qos=1)
            while not received:
                await asyncio.sleep(0)
            listening.cancel()
            holding.cancel()
        return received

    assert asyncio.run(main()) == [b'{"type":"command.outcome","data":{"command_id":"c-1"}}']


def test_a_command_carries_its_expiry_in_utc() -> None:
    order = override("c-1", "lamp-3", 25.0, "12s", datetime(2026, 1, 1, 12, 0, 30, 5, tzinfo=UTC))
    assert order["expires"] == "2026-01-01T12:01:00Z"
