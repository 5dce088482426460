"""The daemon against brokers on plain sockets that send what is no MQTT, on the uplink and on LoRaWAN at once."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_S

Make = Callable[..., Any]

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
clock = "rtc"
socket = "{folder}/lamppost.sock"
[store]
path = "{folder}/lamppost.db"
[uplink]
host = "127.0.0.1"
port = {uplink}
protocol = "{protocol}"
[lorawan.town]
host = "127.0.0.1"
port = {network}
protocol = "{other}"
[sensor.disc]
kind = "lorawan"
network = "town"
dev_eui = "70b3d5a1c0de0001"
model = "bosch-tps110"
[bay.b1]
sensor = "disc"
limit = "30min"
"""

OF_THE_UPLINK = ("PUBLISH on #", "PUBLISH on no UTF-8")
OF_THE_NETWORK = ("PUBLISH without a topic", "SUBACK without a code")


@asynccontextmanager
async def _daemon(folder: Path, **values: Any) -> AsyncIterator[Callable[..., Any]]:
    """Runs until the end of the block, and ends in good order; gives how to ask for its status."""
    folder.mkdir()
    config, socket = folder / "lamppost.toml", folder / "lamppost.sock"
    config.write_text(POLE.format(folder=folder, **values))
    with (folder / "daemon.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "agent", "run", "-c", str(config)), stderr=log, env=os.environ
        )

    async def status() -> dict[str, Any]:
        asking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "agent", "status", "--json", "--socket", str(socket)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        told, _ = await asking.communicate()
        return json.loads(told) if told else {}

    try:
        yield status
        assert process.returncode is None, (folder / "daemon.log").read_text()
        process.terminate()
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0, (folder / "daemon.log").read_text()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _pole(folder: Path, protocol: str, other: str, raw_broker: Make, misdeeds: Make) -> None:
    bad = [each for each in misdeeds(protocol) if each.name in OF_THE_UPLINK and each.when == "later"]
    bad_too = [each for each in misdeeds(other) if each.name in OF_THE_NETWORK and each.when == "later"]
    async with (
        raw_broker(protocol, bad) as city,
        raw_broker(other, bad_too) as chirpstack,
        _daemon(folder, protocol=protocol, other=other, uplink=city.port, network=chirpstack.port) as status,
        asyncio.timeout(PATIENCE_S),
    ):
        while len(city.said) <= len(OF_THE_UPLINK) or len(chirpstack.said) <= len(OF_THE_NETWORK):
            await asyncio.sleep(0.05)
        while not (
            (now := await status()) and now["uplink"]["acknowledged"] and now["devices"]["town"]["state"] == "up"
        ):
            await asyncio.sleep(0.1)
        assert now["uplink"]["connected"] and now["uplink"]["trouble"] is None
        assert now["uplink"]["bad_packets"] == len(OF_THE_UPLINK)
        assert now["devices"]["town"]["dropped"] == {"bad_packet": len(OF_THE_NETWORK)}
    log = (folder / "daemon.log").read_text()
    assert "is down: the broker sent a packet that is not MQTT: PUBLISH on " in log
    assert "town is down: MQTT broker 127.0.0.1:" in log and "Traceback" not in log


@pytest.mark.expects_log(
    "not MQTT: PUBLISH ",
    "disc is down: its network town is down",
    "(town|disc) is back",
    r"uplink to 127.0.0.1:\d+ is back",
)
def test_a_packet_ends_a_connection_and_never_the_pole(raw_broker: Make, misdeeds: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as poles:
            poles.create_task(_pole(tmp_path / "a", "5", "3.1.1", raw_broker, misdeeds))
            poles.create_task(_pole(tmp_path / "b", "3.1.1", "5", raw_broker, misdeeds))

    asyncio.run(main())
