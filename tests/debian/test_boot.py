"""The package under a systemd that has booted: events reach a broker outside, an upgrade restarts the daemon once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import container
import pytest
from bare_debian import NEEDS_MUCH, BootedRoot, must, needs_kb, other_sample, repacked
from outside import POLE, Broker

UNTIL = "for each in $(seq 300); do {0} && exit 0; sleep 0.2; done; exit 1"


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
    must(root, "apt-get install -y -q=2 --no-install-recommends systemd systemd-sysv udev python3 procps")
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


def needs_more_than_it_says(tree: Path) -> None:
    needs_kb(-10240)(tree)
    (tree / "usr" / "lib" / "lamppost" / "large").write_bytes(bytes(32 << 20))


def test_a_disk_that_fills_up_while_unpacking_leaves_the_old_one_running(
    pole: BootedRoot, root: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    full = repacked(packages["lamppost"], "99.2", tmp_path, edit=needs_more_than_it_says)
    shutil.copy(full, root / "packages" / "full.deb")
    pole.must(
        "cp -a /usr/lib/lamppost /tmp/held && mount -t tmpfs -o size=$(($(du -sk /tmp/held | cut -f 1) + 4096))k"
        " small /usr/lib/lamppost && cp -a /tmp/held/. /usr/lib/lamppost"
    )
    ran = pole.apt("dpkg --install /packages/full.deb")
    assert ran.status and "No space left on device" in ran.err
    pole.must(UNTIL.format("systemctl --quiet is-active lamppost.service"))
    assert pole.must("lamppost --version && dpkg-query -W -f '${Status} ${Version}' lamppost").endswith(" 99.0")
    pole.must("systemctl stop lamppost; umount /usr/lib/lamppost && systemctl start lamppost")


def test_an_edited_configuration_and_another_sample_stop_nothing(
    pole: BootedRoot, root: Path, packages: dict[str, Path], tmp_path: Path
) -> None:
    before = invocation(pole)
    shutil.copy(repacked(packages["lamppost"], "99.3", tmp_path, edit=other_sample), root / "packages" / "sample.deb")
    assert "nobody is there to say which" in pole.apt("dpkg --install /packages/sample.deb </dev/null").err
    assert invocation(pole) == before


def test_a_removal_stops_it_and_a_purge_leaves_nothing(pole: BootedRoot) -> None:
    assert pole.apt("apt-get remove -y -q=2 lamppost").status == 0
    assert pole.run("systemctl is-active lamppost.service").out == "inactive\n"
    assert "lamppost.db" in pole.must("ls /var/lib/lamppost").split()
    assert pole.apt("apt-get purge -y -q=2 lamppost </dev/null").status == 0
    assert pole.must("find / -xdev -name '*lamppost*' ! -path '/packages/*' ! -path '/var/log/*'") == ""


def test_a_checkout_that_is_the_service_runs_on(pole: BootedRoot, packages: dict[str, Path]) -> None:
    pole.write("/opt/lamppost/.venv/bin/lamppost", "#!/bin/sh\nexec sleep infinity\n", 0o755)
    pole.write("/etc/systemd/system/lamppost.service", "[Service]\nExecStart=/opt/lamppost/.venv/bin/lamppost run\n")
    pole.must("systemctl daemon-reload && systemctl start lamppost.service")
    before = invocation(pole)
    assert "starts another lamppost" in pole.apt(f"dpkg --install /packages/{packages['lamppost'].name}").err
    assert invocation(pole) == before and pole.run("systemctl is-active lamppost.service").out == "active\n"
    assert pole.run("ls /usr/lib/lamppost").status
