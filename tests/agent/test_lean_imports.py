"""The daemon's process carries nothing that no pole needs; each module of these lists has cost memory in every pole."""

import subprocess
import sys
from pathlib import Path

import pytest
from ports import free_port

from agent import lean_imports, start

ROOT = Path(__file__).parents[2]

POLE = """
[pole]
id = "p"
site = "s"
latitude = 48.0
longitude = 2.0
[uplink]
host = "127.0.0.1"
[line.cabinet]
kind = "tcp"
host = "127.0.0.1"
[lamp.lamp-1]
line = "cabinet"
unit = 1
profile = "wb-mdm3"
channel = 0
"""

BAYS = """
[sensor.ear]
kind = "a02"
port = "/dev/ttyUSB0"
[bay.one]
sensor = "ear"
rule = "deliveries"
[rule.deliveries]
category = "loading"
limit = "20min"
[[rule.deliveries.orders]]
name = "market"
from = "2036-12-24 06:00"
to = "2036-12-24 14:00"
rule = "market"
[rule.market]
category = "no_stopping"
"""

IN_NO_POLE = {
    *("argparse", "csv", "difflib", "email", "fractions", "http.client", "importlib.metadata", "json"),
    *("logging.handlers", "multiprocessing", "pymodbus.client", "pymodbus.datastore.simulator", "pymodbus.server"),
    *("pymodbus.simulator", "shutil", "statistics", "tempfile", "typing_extensions", "unittest", "zipfile"),
    *("agent.config.meant", "agent.config.messages", "agent.config.slips", "drivers.expected"),
    "msgspec.inspect",
    *("ast", "base64", "dis", "gettext", "ipaddress", "locale", "platform", "subprocess", "sysconfig", "tokenize"),
    *("agent.cli", "agent.plot", "agent.simulate", "cv2", "numpy"),
    *("_strptime", "calendar", "drivers.lorawan.network", "drivers.lorawan.sensor"),
}
WITHOUT_TLS = {"ssl", "_ssl", "_hashlib", "drivers.mqtt.tls", "drivers.mqtt.tls_socket", "drivers.mqtt.certificate"}
LIST = """
import sys
from pathlib import Path
from agent import lean_imports
lean_imports.leave_out()
from agent.configuration import load
load(Path(sys.argv[1]))
import agent.daemon
away = (type(None), lean_imports.Deferred)
print(*(name for name, module in sys.modules.items() if not isinstance(module, away)))
"""


