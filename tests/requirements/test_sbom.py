"""The bill of materials is CycloneDX, names all that a lock names for a pole, and is the same each time."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sbom
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from licences import OF_A_POLE
from sections import file_of, locked_versions, pins, split

pytestmark = pytest.mark.skipif(Path(sys.prefix).name == ".venv-newest", reason="made without the lock")

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VERSIONS = locked_versions()


@pytest.fixture(scope="module", params=VERSIONS, ids=lambda version: file_of(version).stem)
def version(request: pytest.FixtureRequest) -> tuple[int, int]:
    found: tuple[int, int] = request.param
    return found


@pytest.fixture(scope="module")
def text(version: tuple[int, int]) -> str:
    return sbom.bill(version, AT)


@pytest.fixture(scope="module")
def said(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def named(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in said["components"]}


def wanted_by(component: dict[str, Any]) -> set[str]:
    return {each["value"] for each in component.get("properties", []) if each["name"] == "lamppost:wanted-by"}


def test_it_keeps_to_the_schema(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_a_text_that_does_not_is_noticed(text: str) -> None:
    broken = text.replace('"alg": "SHA-256"', '"alg": "SHA-0"', 1)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_it_has_each_package_of_a_pole_as_the_lock_has_it(version: tuple[int, int], said: dict[str, Any]) -> None:
    parts, found = split(file_of(version).read_text()), named(said)
    for name, pin in {name: pin for section in OF_A_POLE for name, pin in pins(parts[section]).items()}.items():
        component = found[name]
        assert (component["version"], component["purl"]) == (pin.version, f"pkg:pypi/{name}@{pin.version}")
        assert sorted(each["content"] for each in component["hashes"]) == sorted(pin.sha256) != []
        assert component["licenses"]
    assert not found.keys() & (pins(parts["demo"]).keys() | pins(parts["test"]).keys())


def test_it_tells_for_which_extra_a_package_is_there(said: dict[str, Any]) -> None:
    found = named(said)
    assert wanted_by(found["paho-mqtt"]) == {"lamppost"}  # by way of aiomqtt
    assert wanted_by(found["flatbuffers"]) == {"vision"}  # by way of ai-edge-litert
    assert wanted_by(found["gpiod"]) == {"gpio"}
    assert wanted_by(found["cffi"]) == {"signed"}
    needs = {each["ref"]: each.get("dependsOn", []) for each in said["dependencies"]}
    assert found["paho-mqtt"]["bom-ref"] in needs[found["aiomqtt"]["bom-ref"]]


def test_it_has_what_is_no_package_of_python_too(version: tuple[int, int], said: dict[str, Any]) -> None:
    found = named(said)
    assert {each["name"] for each in found["av"]["components"]} >= {"libx264", "libavcodec"}
    weights = found["ssd-mobilenet-v2-oidv4"]
    assert weights["type"] == "machine-learning-model" and len(weights["hashes"][0]["content"]) == 64
    debian = {(3, 11): "debian-12", (3, 13): "debian-13"}[version]
    assert found["libseccomp2"]["purl"] == f"pkg:deb/debian/libseccomp2?distro={debian}"


def test_its_number_follows_from_what_is_in_it(version: tuple[int, int], said: dict[str, Any]) -> None:
    later = json.loads(sbom.bill(version, AT.replace(year=2027)))
    assert later["serialNumber"] != said["serialNumber"]
    assert {**later, "serialNumber": 0, "metadata": 0} == {**said, "serialNumber": 0, "metadata": 0}


def test_two_runs_write_the_same_bytes(tmp_path: Path) -> None:
    for folder, seed in (("a", "1"), ("b", "2")):
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1000000000", "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, sbom.__file__, tmp_path / folder], env=environment, check=True)
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == len(VERSIONS)
    for file in files:
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
        assert json.loads(file.read_text())["metadata"]["timestamp"] == "2001-09-09T01:46:40+00:00"


def test_a_package_that_is_not_installed_is_told() -> None:
    with pytest.raises(sbom.NotInstalled, match=r"left-pad: is in py311\.txt and not installed here: make install"):
        sbom.needed_by("left-pad", (3, 11))
