"""What a reload would refuse is told before it is tried."""

from pathlib import Path

import pole_file
import pytest

from agent.cli import check
from agent.configuration import load
from agent.configuration.sources import Sources


@pytest.mark.parametrize(
    ("old", "new", "keys"),
    [
        ('id = "p1"', 'id = "p2"', "[pole] id"),
        ('site = "town"', 'site = "city"\nclock = "rtc"', "[pole] site, [pole] clock"),
        ("/state/l.db", "/stae/l.db", "[store] path"),
        ("latitude = 45.7", "latitude = 46.7", None),
    ],
)
def test_keys_that_take_a_restart_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, keys: str | None
) -> None:
    file = pole_file.write(tmp_path)
    for folder in ("state", "stae"):
        (tmp_path / folder).mkdir()
    before = load(file)
    file.write_text(file.read_text().replace(old, new))
    check.run(file, probe=False)
    assert "a reload refuses" not in capsys.readouterr().out, "nothing has run yet"
    Sources(file).keep_good(before, healthy=False)
    check.run(file, probe=False)
    said = " ".join(capsys.readouterr().out.split())
    assert (f"{keys}: not as in the configuration that ran" in said) if keys else ("a reload refuses" not in said)
