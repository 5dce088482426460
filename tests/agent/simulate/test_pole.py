from datetime import date
from pathlib import Path

from agent.configuration import examine
from agent.simulate import pole
from agent.simulate.bays import OPENING
from agent.simulate.street import EARS, Addresses


def test_the_demonstrations_configuration_is_one_that_the_daemon_takes(tmp_path: Path) -> None:
    ears = {name: f"/dev/pts/{number}" for number, name in enumerate(EARS)}
    nodes = {name: f"70b3d5a1c0de000{number}" for number, name in enumerate(pole.MODELS)}
    street = Addresses(1883, 1502, "/dev/pts/9", ears, nodes, "/run/chip")
    (tmp_path / pole.CLIP).touch()
    file = tmp_path / "lamppost.toml"
    file.write_text(pole.configuration(street, tmp_path, pole.models_dir(), date.today()), encoding="utf-8")
    found = examine(file)
    config, warnings = found.config, found.warnings
    # Where temporary folders are lost with the power, it also warns of the store in one.
    assert ["simulated" in warning for warning in warnings if "power cut" not in warning] == [True]
    assert (len(config.bay), len(config.lamp), len(config.zone)) == (5, 4, 2)
    assert set(config.bay) == set(OPENING)
    assert config.kerb.authorisation is not None
    assert config.kerb.authorisation.simulated
    assert config.uplink[""].host == "127.0.0.1"
