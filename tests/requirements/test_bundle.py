"""What the Debian packages contain of the lock: each package once, no more than its part, and what they say of it."""

import configparser
import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bundle import LEFT_OUT, MACHINES, OF_DEBIAN, PYTHON, SPARE, copyright_of, locked_pins, part
from lock import wanted_on_a_pole
from package_bill import bill
from package_files import DIST_PACKAGES, SEEN, link
from packaging.requirements import Requirement
from sections import ROOT

pytestmark = pytest.mark.skipif(Path(sys.prefix).name == ".venv-newest", reason="made without the lock")


@pytest.mark.parametrize("suite", PYTHON)
def test_the_parts_are_the_pole_between_them(suite: str) -> None:
    core, vision = part("core", suite), part("vision", suite)
    assert not core.names & vision.names
    assert {"msgspec", "pymodbus", "gpiod"} <= core.names and "numpy" not in core.names
    spared = OF_DEBIAN[suite].keys()
    with_cryptography = {"cffi", "pycparser"}
    assert locked_pins(suite).keys() - core.names - vision.names - spared == with_cryptography | LEFT_OUT - core.names
    assert (core.names | vision.names) & spared == set()
    assert {*core.of_debian, *vision.of_debian} == {*OF_DEBIAN[suite].values()}
    assert not {*core.of_debian} & {*vision.of_debian}


def test_of_debians_packages_what_is_named_is_seen_and_nothing_else(tmp_path: Path) -> None:
    for name, machine in (("core", "amd64"), ("vision", "arm64")):
        link(part(name, "trixie").of_debian, tmp_path / name, f"313-{MACHINES[machine]}-linux-gnu")
    seen = {each.name: each.readlink() for folder in tmp_path.iterdir() for each in folder.iterdir()}
    assert seen.keys() == {"cryptography", "_cffi_backend.cpython-313-x86_64-linux-gnu.so", "numpy"}
    inside = Path("/usr/lib/lamppost/lib/python3.13", SEEN)
    assert {os.path.normpath(inside / each) for each in seen.values()} == {str(DIST_PACKAGES / name) for name in seen}


@pytest.mark.parametrize(("suite", "name"), [(suite, name) for suite in OF_DEBIAN for name in OF_DEBIAN[suite]])
def test_what_debian_has_is_within_the_bounds(suite: str, name: str) -> None:
    """The lowest version that the package depends on is the lowest that setup.cfg admits, where it admits not all."""
    lines = (line for lines in wanted_on_a_pole().values() for line in lines)
    (wanted,) = (each for each in map(Requirement, lines) if each.name == name)
    found = re.search(r">= (?:\d+:)?([\d.]+)\)", OF_DEBIAN[suite][name].package)
    assert f">={found[1]}" in str(wanted.specifier) if found else not wanted.specifier


@pytest.mark.parametrize("suite", PYTHON)
def test_a_package_says_which_libraries_are_empty(suite: str) -> None:
    own = (ROOT / "debian" / "copyright.own").read_text()
    said = copyright_of(part("vision", suite).names, own)
    assert "Comment: libSvtAv1Enc, libx264, libx265: empty libraries" in said and "libx264: GPL" not in said
    assert all(f"*{name.replace('-', '?')}*" in said for name in part("vision", suite).names)
    assert "libx264" not in copyright_of(part("core", suite).names, own)


def test_the_bill_in_a_package_names_what_it_contains_and_no_more() -> None:
    for package, name in (("lamppost", "core"), ("lamppost-vision", "vision")):
        bom = bill(package, "trixie", "1.0+deb13")
        assert {each.name for each in bom.components} == part(name, "trixie").names
        assert bom.metadata.component is not None and bom.metadata.component.name == package
    (av,) = (each for each in bill("lamppost-vision", "trixie", "1.0").components if each.name == "av")
    assert {each.name for each in av.components} >= {"libavcodec"} and "libx264" not in {
        each.name for each in av.components
    }
    models = {each.name for each in bill("lamppost-models", "trixie", "1.0").components}
    assert models == {"ssd-mobilenet-v2-oidv4-int8", "zone96_2_int8", "zone96_3_int8"}


def test_the_wheel_has_every_unit_and_sample() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    named = {line.strip() for line in setup["options.data_files"].values() for line in line.split()}
    there = {path.relative_to(ROOT) for folder in ("systemd", "config") for path in (ROOT / folder).rglob("*.*")}
    assert {str(path) for path in there if (ROOT / path).is_file()} <= named


IMPORTED = """
import fnmatch, importlib, json, pkgutil, sys

spare, left_out = json.loads(sys.argv[1])


class Gone:
    @staticmethod
    def find_spec(name, path=None, target=None):
        file = name.replace(".", "/")
        gone = any(fnmatch.fnmatch(file, each) or fnmatch.fnmatch(file, each + "/*") for each in spare)
        if gone or name.partition(".")[0] in left_out:
            raise ModuleNotFoundError(f"{name} is not in the package", name=name)


sys.meta_path.insert(0, Gone)
import agent, drivers

for package in (agent, drivers):
    for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".", onerror=lambda name: None):
        if not each.name.startswith("agent.simulate"):
            importlib.import_module(each.name)
from ai_edge_litert.interpreter import Interpreter

print(Interpreter.__name__, "pymodbus.pdu" in sys.modules, len(sys.modules) > 500)
"""


def test_no_module_of_a_pole_imports_what_is_left_out() -> None:
    pytest.importorskip("ai_edge_litert", reason="no wheel of LiteRT")
    suites = {version: suite for suite, version in PYTHON.items()}
    core = part("core", suites.get(sys.version_info[:2], "trixie")).names
    owners = importlib.metadata.packages_distributions().items()
    left_out = [each for each, names in owners if {name.replace("_", "-") for name in names} <= LEFT_OUT - core]
    spare = [each.removesuffix(".py") for patterns in SPARE.values() for each in patterns]
    order = [sys.executable, "-c", IMPORTED, json.dumps((spare, left_out))]
    done = subprocess.run(order, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout == "Interpreter True True\n", done.stderr[-2000:]
    assert {"google", "tqdm", "ml_dtypes"} <= {*left_out}
