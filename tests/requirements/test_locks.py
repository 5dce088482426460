"""What is installed is what the locks name, and what fails is told in one line."""

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
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REQUIREMENTS = Path(install.__file__).parent
LOCKS = [sections.file_of(version) for version in sections.locked_versions()]
LOCK = Path("py311.txt")


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


def test_what_a_pole_runs_has_no_part_of_demonstration_and_tests() -> None:
    for file in LOCKS:
        pole = sections.split(file.read_text())["pole"]
        assert "pymodbus==" in pole and "opencv" in pole
        assert not re.search(r"^(amqtt|rich|pytest|mypy|uv)==", pole, re.MULTILINE)


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
