"""The files that a configuration names, read or raw."""

from pathlib import Path

from pole_file import edit, write

from agent.cli.wipe.plan import plan_of
from agent.configuration import load, stored
from agent.configuration.last_good import LastGood
from agent.configuration.named_files import NamedFile, named_files, own_profiles
from drivers.lorawan import models
from drivers.lorawan.profile import SHIPPED

ETC, WORK = Path("/etc/lamppost"), Path("/")
LORAWAN = """[lorawan.town]
host = "127.0.0.1"
[sensor.disc]
kind = "lorawan"
network = "town"
dev_eui = "70b3d5a1c0de0001"
model = "mine"
"""


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


def test_profiles_of_lorawan_sensors_are_kept_with_the_last_good_configuration(tmp_path: Path) -> None:
    own = tmp_path / "profiles" / "lorawan" / "mine.toml"
    file = edit(write(tmp_path), "[parking]", LORAWAN + "[parking]")
    own.parent.mkdir(exist_ok=True)
    own.write_text((SHIPPED / "pni-placepod.toml").read_text())
    config = load(file)
    assert own_profiles(config)["lorawan/mine"] == own
    kept = LastGood(stored.folder_of(config.store.path), file, type(config))
    kept.keep(config, healthy=True)
    own.write_text("description = 3\n")
    found = kept.load()
    assert found is not None
    folder = Path(found[0].pole.profiles_dir)
    assert (folder / "lorawan" / "mine.toml").read_text() == (SHIPPED / "pni-placepod.toml").read_text()
    assert models.model("mine", folder).description == "PNI PlacePod, in or on the road"
    parts = {item.path for item in plan_of(file, ()).items}
    assert folder / "lorawan" / "mine.toml" in parts and own in parts