def asked(source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A process of its own: this one has imported everything."""
    command = [sys.executable, "-c", source, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def loaded(config: Path) -> set[str]:
    done = asked(LIST, str(config))
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def running(folder: Path) -> Path:
    """A configuration whose pole has a folder of its own, and a broker that is not there."""
    own = f'socket = "{folder}/lamppost.sock"\n[store]\npath = "{folder}/lamppost.db"\n[uplink]\nport = {free_port()}'
    file = folder / "pole.toml"
    file.write_text(POLE.replace("[uplink]", own, 1))
    return file


def written(folder: Path, more: str = "") -> Path:
    file = folder / "pole.toml"
    file.write_text(POLE + more)
    return file


@pytest.mark.parametrize("more", ["", BAYS])
def test_a_pole_loads_none_of_what_it_does_not_need(tmp_path: Path, more: str) -> None:
    found = loaded(written(tmp_path, more))
    assert "paho.mqtt.client" in found
    assert found & (IN_NO_POLE | WITHOUT_TLS) == set()


def test_a_pole_with_tls_loads_openssl_and_nothing_else_besides(tmp_path: Path) -> None:
    found = loaded(written(tmp_path, "[uplink.tls]\n"))
    assert found & IN_NO_POLE <= {"base64", "ipaddress"}  # of ssl
    assert WITHOUT_TLS & found


def test_a_pole_without_tls_has_no_openssl_after_a_broker_that_is_away(tmp_path: Path) -> None:
    done = asked(
        "import os, signal, sys; from agent import start; from agent.lean_imports import Deferred\n"
        "start.lean_imports.leave_out()\n"
        "from agent.uplink.status import UplinkStatus\n"
        "def failed(self, because, pause_s):\n"
        "    print(because.name, isinstance(sys.modules['ssl'], Deferred), '_ssl' in sys.modules)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "UplinkStatus.on_failed = failed\n"
        "sys.exit(start.run(sys.argv[1]))\n",
        str(running(tmp_path)),
    )
    assert (done.returncode, done.stdout.split()) == (0, ["unreachable", "True", "False"]), done.stderr


def test_several_threads_load_what_was_put_off_once() -> None:
    done = asked(
        "import sys; from agent import lean_imports\n"
        "from concurrent.futures import ThreadPoolExecutor; from threading import Barrier\n"
        "sys.setswitchinterval(1e-6)\n"
        "for _ in range(50):\n"
        "    sys.modules.pop('ipaddress', None)\n"
        "    lean_imports._defer('ipaddress')\n"
        "    import ipaddress; together = Barrier(8)\n"
        "    def use():\n"
        "        together.wait()\n"
        "        return ipaddress.ip_address\n"
        "    with ThreadPoolExecutor(8) as pool:\n"
        "        assert len({each.result() for each in [pool.submit(use) for _ in range(8)]}) == 1\n",
    )
    assert done.returncode == 0, done.stderr


def test_a_process_that_has_asyncio_keeps_what_it_has() -> None:
    before = dict(sys.modules)
    lean_imports.leave_out()
    assert all(sys.modules[name] is module for name, module in before.items())


def test_what_paho_needs_for_a_proxy_is_loaded_when_it_is_used() -> None:
    done = asked(
        "import os, sys; from agent import lean_imports\n"
        "lean_imports.leave_out()\n"
        "import paho.mqtt.client as paho, urllib.request\n"
        "assert 'email' not in sys.modules\n"
        "os.environ['mqtt_proxy'] = 'http://there:1'\n"
        "assert urllib.request.getproxies()['mqtt'] == 'http://there:1'\n"
        "assert paho.urllib.request is sys.modules['urllib.request']\n",
    )
    assert done.returncode == 0, done.stderr


def test_what_was_put_off_is_loaded_once_by_whoever_uses_it() -> None:
    done = asked(
        "import sys; from agent import lean_imports\n"
        "lean_imports.leave_out()\n"
        "from agent.config import meant\n"
        "assert meant.Number is meant.Number is sys.modules['agent.config.meant'].Number\n"
        "assert meant.meant_number('9 600').text == '9600'\n"
        "import dis, inspect, platform, subprocess, traceback\n"
        "assert platform.system() == 'Linux' and platform.machine()\n"
        "assert inspect.signature(pow)\n"
        "assert dis.COMPILER_FLAG_NAMES == lean_imports.CODE_FLAGS\n"
        "assert dis.opname[9] and lean_imports.CODE_FLAGS.items() <= sys.modules['dis'].COMPILER_FLAG_NAMES.items()\n"
        "from datetime import UTC, datetime; assert datetime.strptime('2026', '%Y').year == 2026\n"
        "import msgspec; assert msgspec.json.decode('\"2026-01-02T03:04:05Z\"', type=datetime).tzinfo is UTC\n"
        "assert subprocess.run(['echo', 'ü'], capture_output=True, text=True, check=True).stdout == 'ü\\n'\n"
        "from zoneinfo import ZoneInfo; assert ZoneInfo('Europe/Paris')\n"
        "try: inspect.signature(3)\n"
        "except TypeError: assert 'signature' in traceback.format_exc()\n",
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "-c", "a.toml"], "a.toml"),
        (["run", "--config", "a.toml"], "a.toml"),
        (["run"], None),
        (["run", "-c", "-v"], None),
        (["-v", "run", "-c", "a.toml"], None),
        (["run", "-c", "a.toml", "-v"], None),
        (["check", "-c", "a.toml"], None),
    ],
)
def test_the_command_of_the_service_is_known(words: list[str], expected: str | None) -> None:
    assert start.file_of_service(words) == expected


def test_garbage_is_collected_once_the_daemon_has_started_and_not_before(tmp_path: Path) -> None:
    done = asked(
        "import gc, os, signal, sys; from pathlib import Path; from agent import daemon, start\n"
        "run = daemon.run\n"
        "def began(file):\n"
        "    print(gc.isenabled())\n"
        "    return run(file)\n"
        "def started():\n"
        "    print(gc.isenabled())\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "daemon.STARTED_S, daemon.run, daemon.release_pages = 0.1, began, started\n"
        "sys.exit(start.serve(sys.argv[1]))\n",
        str(running(tmp_path)),
    )
    assert (done.returncode, done.stdout.split()) == (0, ["False", "True"]), done.stderr


@pytest.mark.parametrize("words", [["run", "-c"], ["-v", "run", "-c"]])
def test_a_wrong_configuration_is_told_whichever_way_the_daemon_goes(tmp_path: Path, words: list[str]) -> None:
    file = written(tmp_path, "wrong = 1\n")
    command = [sys.executable, "-m", "agent", *words, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == start.BAD_CONFIG
    assert f"{file}:" in done.stderr
    assert "wrong" in done.stderr
