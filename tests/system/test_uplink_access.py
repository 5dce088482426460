"""config/mosquitto as it is shipped: a pole speaks under its own topics, hears its own commands, and nothing else."""

import asyncio
import json
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from patience import PATIENCE_S

from drivers.mqtt.options import TlsOptions

Make = Callable[..., Any]
SHIPPED = Path(__file__).parents[2] / "config" / "mosquitto"
USERS = ("rouen/p1", "rouen/p2", "stranger", "federation", "rouen-platform")
COMMAND = {"id": "c-1", "device": "lamp-1", "action": "release"}


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


class City:
    """The shipped broker with users, both of its listeners, and an authority."""

    def __init__(self, folder: Path, start_broker: Make) -> None:
        self.folder = folder
        # As RFC 5280 has it: the clients below are of Python's own strictness.
        new = ("req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        signs = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        _openssl(folder, *new, *signs, "-days", "2", "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        names = ("-addext", "subjectAltName=IP:127.0.0.1", "-addext", "authorityKeyIdentifier=keyid")
        by = ("-days", "2", "-subj", "/CN=broker", "-CA", "ca.pem", "-CAkey", "ca.key")
        _openssl(folder, *new, *names, *by, "-keyout", "broker.key", "-out", "broker.pem")
        (folder / "lamppost.acl").write_text((SHIPPED / "lamppost.acl").read_text())
        (folder / "lamppost.passwd").touch(0o600)
        for user in USERS:
            command = ["mosquitto_passwd", "-b", str(folder / "lamppost.passwd"), user, f"word of {user}"]
            subprocess.run(command, check=True, capture_output=True)
        config = (SHIPPED / "lamppost.conf").read_text().replace("/etc/mosquitto/", f"{folder}/")
        # The other listener, for platforms, differs in nothing but that it takes several clients of one name.
        for_poles, _, for_platforms = config.partition("# For platforms")
        assert "listener 8884\n" in for_platforms and "use_username_as_clientid" not in for_platforms
        self.port: int = start_broker(for_poles.replace("listener 8883", "listener {port} 127.0.0.1")).port


class Client:
    """A client that publishes and subscribes under a name."""

    def __init__(self, city: City, user: str, password: str | None = None) -> None:
        self.heard: list[paho.MQTTMessage] = []
        self.refused: str | None = None
        self._ready = threading.Event()
        self._granted: list[bool] = []
        client = self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(user, password or f"word of {user}")
        client.tls_set_context(ssl.create_default_context(cafile=str(city.folder / "ca.pem")))
        client.on_connect = self._connected
        client.on_message = lambda _client, _data, message: self.heard.append(message)
        client.on_subscribe = lambda _c, _d, _mid, codes, _p: (
            self._granted.append(codes[0].value < 0x80),
            self._ready.set(),
        )
        client.on_publish = lambda _c, _d, _mid, code, _p: (self._granted.append(code.value < 0x80), self._ready.set())
        client.connect("127.0.0.1", city.port)

    def __enter__(self) -> "Client":
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S)
        self._ready.clear()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _connected(self, *arguments: Any) -> None:
        code = arguments[3]
        self.refused = str(code) if code.is_failure else None
        self._ready.set()

    def _asked(self) -> bool:
        assert self._ready.wait(PATIENCE_S)
        self._ready.clear()
        return self._granted.pop()

    def listen(self, topic: str) -> bool:
        self._client.subscribe(topic, 1)
        return self._asked()

    def say(self, topic: str, payload: str = "{}", retain: bool = False) -> bool:
        """Whether the broker took it."""
        self._client.publish(topic, payload, 1, retain)
        return self._asked()


@pytest.fixture
def guarded(tmp_path: Path, start_broker: Make) -> City:
    return City(tmp_path, start_broker)


def topics_of(pole: str) -> list[str]:
    return [f"lamppost/{pole}/{rest}" for rest in ("event/bay.freed", "state/bay-1", "response/x/1", "status")]


