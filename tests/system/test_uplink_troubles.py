"""What keeps an uplink from working has a name of its own, by which docs/operations.md says what to do."""

import asyncio
import contextlib
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from stored import said

from agent.clock import SystemClock
from agent.commands import Commands, Recipients
from agent.uplink.commands import BadCommand
from agent.uplink.session import Timings
from drivers.base import Command, Outcome
from drivers.mqtt.options import TlsOptions

Events = Callable[..., list[Any]]
Make = Callable[..., Any]
COMMAND = '{"id": "old", "device": "lamp-1", "action": "override", "value": 80}'


def test_unreachable_events_are_kept(start_broker: Make, pole: Make, events: Events) -> None:
    broker = start_broker(running=False)

    async def main() -> None:
        async with pole(broker.port) as here:
            await here.store.commit(events(5), {})
            await here.until(lambda: here.pauses)
            assert here.status.trouble.name == "unreachable"
            assert here.store.depth() == 5

    asyncio.run(main())


def test_host_unknown(pole: Make) -> None:
    async def main() -> None:
        # A name under ".invalid" is nowhere (RFC 6761); TLS, because it is not this box.
        async with pole(8883, host="broker.invalid", tls=TlsOptions()) as here:
            await here.until(lambda: here.pauses)
            assert here.status.trouble.name == "host_unknown"
            assert "check host" in here.status.trouble.words

    asyncio.run(main())


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_refused_login_is_tried_slowly(start_broker: Make, pole: Make, tmp_path: Path, protocol: str) -> None:
    """Wrong credentials: half a minute and more between two attempts, so that no account is locked."""
    users, secret = tmp_path / "users", tmp_path / "password"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), "p1", "right"], check=True, capture_output=True)
    broker = start_broker(f"listener {{port}} 127.0.0.1\npassword_file {users}\n")
    secret.touch(0o600)
    secret.write_text("wrong")

    async def main() -> None:
        async with pole(broker.port, protocol=protocol, username="p1", password_file=str(secret)) as here:
            await here.until(lambda: len(here.pauses) >= 3)
            assert here.status.trouble.name == "login_refused"
            assert min(here.pauses) >= 30

    asyncio.run(main())


def test_silent_broker_that_accepts_and_never_answers(silent_server: Make, pole: Make) -> None:
    async def main() -> None:
        with silent_server() as (port, _):
            async with pole(port) as here:
                await here.until(lambda: here.pauses)
                assert here.status.trouble.name == "silent"

    asyncio.run(main())


@pytest.mark.parametrize(
    ("protocol", "limit"),
    [("5", "max_packet_size 3000"), ("5", "message_size_limit 3000"), ("3.1.1", "max_packet_size 3000")],
)
def test_event_too_large_is_kept_and_the_others_pass(
    start_broker: Make, pole: Make, events: Events, protocol: str, limit: str
) -> None:
    """Told in CONNACK; or not at all, and the broker hangs up: then it is found out. Others of its type pass."""
    broker = start_broker(f"listener {{port}} 127.0.0.1\nallow_anonymous true\n{limit}\n")

    async def main() -> None:
        async with pole(broker.port, protocol=protocol) as here:
            small, (plain,) = events(300), events(1, first=999)
            large = [structs.replace(plain, data=said(n=999, words="x" * 4000))]
            await here.store.commit([*small[:10], *large, *small[10:]], {})
            await here.until(lambda: here.store.depth() == 1)
            assert here.status.connected
            assert here.status.trouble.name == "event_too_large"
            assert here.pauses == [] or limit != "max_packet_size 3000" or protocol != "5"

    asyncio.run(main())


def test_access_refused_where_the_access_list_has_no_line_for_the_pole(
    start_broker: Make, pole: Make, events: Events, tmp_path: Path
) -> None:
    access = tmp_path / "acl"
    access.write_text("topic write lamppost/rouen/p1/event/bay.freed\n")
    broker = start_broker(f"listener {{port}} 127.0.0.1\nallow_anonymous true\nacl_file {access}\n")

    async def main() -> None:
        async with pole(broker.port) as here:
            await here.store.commit(events(5), {})
            await here.until(lambda: here.store.depth() == 0)
            assert here.status.trouble.name == "access_refused"

    asyncio.run(main())


