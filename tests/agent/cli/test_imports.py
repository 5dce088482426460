"""A command that asks little imports little: nothing of the daemon, no library of a device, no table of a trade."""

import json
import subprocess
import sys

import pytest
from patience import PATIENCE_S

HEAVY = {
    *("agent.app", "agent.configuration", "agent.config.schema", "agent.store", "agent.isolation", "agent.uplink"),
    *("agent.trades.build", "agent.trades.parking.tables", "agent.trades.lighting.tables", "agent.trades.kerb.tables"),
    *("drivers.line", "drivers.modbus", "drivers.mqtt", "drivers.lorawan", "drivers.profile", "drivers.camera"),
    *("aiomqtt", "cv2", "numpy", "paho", "pymodbus", "serial", "sqlite3"),
}
CALL = """
import json, sys
from agent.cli import main
try:
    main({arguments})
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)))
"""
WORDS = """
import json, sys
from agent.cli.status import status_lines
from agent.trades.registry import TRADES
answer = {"bays": {}, "groups": [], "lamps": {}, "meters": {}, "zones": {}, "kerb": {"mode": "", "reason": ""}}
for trade in TRADES:
    list(trade.status_lines(answer)), list(trade.device_words({}))
print(json.dumps(sorted(sys.modules)))
"""


def imported(script: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["status", "--socket", "/nowhere"], ["tail", "--socket", "/nowhere"], ["report", "--help"]],
)
def test_what_a_technician_asks_often_imports_nothing_heavy(arguments: list[str]) -> None:
    modules = imported(CALL.format(arguments=arguments))
    assert "agent.trades.registry" in modules
    assert modules & HEAVY == set()


def test_help_does_without_the_loop() -> None:
    assert "asyncio" not in imported(CALL.format(arguments=["--help"]))


def test_the_words_of_every_trade_import_nothing_heavy() -> None:
    assert imported(WORDS) & HEAVY == set()


def test_the_daemon_imports_no_pictures() -> None:
    modules = imported("import json, sys, agent.daemon; print(json.dumps(sorted(sys.modules)))")
    assert "agent.store" in modules
    assert not modules & {"av", "cv2", "numpy", "agent.trades.kerb.clip", "agent.cli"}
