import hashlib
import os
from pathlib import Path

import pytest

from drivers.camera.errors import ModelError
from drivers.camera.fetch import run
from drivers.camera.models import SHIPPED, catalogue, find, labels, places, read, status, weights

CONTENT = b"weights of a detector"
TABLE = {
    "file": "own.tflite",
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "bytes": str(len(CONTENT)),
    "licence": "CC0-1.0",
    "decoder": "yolox",
    "labels": "own.txt",
    "vehicles": '{ lorry = "truck" }',
    "crop_scale": "2.0",
    "input": '{ letterbox = true, colour = "bgr", mean = 0.0, deviation = 1.0 }',
}
BARE = ("bytes", "vehicles", "crop_scale", "input")


def manifest(folder: Path, name: str = "own", **changes: str) -> Path:
    rows = {**TABLE, **changes}
    text = "".join(f"{key} = {value if key in (*BARE, 'source') else repr(value)}\n" for key, value in rows.items())
    path = folder / "manifest.toml"
    path.write_text(f"[{name}]\n{text}")
    (folder / "own.txt").write_text("person\nlorry\n")
    return path


def test_the_shipped_manifest_names_the_default_with_its_source() -> None:
    models = read(SHIPPED[0] / "manifest.toml")
    default = models["ssd-mobilenet-v2-oidv4"]
    assert default.source is not None
    assert default.source.end_byte - default.source.first_byte == default.bytes == 9987728
    assert default.sha256 == "d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6"
    assert models["yolox-nano-coco"].source is None


def test_every_shipped_label_file_has_the_vehicles(tmp_path: Path) -> None:
    for entry in catalogue(tmp_path).values():
        assert set(entry.model.vehicles) <= set(labels(entry))
    assert len(labels(find(tmp_path, "ssd-mobilenet-v2-oidv4"))) == 24
    assert len(labels(find(tmp_path, "yolox-nano-coco"))) == 80


@pytest.mark.parametrize(
    ("packages", "share"),
    [
        ("opt/site", "opt/site/share"),  # pip install --target
        ("opt/venv/lib/python3.11/site-packages", "opt/venv/share"),
        ("home/me/.local/lib/python3.13/site-packages", "home/me/.local/share"),
        ("usr/lib/python3/dist-packages", "usr/share"),
    ],
)
def test_an_installed_package_finds_its_manifest_wherever_it_was_put(packages: str, share: str) -> None:
    assert Path("/", share, "lamppost", "models") in places(Path("/", packages))


def test_an_operator_adds_a_detector_beside_the_weights(tmp_path: Path) -> None:
    manifest(tmp_path)
    entry = find(tmp_path, "own")
    assert labels(entry) == ("person", "lorry")
    assert set(catalogue(tmp_path)) > {"own", "ssd-mobilenet-v2-oidv4"}


def test_an_operators_table_cannot_take_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    """Whoever can write there could have another file believed."""
    manifest(tmp_path, name="yolox-nano-coco")
    with pytest.raises(ModelError, match="yolox-nano-coco comes with lamppost, and is not replaced"):
        find(tmp_path, "yolox-nano-coco")


def test_an_operators_model_is_told_as_such(tmp_path: Path) -> None:
    manifest(tmp_path)
    assert {name for name, entry in catalogue(tmp_path).items() if entry.own} == {"own"}


def test_a_manifest_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "manifest.toml")
    assert "own" not in catalogue(tmp_path)
    with pytest.raises(ModelError, match="is no regular file"):
        read(tmp_path / "manifest.toml")


def test_an_unknown_model_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r'no model "yolo".*ssd-mobilenet-v2-oidv4, yolox-nano-coco'):
        find(tmp_path, "yolo")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sha256": "abc"}, "sha256"),
        ({"file": "../../etc/passwd"}, "file"),
        ({"decoder": "resnet"}, "decoder"),
        ({"bytes": "-1"}, "bytes"),
        ({"vehicles": "{}"}, "vehicles"),
        ({"colour": "red"}, "colour"),
        ({"crop_scale": "0.5"}, "crop_scale"),
    ],
)
def test_a_wrong_manifest_is_refused_with_file_and_key(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    path = manifest(tmp_path, **changes)
    with pytest.raises(ModelError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)


def test_a_source_of_another_length_is_refused(tmp_path: Path) -> None:
    source = '{ package = "p", version = "1.0.0", path = "package/x", first_byte = 0, end_byte = 5 }'
    with pytest.raises(ModelError, match="source gives 5 bytes, `bytes` says 21"):
        read(manifest(tmp_path, source=source))


@pytest.mark.parametrize("content", [b"[own\n", b"own = \xff", b"own = " + b"[" * 5000, b"own = " + b"9" * 5000])
def test_a_manifest_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.toml").write_bytes(content)
    with pytest.raises(ModelError, match=r"manifest\.toml"):
        catalogue(tmp_path)


def test_labels_without_the_vehicle_are_refused(tmp_path: Path) -> None:
    manifest(tmp_path)
    (tmp_path / "own.txt").write_text("person\ncar\n")
    with pytest.raises(ModelError, match=r"own\.txt: has no lorry"):
        labels(find(tmp_path, "own"))


def test_weights_are_used_only_when_they_are_the_right_ones(tmp_path: Path) -> None:
    manifest(tmp_path)
    entry = find(tmp_path, "own")
    with pytest.raises(ModelError, match=r"own\.tflite is not there.*put the file with sha256"):
        weights(tmp_path, entry)
    (tmp_path / "own.tflite").write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ModelError, match="its sha256 differs"):
        weights(tmp_path, entry)
    (tmp_path / "own.tflite").write_bytes(CONTENT)
    assert weights(tmp_path, entry) == tmp_path / "own.tflite"


def test_the_network_with_8_bit_numbers_is_taken_where_it_is_in_place(tmp_path: Path) -> None:
    small = b"8-bit numbers"
    table = f'{{ file = "int8.tflite", sha256 = "{hashlib.sha256(small).hexdigest()}", bytes = {len(small)} }}'
    path = manifest(tmp_path)
    path.write_text(f"{path.read_text()}int8 = {table}\n")
    entry = find(tmp_path, "own")
    (tmp_path / "own.tflite").write_bytes(CONTENT)
    (tmp_path / "int8.tflite").write_bytes(small[:-1] + b"!")
    assert weights(tmp_path, entry) == tmp_path / "own.tflite"
    (tmp_path / "int8.tflite").write_bytes(small)
    assert weights(tmp_path, entry) == tmp_path / "int8.tflite"
    (tmp_path / "own.tflite").unlink()
    assert {one.name: (one.state, one.path.name) for one in status(tmp_path)}["own"] == ("present", "int8.tflite")


def test_status_tells_present_missing_and_wrong(tmp_path: Path) -> None:
    manifest(tmp_path)
    (tmp_path / "yolox_nano_416_fp16.tflite").write_bytes(b"short")
    (tmp_path / "own.tflite").write_bytes(CONTENT)
    assert {one.name: one.state for one in status(tmp_path)} == {
        "ssd-mobilenet-v2-oidv4": "missing",
        "yolox-nano-coco": "wrong hash",
        "own": "present",
    }


def test_the_command_lists_and_tells_by_its_status(
    tmp_path: Path, models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("list", models_dir) == 0
    assert "ssd-mobilenet-v2-oidv4  present" in capsys.readouterr().out
    assert run("list", tmp_path) == 1
    assert "missing" in capsys.readouterr().out
    (tmp_path / "manifest.toml").write_text("[own\n")
    assert run("list", tmp_path) == 1
    assert "manifest.toml" in capsys.readouterr().err
