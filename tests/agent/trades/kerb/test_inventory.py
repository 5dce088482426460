"""The city is told by which models a camera sees."""

import shutil
from pathlib import Path

import msgspec
import pytest
from pole_file import LOADING_ZONE, pole_1

from agent.configuration import load
from agent.trades.kerb.inventory import inventory
from agent.trades.kerb.tables import KerbTables
from drivers.camera.models import find, shipped
from drivers.camera.zone_weights import table

MODEL = "ssd-mobilenet-v2-oidv4"


@pytest.mark.parametrize(
    ("there", "keys", "told"),
    [
        (True, "", {"name": "zone96", "sha256": tuple(each.sha256 for each in table().files)}),
        (True, 'zone_model = "off"\n', None),
        (False, "", None),
    ],
    ids=["in place", "off", "missing"],
)
def test_the_zone_model_stands_beside_the_detector(tmp_path: Path, there: bool, keys: str, told: object) -> None:
    file = tmp_path / "pole.toml"
    models = tmp_path / "models"
    models.mkdir()
    if there:
        for each in table().files:
            shutil.copy(shipped() / each.file, models)
    file.write_text(pole_1(f'models_dir = "{models}"') + LOADING_ZONE.replace("[zone", f"{keys}[zone"))
    config = load(file)
    (camera,) = msgspec.to_builtins(inventory(config.of(KerbTables), models)).get("cameras").values()
    detector = find(models, MODEL).model.sha256
    assert camera == {"model": MODEL, "sha256": detector, "own": False, "zone_model": told}