def test_what_the_access_list_refused_is_told_once_it_may_without_another_connection(
    start_broker: Make, city: Make, pole: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    access = tmp_path / "acl"
    access.write_text("topic read lamppost/#\n")
    broker = start_broker(f"listener {{port}} 127.0.0.1\nallow_anonymous true\nacl_file {access}\n")

    async def main() -> None:
        with city(broker.port) as heard:
            async with pole(broker.port) as here:
                here.states["lamp-1"] = TlsOptions()
                await here.until(lambda: caplog.text.count("access list") == 2)
                assert here.status.trouble.name == "access_refused"
                access.write_text("topic readwrite lamppost/#\n")
                broker.signal(signal.SIGHUP)
                await here.until(lambda: here.status.trouble is None)
                await here.until(lambda: any("/state/lamp-1" in message.topic for message in heard.messages))
                assert heard.statuses()[-1]["online"] is True
                assert here.pauses == []
                assert caplog.text.count("access list") == 2, "told once each, however often it was asked for"

    asyncio.run(main())


def test_a_retained_stale_command_is_refused_with_an_outcome_and_carried_out_by_nobody(
    start_broker: Make, city: Make, pole: Make
) -> None:
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    class Lamp:
        async def carry_out(self, command: Command) -> Outcome:
            raise AssertionError("a stale command moved a lamp")

    async def main() -> None:
        with city(broker.port) as listener:
            listener.say(topic, COMMAND, retain=True)
            async with pole(broker.port) as here:
                commands = Commands(
                    "p1",
                    Recipients({"lamp-1": Lamp()}, {"lamp": {"lamp-1"}}),
                    commit=here.store.commit,
                    clock=SystemClock(),
                )
                here.on_command = commands.handle
                await here.until(listener.events)
            (outcome,) = listener.events()
            assert (outcome["type"], outcome["data"]["command_id"]) == ("command.outcome", "old")
            assert outcome["data"]["status"] == "refused" and "retain" in outcome["data"]["reason"]

    asyncio.run(main())


def test_a_command_to_be_retained_is_refused_when_it_comes_at_once_too(
    start_broker: Make, city: Make, pole: Make
) -> None:
    """MQTT 5 alone tells it then; with 3.1.1 it is one like any other until the next connection."""
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                listener.say(topic, COMMAND, retain=True)
                await here.until(lambda: here.heard)
        (refused,) = here.heard
        assert isinstance(refused, BadCommand) and "retain" in refused.reason

    asyncio.run(main())


def test_a_flood_of_commands_is_counted_and_does_not_fill_the_store(start_broker: Make, city: Make, pole: Make) -> None:
    broker, topic = start_broker(), "lamppost/rouen/p1/command"

    async def main() -> None:
        with city(broker.port) as listener:
            async with pole(broker.port) as here:
                await here.until(lambda: here.status.connected)
                for n in range(400):
                    order = json.loads(COMMAND) | {"id": f"c-{n}"}
                    listener._client.publish(topic, json.dumps(order), 1)
                await here.until(lambda: here.uplink.limiter.dropped + len(here.heard) >= 400)
                good = [one for one in here.heard if isinstance(one, Command)]
                refused = [one for one in here.heard if isinstance(one, BadCommand)]
                assert 100 <= len(good) < 200
                assert 0 < len(refused) <= 12 and "too many commands" in refused[0].reason

    asyncio.run(main())


def _broker_that_answers_but(packet: int, *, hangs_up: bool) -> Callable[..., Any]:
    """MQTT 3.1.1: CONNACK, SUBACK, PUBACK; but not to packets of that type, at which it may hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.read(1)) and not (hangs_up and head[0] >> 4 == packet):
            body = await reader.readexactly(await _length(reader))
            if head[0] >> 4 != packet:
                writer.write(_ANSWERS[head[0] >> 4](body))
        writer.close()

    return serve


_ANSWERS: dict[int, Callable[[bytes], bytes]] = {
    1: lambda _: b"\x20\x02\x00\x00",
    3: lambda body: b"\x40\x02" + body[(at := 2 + int.from_bytes(body[:2], "big")) : at + 2],
    8: lambda body: b"\x90\x03" + body[:2] + b"\x01",
    12: lambda _: b"\xd0\x00",
    14: lambda _: b"",
}


async def _length(reader: asyncio.StreamReader) -> int:
    """Remaining length (MQTT 3.1.1, section 2.2.3)."""
    length = shift = 0
    while (digit := (await reader.readexactly(1))[0]) & 0x80:
        length, shift = length | (digit & 0x7F) << shift, shift + 7
    return length | digit << shift


@pytest.mark.parametrize(
    ("packet", "hangs_up", "name"),
    [(8, True, "connection_lost"), (3, True, "connection_lost"), (8, False, "silent"), (3, False, "silent")],
)
def test_a_broker_that_does_not_care_for_the_greeting_is_named_for_what_it_does(
    pole: Make, packet: int, hangs_up: bool, name: str
) -> None:
    """SUBSCRIBE and the status. One that hangs up is not waited for: the answer will not come."""

    async def main() -> None:
        server = await asyncio.start_server(_broker_that_answers_but(packet, hangs_up=hangs_up), "127.0.0.1", 0)
        patience = Timings(answer_s=3600.0 if hangs_up else 0.2)
        port = server.sockets[0].getsockname()[1]
        async with pole(port, protocol="3.1.1", more={"timings": patience}) as here:
            await here.until(lambda: here.pauses)
            assert here.status.trouble.name == name
        server.close()

    asyncio.run(main())


def _publish(topic: bytes, payload: bytes) -> bytes:
    """MQTT 3.1.1, QoS 0."""
    return bytes([0x30, 2 + len(topic) + len(payload)]) + len(topic).to_bytes(2, "big") + topic + payload


async def _broker_that_sends_what_nobody_asked_for(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """MQTT 3.1.1: CONNACK, SUBACK, PUBACK; and two commands after the status, the first for another pole."""
    with contextlib.suppress(ConnectionError):  # the pole has ended
        while head := await reader.read(1):
            body = await reader.readexactly((await reader.readexactly(1))[0])
            match head[0] >> 4:
                case 1:
                    writer.write(b"\x20\x02\x00\x00")
                case 8:
                    writer.write(b"\x90\x03" + body[:2] + b"\x01")
                case 3:
                    at = 2 + int.from_bytes(body[:2], "big")
                    writer.write(b"\x40\x02" + body[at : at + 2])
                    for pole in (b"p2", b"p1"):
                        writer.write(_publish(b"lamppost/rouen/" + pole + b"/command", b'{"id":"%s"}' % pole))
    writer.close()


def test_what_comes_on_another_topic_is_no_command(pole: Make) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_broker_that_sends_what_nobody_asked_for, "127.0.0.1", 0)
        async with pole(server.sockets[0].getsockname()[1], protocol="3.1.1") as here:
            await here.until(lambda: here.heard)
            assert [one.id for one in here.heard] == ["p1"]
        server.close()
        await server.wait_closed()

    asyncio.run(main())
