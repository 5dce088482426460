"""Other programs are asked within bounds."""

import asyncio
import sys
from pathlib import Path

from agent.diagnose import programs
from agent.diagnose.programs import MOST_CHARACTERS, said


def test_what_a_program_says_is_bounded_in_time_and_length() -> None:
    python = sys.executable
    both = "import sys; print('a', flush=True); print('b', file=sys.stderr)"
    assert asyncio.run(said(python, "-c", both)).split() == ["a", "b"]
    assert len(asyncio.run(said(python, "-c", "print('x' * 100_000)"))) == MOST_CHARACTERS
    assert "was not done after 0.2 s" in asyncio.run(said(python, "-c", "import time; time.sleep(60)", limit_s=0.2))
    assert asyncio.run(said("/no/such/program")) == "/no/such/program cannot be started: No such file or directory"


def test_a_wrong_configuration_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    file.write_text('[pole]\nid = "p1"\n[nowhere]\n')
    told = asyncio.run(programs.check(file))
    assert f"{file}:3" in told
