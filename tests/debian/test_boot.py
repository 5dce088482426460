"""The package under a systemd that has booted: events reach a broker outside, an upgrade restarts the daemon once."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import container
import pytest
from bare_debian import NEEDS_MUCH, BootedRoot, must, repacked

POLE = """
[pole]
id = "p1"
site = "x"
latitude = 45.7
longitude = 4.8
clock = "rtc"
[uplink]
host = "127.0.0.1"
port = {port}
[sensor.u]
kind = "a02"
port = "/dev/ttyS9"
[bay.b]
sensor = "u"
"""

UNTIL = "for each in $(seq 300); do {0} && exit 0; sleep 0.2; done; exit 1"


class Broker:
    """mosquitto outside, and what a subscriber of it has heard."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (folder / "m.conf").write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._heard = folder / "heard"
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin") or "mosquitto"
        self._processes = [subprocess.Popen([program, "-c", str(folder / "m.conf")], stderr=subprocess.DEVNULL)]
        self._hear = ["mosquitto_sub", "-p", str(self.port), "-t", "lamppost/#", "-v"]
        for _ in range(100):
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.1)
        with self._heard.open("w") as out:
            self._processes.append(subprocess.Popen(self._hear, stdout=out))

    def hears(self, word: str, limit_s: float = 120.0) -> bool:
        until = time.monotonic() + limit_s
        while word not in self._heard.read_text():
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def close(self) -> None:
        for each in reversed(self._processes):
            each.terminate()
            each.wait(10)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if not shutil.which("mosquitto_sub"):
        pytest.skip("no mosquitto-clients")
    made = Broker(tmp_path_factory.mktemp("broker"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def pole(root: Path, packages: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[BootedRoot]:
    if why := container.why_not():
        pytest.skip(why)
    must(root, "apt-get install -y -q=2 --no-install-recommends systemd systemd-sysv udev python3 ucf procps")
    (root / "etc" / "hostname").write_text("pole\n")
    with BootedRoot(root, tmp_path_factory.mktemp("boot")) as booted:
        yield booted


def invocation(pole: BootedRoot) -> str:
    return pole.must("systemctl show -P InvocationID lamppost.service").strip()


def test_the_sample_tells_nobody_anything(pole: BootedRoot, packages: dict[str, Path]) -> None:
    ran = pole.apt(f"apt-get install -y -q=2 --no-install-recommends /packages/{packages['lamppost'].name}")
    assert ran.status == 0, ran
    assert "edit /etc/lamppost/lamppost.toml" in ran.out
    assert pole.run("systemctl is-active lamppost.service").out == "inactive\n"
    assert pole.must("systemctl is-enabled lamppost.service") == "enabled\n"


def test_an_edited_one_is_checked_started_and_heard_outside(pole: BootedRoot, broker: Broker) -> None:
    pole.must("cat >/etc/lamppost/lamppost.toml", POLE.format(port=broker.port))
    pole.must("lamppost check && systemctl start lamppost")
    assert pole.must("systemctl show -P ActiveState,SubState lamppost.service").split() == ["active", "running"]
    assert pole.must("ps -o user= -p $(systemctl show -P MainPID lamppost.service)").strip() == "lamppost"
    assert broker.hears("lamppost/x/p1/event/pole."), pole.run("journalctl -u lamppost.service -n 20").out


def test_an_upgrade_restarts_it_once(pole: BootedRoot, root: Path, packages: dict[str, Path], tmp_path: Path) -> None:
    new = repacked(packages["lamppost"], "99.0", tmp_path)
    shutil.copy(new, root / "packages" / "new.deb")
    before, seen = invocation(pole), pole.must("journalctl --show-cursor -n 0").rpartition("cursor: ")[2].strip()
    assert (ran := pole.apt("dpkg --install /packages/new.deb")).status == 0, ran
    pole.must(UNTIL.format("systemctl --quiet is-active lamppost.service"))
    said = pole.must(f"journalctl --after-cursor='{seen}' -u lamppost.service -o cat")
    assert said.count("Started lamppost.service") == 1, said
    assert invocation(pole) != before
    assert pole.must("cat /etc/lamppost/lamppost.toml").startswith("\n[pole]")


def test_a_package_that_is_cut_off_leaves_the_old_one_running(
    pole: BootedRoot, root: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    new = repacked(packages["lamppost"], "99.1", tmp_path)
    (root / "packages" / "cut.deb").write_bytes(new.read_bytes()[: new.stat().st_size // 2])
    assert pole.apt("dpkg --install /packages/cut.deb").status
    pole.must(UNTIL.format("systemctl --quiet is-active lamppost.service"))
    assert pole.must("dpkg-query -W -f '${Status} ${Version}' lamppost") == "install ok installed 99.0"


def test_no_room_stops_nothing(pole: BootedRoot, root: Path, packages: dict[str, Path], tmp_path: Path) -> None:
    before = invocation(pole)
    new = repacked(packages["lamppost"], "99.2", tmp_path, edit=NEEDS_MUCH)
    shutil.copy(new, root / "packages" / "large.deb")
    assert "MB are free" in pole.apt("dpkg --install /packages/large.deb").err
    assert invocation(pole) == before
    pole.must("ls /usr/lib/lamppost/lib/python3*/site-packages/agent/__pycache__/daemon.*.pyc")


def test_a_removal_stops_it_and_a_purge_leaves_nothing(pole: BootedRoot) -> None:
    assert pole.apt("apt-get remove -y -q=2 lamppost").status == 0
    assert pole.run("systemctl is-active lamppost.service").out == "inactive\n"
    assert "lamppost.db" in pole.must("ls /var/lib/lamppost").split()
    assert pole.apt("apt-get purge -y -q=2 lamppost </dev/null").status == 0
    assert pole.must("find / -xdev -name '*lamppost*' ! -path '/packages/*' ! -path '/var/log/*'") == ""
