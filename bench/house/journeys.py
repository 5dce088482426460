"""Through how many hands a reading goes up to the file, and a command down to its register, in a daemon that runs."""

import asyncio
import contextlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiomqtt
from scene import COMMAND_TOPIC, FAR, NEAR, configuration, log_of, ports, running, started
from traced import COMMAND_ID, Hand
from uplink.broker import mosquitto

from agent.simulate.lamps import tcp_port, tcp_server
from agent.simulate.wire import Port

TRACED = Path(__file__).with_name("traced.py")
PATIENCE_S = 30.0
PERIOD_S, EMPTY_S = 0.1, 2.0
"""The bay is seen to be empty for so long before a car comes."""

RUNNER = ("agent.rule", "RuleRunner")


async def journeys(root: Path, folder: Path) -> dict[str, Any]:
    """Both, of the daemon of a checkout."""
    told = await _traced(root, folder)
    up, down = ([tuple(hand) for hand in told[name]["way"]] for name in ("up", "down"))
    if RUNNER not in up:
        raise SystemExit(f"{root}: no {'.'.join(RUNNER)} stands between the sensor and the file; these do: {up}")
    last_runner = len(up) - 1 - up[::-1].index(RUNNER)
    return {
        "up": {
            "rooms": _rooms([*map(tuple, told["up"]["takers"]), *up]),
            "hands_from_rule_to_sqlite": _names(up[last_runner:]),
            "hands_before_the_rule": _names([*map(tuple, told["up"]["takers"]), *up[:last_runner]]),
        },
        "down": {
            "rooms": _rooms([*map(tuple, told["down"]["takers"]), *down]),
            "hands": _names([*map(tuple, told["down"]["takers"]), *down]),
        },
    }


async def _traced(root: Path, folder: Path) -> dict[str, Any]:
    found, server = folder / "journeys.json", tcp_server()
    await server.serve_forever(background=True)
    try:
        with ports(1) as (port,), mosquitto(folder) as broker:
            config = configuration(folder, [port], PERIOD_S, broker.port, tcp_port(server))
            command = [sys.executable, str(TRACED), str(found), str(tcp_port(server)), "run", "-c", str(config)]
            async with running(command, root, folder) as process, asyncio.timeout(PATIENCE_S):
                await started(folder, process, PATIENCE_S)
                await _play(port, broker.port, found)
    except TimeoutError:
        raise SystemExit(f"{root}: the journeys did not end:\n{log_of(folder)}") from None
    finally:
        await server.shutdown()
    told: dict[str, Any] = json.loads(found.read_text())
    return told


async def _play(port: Port, broker_port: int, found: Path) -> None:
    """A car comes into the bay and stays; the city sends one command, again and again until it was carried out."""
    hearing = asyncio.create_task(_hear(port))
    try:
        async with aiomqtt.Client("127.0.0.1", broker_port) as city:
            while not found.exists():
                order = {"id": COMMAND_ID.decode(), "device": "lamp-0", "action": "override", "value": 40}
                await city.publish(COMMAND_TOPIC, json.dumps(order), qos=1)
                await asyncio.sleep(1.0)
    finally:
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing


async def _hear(port: Port) -> None:
    for _ in range(round(EMPTY_S / PERIOD_S)):
        port.write(FAR)
        await asyncio.sleep(PERIOD_S)
    while True:
        port.write(NEAR)
        await asyncio.sleep(PERIOD_S)


def _names(hands: Iterable[Hand]) -> list[str]:
    """Each once, in the order in which the work comes to it."""
    return list(dict.fromkeys(".".join(filter(None, hand)) for hand in hands))


def _rooms(hands: Iterable[Hand]) -> list[str]:
    """As setup.cfg names their floors: of the agent, of its trades, of the drivers."""
    return list(dict.fromkeys(_room(module) for module, _ in hands))


def _room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[:2] == ["agent", "trades"] else 2])