def test_a_pole_writes_its_own_topics_and_no_others(guarded: City) -> None:
    with Client(guarded, "rouen/p1") as one:
        assert [one.say(topic) for topic in topics_of("rouen/p1")] == [True] * 4
        assert [one.say(topic) for topic in topics_of("rouen/p2")] == [False] * 4
        assert not one.say("lamppost/rouen/p1/command"), "not even its own commands"
        assert not one.say("lamppost/rouen/p2/command")
        assert not one.say("elsewhere")


def test_a_pole_hears_its_own_commands_and_nothing_else(guarded: City) -> None:
    with Client(guarded, "rouen/p1") as one, Client(guarded, "rouen/p2") as two, Client(guarded, "federation") as city:
        one.listen("lamppost/#")
        two.listen("lamppost/rouen/p1/command")
        two.listen("lamppost/rouen/p2/command")
        assert city.say("lamppost/rouen/p1/command", "for one")
        assert city.say("lamppost/rouen/p2/command", "for two")
        assert two.say("lamppost/rouen/p2/event/bay.freed", "of two")
        assert city.say("lamppost/rouen/p1/command", "last for one")
        assert city.say("lamppost/rouen/p2/command", "last for two")
        for client in (one, two):
            while len(client.heard) < 2:
                threading.Event().wait(0.01)
        assert [message.payload for message in one.heard] == [b"for one", b"last for one"]
        assert [message.payload for message in two.heard] == [b"for two", b"last for two"]


def test_a_stranger_is_told_nothing_and_says_nothing(guarded: City) -> None:
    with (
        Client(guarded, "stranger") as stranger,
        Client(guarded, "rouen/p1") as one,
        Client(guarded, "federation") as city,
    ):
        stranger.listen("#")
        city.listen("lamppost/#")
        assert one.say("lamppost/rouen/p1/event/bay.freed", "of one", retain=True)
        assert city.say("lamppost/rouen/p1/command", "for one")
        for topic in (*topics_of("rouen/p1"), "lamppost/rouen/p1/command", "lamppost/stranger/p1/status", "x"):
            assert not stranger.say(topic)
        while not city.heard:
            threading.Event().wait(0.01)
        assert stranger.heard == []


@pytest.mark.parametrize(("user", "password"), [("rouen/p1", "guessed"), ("nobody", "x"), ("", "x")])
def test_who_has_no_password_is_not_let_in(guarded: City, user: str, password: str) -> None:
    with Client(guarded, user, password) as nobody:
        assert nobody.refused is not None


def test_a_commune_sees_and_commands_its_own_poles(guarded: City) -> None:
    with Client(guarded, "rouen-platform") as platform:
        assert platform.say("lamppost/rouen/p1/command")
        assert not platform.say("lamppost/caen/p1/command")
        assert not platform.say("lamppost/rouen/p1/event/bay.freed")


def test_the_daemon_itself_needs_no_other_right(guarded: City, pole: Make, events: Make, tmp_path: Path) -> None:
    """Everything that an uplink says and hears passes, for two poles beside each other."""

    async def main() -> None:
        running = []
        with Client(guarded, "federation") as city:
            city.listen("lamppost/#")
            for name in ("p1", "p2"):
                secret = tmp_path / f"{name}.password"
                secret.touch(0o600)
                secret.write_text(f"word of rouen/{name}")
                who = {"username": f"rouen/{name}", "password_file": str(secret)}
                tls = TlsOptions(ca_file=str(guarded.folder / "ca.pem"))
                running.append(pole(guarded.port, name=name, tls=tls, **who))
            async with running[0] as one, running[1] as two:
                for here in (one, two):
                    await here.until(lambda here=here: here.status.connected)
                    await here.store.commit(events(50), {})
                    await here.until(lambda here=here: here.store.depth() == 0)
                assert city.say("lamppost/rouen/p2/command", json.dumps(COMMAND))
                await two.until(lambda: two.heard)
                assert one.status.trouble is two.status.trouble is None
                assert (len(one.heard), len(two.heard), one.pauses, two.pauses) == (0, 1, [], [])
            heard = {message.topic for message in city.heard}
            assert heard >= {
                f"lamppost/rouen/{name}/{rest}" for name in ("p1", "p2") for rest in ("status", "event/bay.freed")
            }

    asyncio.run(main())
