"""What is installed is what the locks name, and what fails is told in one line."""

import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

import install
import lock
import pytest
import sections
from licences import OF_A_POLE
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REQUIREMENTS = Path(install.__file__).parent
LOCKS = [sections.file_of(version) for version in sections.locked_versions()]
LOCK = Path("py311.txt")
INSTALLS = re.compile(r"requirements/install\.py((?: \w+)+)")


def pins(text: str) -> dict[str, Version]:
    found = re.findall(r"^([\w.-]+)==(\S+) ", text, re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def test_there_is_a_lock_for_the_python_of_each_debian() -> None:
    assert {(3, 11), (3, 13)} <= set(sections.locked_versions())


def test_the_locks_are_of_the_bounds_that_are_in_force() -> None:
    assert lock.stale(lock.wanted()) == []


def test_a_lock_that_was_changed_by_hand_is_noticed() -> None:
    for file in LOCKS:
        text = file.read_text()
        assert sections.is_whole(text)
        assert not sections.is_whole(text.replace("msgspec==", "msgspec==0"))
        assert not sections.is_whole(text.partition("# section test")[0])


def test_a_bound_that_has_changed_makes_every_lock_stale() -> None:
    changed = {**lock.wanted(), "demo": ["amqtt>=0.11.4,<0.13", "rich>=14"]}
    assert lock.stale(changed) == LOCKS


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.stem)
def test_each_lock_keeps_to_the_bounds_of_setup_cfg(file: Path) -> None:
    found = pins(file.read_text())
    for line in (line for lines in lock.wanted().values() for line in lines):
        bound = Requirement(line)
        assert found[canonicalize_name(bound.name)] in bound.specifier, line


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.stem)
def test_each_lock_names_every_file_by_hash_and_no_address(file: Path) -> None:
    text = file.read_text()
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    for section, body in sections.split(text).items():
        requirements = re.split(r"\n(?! )", body.strip())
        for each in requirements:
            assert "--hash=sha256:" in each, f"{section}: {each}"


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.stem)
def test_the_brokers_denial_of_service_stays_out(file: Path) -> None:
    assert pins(file.read_text())["amqtt"] >= Version("0.11.4")


def test_a_pole_installs_neither_a_broker_nor_anything_else_of_the_demonstration(tmp_path: Path) -> None:
    """`make service` installs what `make install` does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    order = ["make", "--dry-run", "--no-print-directory", "install", f"VENV={tmp_path}/venv"]
    said = subprocess.run(order, cwd=sections.ROOT, env=clean, capture_output=True, text=True, check=True).stdout
    installed = {word for words in INSTALLS.findall(said) for word in words.split()}
    assert {"build", "pole"} <= installed <= set(OF_A_POLE)
    for file in LOCKS:
        parts = {section: pins(text).keys() for section, text in sections.split(file.read_text()).items()}
        on_a_pole = {name for section in OF_A_POLE for name in parts[section]}
        assert "amqtt" in parts["demo"]
        assert not on_a_pole & (parts["demo"] | parts["test"] | parts["mutants"] | parts["lock"])
        assert not {name for name in on_a_pole if re.search("amqtt|mosquitto|broker", name)}


def test_what_makes_a_box_a_pole_installs_no_broker_of_debian() -> None:
    for line in (sections.ROOT / "systemd" / "install").read_text().splitlines():
        assert not re.search(r"apt|dpkg|mosquitto", line), line


def test_this_environment_is_what_the_lock_names() -> None:
    """The environment is that of `make test`; `make test-newest` goes without the lock on purpose."""
    if Path(sys.prefix).name == ".venv-newest":
        pytest.skip("made without the lock")
    installed = {
        canonicalize_name(each.name): each.version for each in distributions(path=[sysconfig.get_path("purelib")])
    }
    parts = sections.split(sections.of_this_python().read_text())
    locked = pins("".join(body for section, body in parts.items() if section != "lock"))
    differ = {
        name: version for name, version in installed.items() if name in locked and Version(version) != locked[name]
    }
    assert differ == {}
    assert {"numpy", "pymodbus", "aiomqtt", "pytest"} <= set(installed)


HASHES = """\
Collecting numpy==2.4.6
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, \
please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with them.
    numpy==2.4.6 from file:///wheels/numpy-2.4.6-cp311-cp311-linux_x86_64.whl (from -r /tmp/tmpabc.txt (line 3)):
        Expected sha256 0000000091d90f8a
             Got        1c4e8bd50fd6b4a6
"""
REFUSED = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new \
connection: [Errno 111] Connection refused')': /simple/setuptools/
ERROR: Could not find a version that satisfies the requirement setuptools==84.2.1 (from versions: none)
ERROR: No matching distribution found for setuptools==84.2.1
"""
UNKNOWN_AUTHORITY = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed \
certificate in certificate chain (_ssl.c:992)'))': /simple/setuptools/
Could not fetch URL: There was a problem confirming the ssl certificate
ERROR: No matching distribution found for setuptools==84.2.1
"""
NO_WHEEL = """\
ERROR: Could not find a version that satisfies the requirement ai-edge-litert==2.3.0 (from versions: none)
ERROR: No matching distribution found for ai-edge-litert==2.3.0
"""
NO_ROOM = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (HASHES, ["numpy==2.4.6", "hash", "nothing was installed", "py311.txt"]),
        (REFUSED, ["cannot be reached (Connection refused)", "nothing was installed", "network"]),
        (UNKNOWN_AUTHORITY, ["self-signed certificate in certificate chain", "PIP_CERT"]),
        (NO_WHEEL, ["ai-edge-litert==2.3.0", "no wheel", "64-bit"]),
        (NO_ROOM, ["No space left on device"]),
        ("", ["pip failed"]),
    ],
    ids=["hash", "refused", "authority", "wheel", "room", "mute"],
)
def test_what_pip_says_becomes_one_line_that_says_what_to_do(said: str, words: list[str]) -> None:
    told = install.words_for(said, LOCK)
    assert "\n" not in told
    for word in words:
        assert word in told


def ran(folder: Path) -> subprocess.CompletedProcess[str]:
    order = [sys.executable, folder / "requirements" / "install.py", "build"]
    return subprocess.run(order, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The checkout's requirements/ without a lock."""
    (tmp_path / "requirements").mkdir()
    for file in REQUIREMENTS.glob("*.py"):
        (tmp_path / "requirements" / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("py39.txt", "# The lock of Python 3.9: x\n", "requirements/ has locks for 3.9: use one of these"),
        ("here", "# The lock of Python 3.9: x\n", "is not the lock of Python"),
        ("here", "{title}: x\n", "it is not whole; git checkout requirements/"),
        ("here", "{title}: x\n# section build: x\n", "it is not as make lock wrote it"),
        ("here", "{title}: x\n# section cellar: x\n", "there is no section cellar"),
        ("notes.txt", "", "There is no lock in"),
    ],
    ids=["other-python", "other-lock", "cut-off", "edited", "unknown-section", "none"],
)
def test_a_lock_that_does_not_fit_is_one_line(copied: Path, name: str, text: str, words: str) -> None:
    version = sys.version_info[:2]
    file = copied / "requirements" / name.replace("here", sections.file_of(version).name)
    file.write_text(text.format(title=sections.title(version)))
    done = ran(copied)
    assert done.returncode == 1 and done.stdout == ""
    assert words in done.stderr and done.stderr.count("\n") == 1
