"""What ModemManager says of a modem, and that it is asked seldom."""

import asyncio
import json

import pytest

from agent.modem import KEPT_S, Modem, ModemReader, modem_of

ANSWER = {
    "modem": {
        "3gpp": {"imei": "000000000000000", "operator-code": "20801", "operator-name": "Orange F", "pco": "--"},
        "cdma": {"meid": "--"},
        "dbus-path": "/org/freedesktop/ModemManager1/Modem/0",
        "generic": {
            "access-technologies": ["lte"],
            "bearers": ["/org/freedesktop/ModemManager1/Bearer/5"],
            "own-numbers": [],
            "signal-quality": {"recent": "yes", "value": "72"},
            "state": "connected",
            "state-failed-reason": "--",
        },
    }
}


def _changed(**generic: object) -> str:
    modem = ANSWER["modem"]
    return json.dumps({"modem": {**modem, "generic": {**modem["generic"], **generic}}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "modem"),
    [
        (json.dumps(ANSWER), Modem("connected", "Orange F", "lte", 72.0)),
        (_changed(state="searching", **{"access-technologies": []}), Modem("searching", "Orange F", None, 72.0)),
        (_changed(**{"signal-quality": {"recent": "no", "value": "--"}}), Modem("connected", "Orange F", "lte", None)),
        (_changed(**{"signal-quality": {"value": "999"}}), Modem("connected", "Orange F", "lte", None)),
        (_changed(state="a\nb\x1b[2J" + "x" * 500), Modem("ab[2J" + "x" * 57, "Orange F", "lte", 72.0)),
        ('{"modem": {"generic": {}}}', Modem("unknown")),
        ("error: couldn't find modem", None),
        ('{"modem": []}', None),
        ("[" * 100_000, None),
        ("", None),
    ],
)
def test_the_answer_of_mmcli(text: str, modem: Modem | None) -> None:
    assert modem_of(text) == modem


def test_it_is_asked_once_a_minute_and_not_at_all_without_modemmanager() -> None:
    asked: list[float] = []
    now_s, has_program = 0.0, True

    async def ask() -> str:
        asked.append(now_s)
        return json.dumps(ANSWER)

    async def main() -> None:
        nonlocal now_s, has_program
        reader = ModemReader(ask, lambda: has_program, lambda: now_s)
        for at_s in (0.0, 10.0, KEPT_S - 1, KEPT_S):
            now_s = at_s
            found = await reader.read()
            assert found is not None and found.operator == "Orange F"
        assert asked == [0.0, KEPT_S]
        now_s, has_program = 2 * KEPT_S, False
        assert await reader.read() is None and len(asked) == 2

    asyncio.run(main())
