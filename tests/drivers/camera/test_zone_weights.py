from pathlib import Path

import pytest

from drivers.camera.errors import ModelError
from drivers.camera.fetch import fetch, run
from drivers.camera.models import SHIPPED, catalogue, read
from drivers.camera.zone_weights import checked, lacking, table, zone_status


def test_the_files_of_the_checkout_are_those_of_the_manifest() -> None:
    assert lacking(SHIPPED[0]) == ""
    assert {one.state for one in zone_status(SHIPPED[0])} == {"present"}
    assert all(checked(SHIPPED[0], each).is_file() for each in table().files)


def test_a_missing_or_changed_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    assert "zone96_2_int8.tflite: missing (copy them from models/ of a checkout" in lacking(tmp_path)
    (tmp_path / "zone96_2_int8.tflite").write_bytes(b"half a download")
    assert "zone96_2_int8.tflite: wrong hash" in lacking(tmp_path)


def test_they_are_copied_to_where_the_pole_wants_them(tmp_path: Path, models_dir: Path) -> None:
    for path in models_dir.glob("object*.tflite"):
        (tmp_path / path.name).symlink_to(path)
    said: list[str] = []
    found = fetch(tmp_path, said.append)
    assert lacking(tmp_path) == ""
    assert {one.name: one.state for one in found}["zone96_3_int8"] == "present"
    assert any(line.startswith("zone96_3_int8: ") and "2308176 bytes" in line for line in said)


def test_they_are_listed(models_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("list", models_dir)
    assert "zone96_2_int8" in capsys.readouterr().out


def test_no_detector_is_made_of_them(tmp_path: Path) -> None:
    assert "zone_model" not in read(SHIPPED[0] / "manifest.toml")
    assert "zone_model" not in catalogue(tmp_path)


def test_an_operators_zone_model_is_refused(tmp_path: Path) -> None:
    shipped = (SHIPPED[0] / "manifest.toml").read_text()
    (tmp_path / "manifest.toml").write_text(shipped)
    assert catalogue(tmp_path), "a copy of what is shipped"
    (tmp_path / "manifest.toml").write_text('[zone_model]\nname = "own"\n')
    with pytest.raises(ModelError, match="zone_model comes with lamppost, and is not replaced"):
        catalogue(tmp_path)
