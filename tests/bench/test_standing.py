import importlib.util
import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from standing import count, debian_package, is_compiled

BENCH = Path(__file__).parents[2] / "bench"
Mode = py_compile.PycInvalidationMode


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "one.py"
    path.write_text("x = 1\n")
    return path


def compiled(source: Path, mode: Mode = Mode.TIMESTAMP) -> Path:
    return Path(py_compile.compile(str(source), doraise=True, invalidation_mode=mode) or "")


@pytest.mark.parametrize("mode", list(Mode))
def test_byte_code_that_fits_is_taken(source: Path, mode: Mode) -> None:
    assert not is_compiled(source)
    compiled(source, mode)
    assert is_compiled(source)


@pytest.mark.parametrize(
    ("mode", "taken"), [(Mode.TIMESTAMP, False), (Mode.CHECKED_HASH, False), (Mode.UNCHECKED_HASH, True)]
)
def test_byte_code_of_an_older_text_is_taken_only_where_python_would_not_look(
    source: Path, mode: Mode, taken: bool
) -> None:
    compiled(source, mode)
    source.write_text("x = 10\n")
    assert is_compiled(source) is taken


def test_byte_code_of_a_text_of_the_same_length_with_another_time_is_not_taken(source: Path) -> None:
    compiled(source)
    os.utime(source, (1e9, 1e9))
    assert not is_compiled(source)


def test_byte_code_of_another_python_or_cut_short_is_not_taken(source: Path) -> None:
    cached = compiled(source)
    content = cached.read_bytes()
    cached.write_bytes(bytes(4) + content[4:])
    assert not is_compiled(source)
    cached.write_bytes(content[:8])
    assert not is_compiled(source)


def test_python_itself_agrees(source: Path) -> None:
    """What is counted as compiled is imported without a word about compiling, and the rest with one."""
    order = [sys.executable, "-v", "-c", "import one"]
    environment = os.environ | {"PYTHONPATH": str(source.parent), "PYTHONDONTWRITEBYTECODE": "1"}

    def matches() -> bool:
        said = subprocess.run(order, env=environment, capture_output=True, text=True, check=True).stderr
        return f"{importlib.util.cache_from_source(str(source))} matches" in said

    assert matches() is is_compiled(source) is False
    compiled(source)
    assert matches() is is_compiled(source) is True
    os.utime(source, (1e9, 1e9))
    assert matches() is is_compiled(source) is False


def test_all_sources_below_a_folder_are_counted(source: Path) -> None:
    inner = source.parent / "inner" / "two.py"
    inner.parent.mkdir()
    inner.write_text("")
    compiled(source)
    assert count(source.parent) == (1, 2)


def asked(folder: Path, **environment: str) -> dict[str, Any]:
    """What an interpreter says of itself that finds `agent` and `drivers` in a folder."""
    clean = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    order = [sys.executable, "-P", str(BENCH / "standing.py"), "half of them"]
    said = subprocess.run(
        order, env=clean | {"PYTHONPATH": str(folder)} | environment, capture_output=True, text=True, check=True
    ).stdout
    report: dict[str, Any] = json.loads(said)
    return report


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of packages as pip leaves it."""
    for name in ("agent", "drivers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    told = tmp_path / "lamppost-3.2.1.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: lamppost\nVersion: 3.2.1\n")
    (told / "RECORD").write_text("agent/__init__.py,,\n")
    return tmp_path


def test_a_wheel_and_a_checkout_are_told_apart_by_whose_files_are_imported(site: Path) -> None:
    assert asked(site)["lamppost"] == {"as": "wheel", "version": "3.2.1", "in": str(site)}
    (site / "lamppost-3.2.1.dist-info" / "RECORD").unlink()
    assert asked(site)["lamppost"] == {"as": "checkout", "in": str(site)}
    assert asked(BENCH.parent)["lamppost"] == {"as": "checkout", "in": str(BENCH.parent)}


def test_byte_code_is_said_to_be_there_only_when_all_of_ours_is(site: Path) -> None:
    said = asked(site)["byte_code"]
    assert (said["cached"], said["agent"], said["drivers"]) == (False, "0 of 1", "0 of 1")
    compiled(site / "agent" / "__init__.py")
    said = asked(site)["byte_code"]
    assert (said["cached"], said["agent"], said["drivers"]) == (False, "1 of 1", "0 of 1")
    assert said["is_written"]
    assert not asked(site, PYTHONDONTWRITEBYTECODE="1")["byte_code"]["is_written"]


def test_the_interpreter_that_is_asked_speaks_of_itself(site: Path) -> None:
    said = asked(site)
    assert said["python"]["path"] == sys.executable
    assert said["python"]["version"] == ".".join(map(str, sys.version_info[:3]))
    assert said["tls"] == "half of them"


def test_what_debian_has_installed_is_told_from_what_it_has_not(tmp_path: Path) -> None:
    package, version = str(debian_package(Path("/usr/bin/dpkg-query"))).split(" ")
    assert package == "dpkg"
    assert version[0].isdigit()
    (tmp_path / "python3").touch()
    assert debian_package(tmp_path / "python3") is None


@pytest.mark.parametrize(("bench", "arguments"), [("figures.py", ("2", "2")), ("lighting.py", ("1",))])
def test_a_report_says_what_it_stands_on(bench: str, arguments: tuple[str, ...]) -> None:
    order = [sys.executable, str(BENCH / bench), *arguments]
    report = json.loads(subprocess.run(order, capture_output=True, check=True).stdout)
    assert report["stands_on"]["python"]["path"] == sys.executable


def test_every_bench_says_what_it_stands_on() -> None:
    """The benches that take minutes say it as well."""
    benches = [
        *BENCH.glob("*.py"),
        BENCH / "uplink" / "__main__.py",
        BENCH / "soak" / "__main__.py",
        BENCH / "uplink" / "chaos.py",
    ]
    silent = [
        bench.name for bench in benches if "json.dumps" in bench.read_text() and "stands_on" not in bench.read_text()
    ]
    assert len(benches) > 10
    assert silent == []
