"""The gate: it says who may order what."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import json

from agent.commands import Gate
from agent.uplink.canonical import canonical
from agent.uplink.commands import BadCommand, PoleCommand, command
from drivers.base import Command

LAMP = Command("c1", "lamp-1", "release")
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
MESSAGE = {"id": "c-1", "action": "pole.restart", "data": {"b": 1.0, "a": "é"}, "expires": "2099-01-01T00:00:00Z"}


def signed(message: dict[str, object], by: Ed25519PrivateKey = PRIVATE) -> PoleCommand:
    signature = base64.b64encode(by.sign(canonical(message))).decode()
    heard = command(json.encode(message | {"signature": signature}))
    assert isinstance(heard, PoleCommand)
    return heard


@pytest.mark.parametrize(
    ("allows", "device", "pole"), [("all", True, True), ("devices", True, False), ("none", False, False)]
)
def test_the_switch(allows: str, device: bool, pole: bool) -> None:
    gate = Gate("a/p1", allows)  # type: ignore[arg-type]
    assert (gate.refusal(LAMP) is None, gate.refusal(PoleCommand("c", "pole.restart")) is None) == (device, pole)


def test_with_a_key_the_pole_obeys_what_is_signed_by_it_alone() -> None:
    gate = Gate("a/p1", key=KEY)
    unsigned = command(json.encode(MESSAGE))
    assert isinstance(unsigned, PoleCommand)
    assert gate.refusal(signed(MESSAGE)) is None
    assert "not signed" in str(gate.refusal(unsigned))
    other = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert "not that of the command_key" in str(gate.refusal(signed(MESSAGE, other)))
    assert gate.refusal(LAMP) is None


def test_each_refusal_has_its_word() -> None:
    unsigned = command(json.encode(MESSAGE))
    assert isinstance(unsigned, PoleCommand)
    other = signed(MESSAGE, Ed25519PrivateKey.from_private_bytes(bytes(32)))
    gates = (Gate("a/p1", "none"), Gate("a/p1", "devices"), Gate("a/p1", key=KEY))
    found = [
        gate.refusal(order) for gate, order in zip((*gates, gates[-1]), (LAMP, unsigned, unsigned, other), strict=True)
    ]
    words = [each and each.because for each in found]
    assert words == ["remote_control_off", "pole_actions_off", "unsigned", "bad_signature"]


@pytest.mark.parametrize("changes", [{"data": {}}, {"id": "c-2"}, {"action": "pole.stop"}, {"expires": None}])
def test_whatever_is_changed_is_not_what_was_signed(changes: dict[str, object]) -> None:
    signature = base64.b64encode(PRIVATE.sign(canonical(MESSAGE))).decode()
    heard = command(json.encode(MESSAGE | changes | {"signature": signature}))
    assert isinstance(heard, PoleCommand)
    assert "signature" in str(Gate("a/p1", key=KEY).refusal(heard))


def test_what_is_meant_for_another_pole_is_refused() -> None:
    gate = Gate("a/p1", key=KEY)
    assert gate.refusal(signed(MESSAGE | {"pole": "a/p1"})) is None
    refused = gate.refusal(signed(MESSAGE | {"pole": "a/p2"}))
    assert refused == BadCommand("c-1", 'it is meant for the pole "a/p2", and this is "a/p1"', "other_pole")


@pytest.mark.parametrize("allows", ["all", "devices", "none"])
def test_any_uplink_may_ask_for_its_own_events_again(allows: str) -> None:
    gate = Gate("a/p1", allows, KEY)  # type: ignore[arg-type]
    assert gate.refusal(PoleCommand("c", "events.resend")) is None
    assert "meant for" in str(gate.refusal(PoleCommand("c", "events.resend", pole="a/p2")))


def test_a_refusal_names_the_table_of_its_uplink() -> None:
    assert "[uplink.lighting]" in str(Gate("a/p1", "none", table="uplink.lighting").refusal(LAMP))
    signed_alone = Gate("a/p1", key=KEY, table="uplink.lighting")
    assert "[uplink.lighting]" in str(signed_alone.refusal(PoleCommand("c", "pole.restart")))
