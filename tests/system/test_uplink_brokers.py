"""The uplink at brokers other than mosquitto: what arrives there, and what they cannot do (docs/events.md)."""

import asyncio
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from patience import PATIENCE_S
from ports import free_port

from agent.simulate import broker as amqtt
from agent.uplink.dialects.topics import TopicOptions
from drivers.base import Command
from drivers.mqtt.options import TlsOptions

Make = Callable[..., Any]

WITHOUT_DOTS = TopicOptions(event="lamppost/{site}/{pole}/event/{type_underscored}")
COMMAND = "lamppost/rouen/p1/command"
ORDER = '{{"id": "{id}", "device": "lamp-1", "action": "override", "value": 80}}'
RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
RABBIT_CONFIG = """listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:{port}
mqtt.allow_anonymous = true
mqtt.default_user = guest
mqtt.default_pass = guest
log.file = false
log.console = true
"""
RABBIT_STARTS_WITHIN_S = 200.0


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A port of a RabbitMQ with its MQTT plugin, of its own and on loopback alone."""
    if not RABBIT.exists():
        pytest.skip("rabbitmq-server is not installed: make test-brokers")
    folder, port, names = tmp_path_factory.mktemp("rabbit"), free_port(), free_port()
    (folder / "enabled_plugins").write_text("[rabbitmq_mqtt].\n")
    (folder / "rabbitmq.conf").write_text(RABBIT_CONFIG.format(port=port))
    own = {
        "HOME": str(folder),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": f"lamppost{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        # What names the nodes of Erlang is started here: it would be a daemon, which outlives the server.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(folder / "db"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
    }
    environment = os.environ | own
    with _program(["epmd", "-address", "127.0.0.1", "-port", str(names)], environment, folder / "names") as epmd:
        _wait_for(names, epmd, folder / "names")
        with _program([str(RABBIT)], environment, folder / "said") as server:
            _wait_for(port, server, folder / "said")
            yield port


@contextmanager
def _program(command: list[str], environment: dict[str, str], said: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A program in a session of its own, which is ended with all that it started in it."""
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)


def _wait_for(port: int, server: "subprocess.Popen[bytes]", said: Path) -> None:
    end_s = time.monotonic() + RABBIT_STARTS_WITHIN_S
    while time.monotonic() < end_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, said.read_text()
        time.sleep(0.2)
    raise AssertionError(said.read_text())


def _retained(port: int, topic: str) -> set[str]:
    """Returns the topics of what comes at once with a subscription."""
    heard: set[str] = set()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"late{len(topic)}")
    client.on_message = lambda _client, _data, message: heard.add(message.topic) if message.retain else None
    client.connect("127.0.0.1", port)
    client.subscribe(topic, 1)
    client.loop_start()
    time.sleep(1.0)
    client.disconnect()
    client.loop_stop()
    return heard


async def _orders_while_away(port: int, pole: Make, listener: Any, **options: Any) -> list[str]:
    """Returns the ids of those that are heard by a pole that comes back."""
    async with pole(port, name="p1", **options) as here:
        await here.until(lambda: here.status.connected)
    for n in range(3):
        listener.say(COMMAND, ORDER.format(id=f"away-{n}"))
    async with pole(port, name="p1", **options) as here:
        await here.until(lambda: here.status.connected)
        listener.say(COMMAND, ORDER.format(id="there"))
        await here.until(lambda: "there" in [each.id for each in here.heard if isinstance(each, Command)])
        return [each.id for each in here.heard if isinstance(each, Command)]


@pytest.mark.brokers
@pytest.mark.slow
@pytest.mark.timeout(360)
def test_rabbitmq_by_topics_without_dots(rabbit: int, city: Make, pole: Make, events: Make) -> None:
    """It hangs up at MQTT 5 and is then spoken to in the older one; it keeps commands of a pole that is away."""

    async def main() -> None:
        with city(rabbit) as listener:
            async with pole(rabbit, protocol="auto", topics=WITHOUT_DOTS) as here:
                here.states["lamp-1"] = TlsOptions()
                committed = events(200)
                await here.store.commit(committed, {})
                await here.until(lambda: here.store.depth() == 0 and len(listener.ids()) >= 200)
                assert here.status.protocol == "3.1.1"
                assert listener.ids() == [event.id for event in committed]
                assert {m.topic for m in listener.messages if "/event/" in m.topic} == {
                    "lamppost/rouen/p1/event/bay_freed"
                }
                state, status = "lamppost/rouen/p1/state/lamp-1", "lamppost/rouen/p1/status"
                assert await asyncio.to_thread(_retained, rabbit, state) == {state}
                assert await asyncio.to_thread(_retained, rabbit, status) == {status}
                assert await asyncio.to_thread(_retained, rabbit, "lamppost/+/+/status") == set(), (
                    "as docs/events.md says"
                )
            heard = await _orders_while_away(rabbit, pole, listener, protocol="3.1.1", topics=WITHOUT_DOTS)
            assert heard == ["away-0", "away-1", "away-2", "there"]

    asyncio.run(main())


@pytest.mark.brokers
@pytest.mark.slow
@pytest.mark.timeout(360)
def test_rabbitmq_makes_slashes_of_dots(rabbit: int, city: Make, pole: Make, events: Make) -> None:
    async def main() -> None:
        with city(rabbit) as listener:
            async with pole(rabbit, name="p2", protocol="3.1.1") as here:
                await here.store.commit(events(1), {})
                await here.until(lambda: any("/p2/event/" in m.topic for m in listener.messages))
            (came,) = {m.topic for m in listener.messages if "/p2/event/" in m.topic}
            assert came == "lamppost/rouen/p2/event/bay/freed"

    asyncio.run(main())


@asynccontextmanager
async def _amqtt() -> AsyncIterator[int]:
    running = amqtt.broker()
    await running.start()
    try:
        yield amqtt.port(running)
    finally:
        await running.shutdown()


@pytest.mark.slow
def test_amqtt_is_silent_at_mqtt_5_and_loses_nothing_that_the_pole_says(city: Make, pole: Make, events: Make) -> None:
    async def main() -> None:
        async with _amqtt() as port:
            listener = await asyncio.to_thread(city(port).__enter__)
            async with pole(port, protocol="auto") as here:
                committed = events(100)
                await here.store.commit(committed, {})
                await here.until(lambda: here.store.depth() == 0 and len(set(listener.ids())) == 100)
                assert (here.status.protocol, here.status.ended.name) == ("3.1.1", "silent")
            await asyncio.to_thread(listener.__exit__)

    asyncio.run(main())
