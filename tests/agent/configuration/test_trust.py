"""What an order from afar may not change without a signature."""

import json
from pathlib import Path
from typing import Any

import pole_file
import pytest

from agent.configuration import trust
from agent.configuration.remote import Layer
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted, found_by

CLOUD = """
[uplink.cloud]
host = "cloud.example"
username = "p17"
password_file = "{folder}/p17"
[uplink.cloud.tls]
[lorawan.town]
host = "127.0.0.1"
[camera.yard]
source = "rtsps://10.0.0.3/main"
username = "lamppost"
password_file = "{folder}/p17"
ca_file = "{folder}/yard.pem"
"""
OTHER = "{folder}/other"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    written = pole_file.write(tmp_path)
    written.write_text(written.read_text() + CLOUD.replace("{folder}", str(tmp_path)))
    for name in ("p17", "other", "yard.pem"):
        (tmp_path / name).touch(0o600)
    return written


def changed(file: Path, wanted: Wanted, *, before: dict[str, Any] | None = None) -> list[str]:
    """The keys that are told."""
    sources, layer = Sources(file, default_store="/nowhere/l.db"), Layer()
    in_force = sources.start().config
    values = sources.layered.document().values
    if before is not None:
        layer, found = found_by(sources.layered, Layer(), Wanted(patch=before), "c0")
        in_force = found.config
    after, found = found_by(sources.layered, layer, wanted, "c1")
    return trust.changed_from_afar(in_force, found.config, values, after)


@pytest.mark.parametrize(
    ("patch", "keys"),
    [
        ({"uplink": {"host": "evil.example", "tls": {}}}, ["[uplink] host", "[uplink] tls"]),
        ({"uplink": {"host": "127.0.0.2"}}, ["[uplink] host"]),
        ({"uplink": {"cloud": {"username": "other"}}}, ["[uplink.cloud] username"]),
        ({"uplink": {"cloud": {"password_file": OTHER}}}, ["[uplink.cloud] password_file"]),
        ({"uplink": {"username": "p", "password_file": OTHER}}, ["[uplink] username", "[uplink] password_file"]),
        ({"uplink": {"command_key": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}}, ["[uplink] command_key"]),
        ({"uplink": {"cloud": {"host": "evil.example"}}}, ["[uplink.cloud] host"]),
        ({"uplink": {"cloud": {"tls": {"ca_file": OTHER}}}}, ["[uplink.cloud] tls"]),
        ({"uplink": {"cloud": {"commands": "all"}}}, ["[uplink.cloud] commands"]),
        ({"uplink": {"evil": {"host": "evil.example", "tls": {}}}},
         ["[uplink.evil] host", "[uplink.evil] tls", "[uplink.evil] commands"]),
        ({"camera": {"yard": {"source": "rtsps://evil.example/main"}}}, ["[camera.yard] source"]),
        ({"camera": {"yard": {"ca_file": OTHER}}}, ["[camera.yard] ca_file"]),
        ({"camera": {"yard": {"ca_file": None}}}, ["[camera.yard] ca_file"]),
        ({"camera": {"yard": {"username": "root"}}}, ["[camera.yard] username"]),
        ({"camera": {"yard": {"password_file": OTHER}}}, ["[camera.yard] password_file"]),
        ({"camera": {"cam": {"source": "rtsp://evil.example/a", "username": "u", "password_file": OTHER}}},
         ["[camera.cam] source", "[camera.cam] username", "[camera.cam] password_file"]),
        ({"lorawan": {"town": {"host": "evil.example", "tls": {}}}}, ["[lorawan.town] host", "[lorawan.town] tls"]),
        ({"uplink": {"host": None, "username": None, "tls": None, "port": None}},
         ["[uplink.cloud] commands", "[uplink] commands"]),
        ({"uplink": {"topics": {"command": "evil/{site}/{pole}/c"}}}, ["[uplink] topics"]),
        ({"uplink": {"topics": {"event": "evil/{site}/{pole}/e"}}}, ["[uplink] topics"]),
        ({"uplink": {"client_id": "another"}}, ["[uplink] client_id"]),
        ({"uplink": {"cloud": {"protocol": "3.1.1"}}}, ["[uplink.cloud] protocol"]),
        ({"lorawan": {"town": {"topic": "evil/{dev_eui}/up"}}}, ["[lorawan.town] topic"]),
    ],
)  # fmt: skip
def test_promise_security_it_is_told_which_anchor_an_order_would_change(
    file: Path, patch: dict[str, Any], keys: list[str]
) -> None:
    assert changed(file, Wanted(patch=json.loads(json.dumps(patch).replace("{folder}", str(file.parent))))) == keys


@pytest.mark.parametrize(
    "patch",
    [
        {"pole": {"latitude": 46.5}},
        {"uplink": {"port": 1884}},
        {"uplink": {"host": "localhost"}},
        {"uplink": {"cloud": None}},
        {"uplink": {"in_flight": 7}},
        {"camera": {"yard": {"period": "2s"}}},
        {"uplink": {"cloud": {"username": "p17"}}},
        {"lorawan": None},
    ],
)
def test_anything_else_is_nobodys_concern(file: Path, patch: dict[str, Any]) -> None:
    assert changed(file, Wanted(patch=patch)) == []


def test_what_is_from_afar_already_may_stay_and_what_the_file_says_may_come_back(file: Path) -> None:
    other = {"uplink": {"cloud": {"host": "new.example"}}}
    assert changed(file, Wanted(patch={"pole": {"latitude": 46.5}}), before=other) == []
    back = {"uplink": {"cloud": {"host": "cloud.example"}}}
    assert changed(file, Wanted(patch=back), before=other) == []


def test_a_whole_file_is_held_to_the_same(file: Path) -> None:
    same = file.read_text()
    assert changed(file, Wanted(file=same.replace("45.7", "46.5"))) == []
    assert changed(file, Wanted(file=same.replace("cloud.example", "evil.example"))) == ["[uplink.cloud] host"]
