"""The number of hands through which a reading goes up to the file, and a command down to its register, in a daemon
that runs."""

import asyncio
import contextlib
import itertools
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
PATIENCE_S = 100.0
PERIOD_S, STAYS_S = 0.1, 2.0
"""A car stands there for so long, then the bay is empty as long."""

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
    """Cars come and go, and the city sends commands, until one of each was seen from end to end."""
    hearing = asyncio.create_task(_hear(port))
    try:
        async with aiomqtt.Client("127.0.0.1", broker_port) as city:
            for number in itertools.count():
                if found.exists():
                    return
                told = {"id": f"{COMMAND_ID.decode()}-{number}", "device": "lamp-0", "action": "override"}
                await city.publish(COMMAND_TOPIC, json.dumps(told | {"value": 40 + number % 2}), qos=1)
                await asyncio.sleep(1.0)
    finally:
        hearing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await hearing


async def _hear(port: Port) -> None:
    while True:
        for frame in (FAR, NEAR):
            for _ in range(round(STAYS_S / PERIOD_S)):
                port.write(frame)
                await asyncio.sleep(PERIOD_S)


def _names(hands: Iterable[Hand]) -> list[str]:
    """Each once, in the order in which the work comes to it."""
    return list(dict.fromkeys(".".join(filter(None, hand)) for hand in hands))


def _rooms(hands: Iterable[Hand]) -> list[str]:
    """Returns the rooms as setup.cfg names their floors: of the agent, of its trades, of the drivers."""
    return list(dict.fromkeys(_room(module) for module, _ in hands))


def _room(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[:2] == ["agent", "trades"] else 2])
