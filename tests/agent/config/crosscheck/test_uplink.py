"""[uplink.NAME]: how many there may be, and what several share."""

from collections.abc import Callable

from agent.config.crosscheck.uplink import MOST

Errors = Callable[[str], list[str]]


def _uplinks(count: int) -> str:
    return "".join(f'[uplink.u{n}]\nhost = "127.0.0.1"\nport = {2000 + n}\n' for n in range(count))


def test_a_pole_has_a_few_uplinks(errors: Errors, sound: str) -> None:
    own = sound.replace('[uplink]\nhost = "127.0.0.1"\n', "")
    assert errors(own + _uplinks(MOST)) == []
    (said,) = errors(own + _uplinks(MOST + 1))
    assert said.endswith(f"[uplink]: the file has {MOST + 1} uplinks; expected {MOST} at most")
