"""A packet that is none ends a connection, and never the pole."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S
from stored import said

from agent.clock import Moment
from agent.events import Event
from agent.store import Store
from agent.uplink.options import UplinkOptions
from agent.uplink.session import Timings
from agent.uplink.uplink import Uplink
from drivers.mqtt.backoff import broker_backoff

Make = Callable[..., Any]


async def _ignore(_: Any) -> None: ...


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_bad_packet_ends_its_connection_alone(
    protocol: str, raw_broker: Make, misdeeds: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is told by its name and counted; the connection after the last one takes the event."""
    bad = misdeeds(protocol)
    names = [each.name for each in bad]
    told: list[str] = []
    pauses: list[float] = []
    failures: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))

        async def sleep(pause_s: float) -> None:
            told.append(uplink.status.trouble.name)
            pauses.append(pause_s)

        async with raw_broker(protocol, bad) as broker, Store(tmp_path / "s.db", max_bytes=1 << 22, boot="b") as store:
            options = UplinkOptions(host="127.0.0.1", port=broker.port, protocol=protocol)
            backoff = broker_backoff(draw=lambda: 1.0)
            timings = Timings(answer_s=3.0, settle_s=0.0)
            uplink = Uplink(
                options, "town", "p1", store.position(), _ignore, backoff=backoff, sleep=sleep, timings=timings
            )
            await store.commit([Event(type="bay.freed", subject="b1", at=Moment(0, 0, "b", True), data=said())], {})
            running = asyncio.create_task(uplink.run())
            async with asyncio.timeout(PATIENCE_S):
                while not uplink.status.sent:
                    await asyncio.sleep(0.005)
            assert uplink.status.connected and uplink.status.trouble is None
            assert uplink.status.bad_packets == len(names) and uplink.status.bad_packet_ago_s is not None
            running.cancel()
            await asyncio.wait([running])

    asyncio.run(main())
    assert [name for name, trouble in zip(names, told, strict=True) if trouble != "bad_packet"] == []
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60] and set(pauses[6:]) == {60}
    assert failures == []
    # The daemon has no ear for the logger of paho.
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR and each.name != "mqtt"]
    assert [each.message for each in errors] == []
