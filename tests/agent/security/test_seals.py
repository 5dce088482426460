"""What is another than at the last look, and what of that the city is told."""

import pytest

from agent.events.security import CertificateChanged, ConfigurationEdited, SoftwareReplaced
from agent.security.seals import Seal, Seals, Software, changes

A, B = "a" * 64, "b" * 64


def test_the_first_look_tells_nothing() -> None:
    now = Seals({"/etc/l.toml": A}, {"uplink/ca_file": Seal("/etc/ca", A)}, Software("1.0", A))
    assert list(changes(Seals(), now)) == list(changes(now, now)) == []


def test_what_was_not_looked_at_is_not_gone() -> None:
    before = Seals({"/etc/l.toml": A}, {"uplink/ca_file": Seal("/etc/ca", A)}, Software("1.0", A))
    assert list(changes(before, Seals(certificates=before.certificates))) == []


def test_each_file_of_the_configuration() -> None:
    before, now = Seals({"/etc/a": A, "/etc/b": A, "/etc/c": A}), Seals({"/etc/a": A, "/etc/b": B, "/etc/d": A})
    assert list(changes(before, now)) == [
        ConfigurationEdited(file="/etc/b", sha256=B, previous_sha256=A),
        ConfigurationEdited(file="/etc/c", sha256=None, previous_sha256=A),
        ConfigurationEdited(file="/etc/d", sha256=A, previous_sha256=None),
    ]


def test_a_key_is_told_of_without_anything_of_it() -> None:
    before = Seals(certificates={"uplink/key_file": Seal("/etc/k", A), "lorawan.net/ca_file": Seal("/etc/ca", A)})
    now = Seals(certificates={"uplink/key_file": Seal("/etc/k", B)})
    assert list(changes(before, now)) == [
        CertificateChanged(table="lorawan.net", part="ca_file", file=None),
        CertificateChanged(table="uplink", part="key_file", file="/etc/k"),
    ]


@pytest.mark.parametrize(
    ("version", "sha256", "reason"),
    [
        ("1.10", B, None),
        ("1.9.1", B, None),
        ("1.9", A, None),
        ("1.9", B, "same_version"),
        ("1.8", B, "older_version"),
        ("0.10", A, "older_version"),
    ],
)
def test_a_later_version_is_an_update_and_anything_else_is_not(version: str, sha256: str, reason: str | None) -> None:
    told = list(changes(Seals(software=Software("1.9", A)), Seals(software=Software(version, sha256))))
    assert [each.reason for each in told if isinstance(each, SoftwareReplaced)] == ([reason] if reason else [])
