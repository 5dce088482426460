"""The files that a configuration names, read or raw."""

from pathlib import Path

from pole_file import edit, write

from agent.configuration import load
from agent.configuration.named_files import NamedFile, named_files, own_profiles

ETC, WORK = Path("/etc/lamppost"), Path("/")


def test_each_is_found_with_its_table_and_where_its_path_starts() -> None:
    values = {
        "uplink": {"host": "b", "password_file": "/p", "tls": {"ca_file": "ca.pem", "key_file": 7}},
        "lorawan": {"net": {"tls": {"certificate_file": "/c"}}},
        "parking": {"rules_file": "rules.toml"},
        "pole": {"profile": "x", "_file": None},
    }
    assert list(named_files(values, ETC, WORK)) == [
        NamedFile("uplink", "password_file", Path("/p")),
        NamedFile("uplink", "ca_file", Path("/ca.pem")),
        NamedFile("lorawan.net", "certificate_file", Path("/c")),
        NamedFile("parking", "rules_file", ETC / "rules.toml"),
    ]


def test_of_a_configuration_that_was_read_too(tmp_path: Path) -> None:
    (tmp_path / "password").touch(0o600)
    file = edit(write(tmp_path), "[parking]", f'username = "p"\npassword_file = "{tmp_path}/password"\n[parking]')
    config = load(file)
    found = {(each.table, each.key): each.path for each in named_files(config, tmp_path, WORK)}
    assert found == {
        ("uplink", "password_file"): tmp_path / "password",
        ("parking", "rules_file"): tmp_path / "rules.toml",
    }
    assert own_profiles(config) == {"own": tmp_path / "profiles" / "own.toml"}
