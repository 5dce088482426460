"""What a box lacks for a sound file: boxes made of a folder each, with their own proc, sys, etc and dev."""

import asyncio
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agent.cli.check import box
from agent.cli.check.box.mounts import mount_of
from agent.cli.check.box.surroundings import Box
from agent.cli.check.box.users import READ, WRITE, User
from agent.config.problems import Report
from agent.config.reader import read
from agent.configuration import FILE, ConfigError, Examined, examine
from agent.store import Store, StoreError

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
"""
SERIAL = '[sensor.ear]\nkind = "a02"\nport = "/dev/ttyX0"\n[bay.b1]\nsensor = "ear"\ncategory = "general"\n'
GPIO = SERIAL.replace("a02", "gpio").replace('port = "/dev/ttyX0"', 'chip = "/dev/gpiochip0"\noffset = 1')
CAMERA = (
    '[camera.cam]\nsource = "/dev/video0"\n[zone.z]\ncamera = "cam"\ncategory = "bus_lane"\n'
    "polygon = [[0, 0], [100, 0], [100, 100]]\n"
)
LACKS = "this device will be down, for Python lacks"
OTHER_UID, OTHER_GID = os.geteuid() + 1000, os.getegid() + 1000

Look = Callable[..., Examined]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A box with nothing in it but its root file system."""
    root = tmp_path / "root"
    for folder in ("proc/self", "etc", "dev", "sys/class/tty/console", "run/udev/data", "var/lib/lamppost"):
        (root / folder).mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text("22 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw\n")
    return root


@pytest.fixture
def look(root: Path, tmp_path: Path) -> Look:
    def say(text: str, installed: Callable[[str], bool] = lambda module: True) -> Examined:
        file = tmp_path / "c.toml"
        file.write_text(POLE + text)
        return examine(file, look_at_box=lambda table, report: box.look(table, report, Box(root, installed)))

    return say


def device(root: Path, name: str, mode: int = 0o660) -> Path:
    """A socket stands for a device file, which only root could make."""
    file = root / "dev" / name
    os.mknod(file, stat.S_IFSOCK | mode)
    file.chmod(mode)
    return file


def a_user(root: Path, name: str = "lamppost", group: str = "", gid: int = OTHER_GID) -> None:
    (root / "etc/passwd").write_text(f"root:x:0:0::/root:/bin/sh\n{name}:x:{OTHER_UID}:{OTHER_GID}::/:/bin/false\n")
    (root / "etc/group").write_text(f"root:x:0:\ndialout:x:{gid}:{group}\n")


def words(found: Examined) -> list[str]:
    return [line.split(": ", 1)[1] for line in found.box_warnings]


def test_a_box_that_lacks_nothing_is_silent(look: Look, root: Path) -> None:
    device(root, "ttyX0")
    assert look(SERIAL).box_warnings == ()


def test_a_file_is_looked_at_without_a_box(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(POLE + SERIAL)
    assert examine(file).box_warnings == ()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/var/lib/lamppost",
            "is a folder: the store would be in memory; expected a file in it: /var/lib/lamppost/lamppost.db",
        ),
        ("/data/x/lamppost.db", "there is no folder /data/x: the store would be in memory; make it"),
        ("/proc/self/mountinfo/x.db", "/proc/self/mountinfo is a file and no folder: the store would be in memory"),
        (
            "/dev/ttyX0",
            "/dev/ttyX0 is something else, which is left alone: the store would be in memory; expected a file of its",
        ),
        ("/var/lib/link.db", "/var/lib/link.db is a link, which is not followed: the store would be in memory"),
        ("~/lamppost.db", "expected the whole path, beginning with /"),
    ],
)
def test_a_store_that_cannot_be_opened_ends_the_check(look: Look, root: Path, path: str, said: str) -> None:
    device(root, "ttyX0")
    (root / "var/lib/link.db").symlink_to(root / "gone/x.db")
    with pytest.raises(ConfigError, match=r"c\.toml:10: \[store\] path: ") as error:
        look(f'[store]\npath = "{path}"\n')
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("key", "there", "said"),
    [
        ('led = "ACT"', "sys/class/leds/ACT", []),
        ('led = "ACT"', "sys/class/leds/PWR", ["[pole] led: there is no LED ACT on this box; see ls /sys/class/leds"]),
        ('socket = "/run/l.sock"', "run/udev", []),
        (
            'socket = "/run/l.sock"',
            "run/l.sock",
            [
                "[pole] socket: /run/l.sock is no socket and is left alone, and nobody can ask the daemon; "
                "expected a path of its own"
            ],
        ),
    ],
)
def test_the_led_and_the_socket_of_the_pole_are_looked_for(
    tmp_path: Path, root: Path, key: str, there: str, said: list[str]
) -> None:
    (root / there).mkdir(parents=True, exist_ok=True)
    file = tmp_path / "c.toml"
    file.write_text(POLE.replace('site = "town"', f'site = "town"\n{key}'))
    found = examine(file, look_at_box=lambda table, report: box.look(table, report, Box(root)))
    assert words(found) == said


@pytest.mark.parametrize(
    ("socket", "there", "mode", "said"),
    [
        ("/run/lamppost/l.sock", "run", 0o755, ""),
        ("/srv/open/deep/l.sock", "srv/open", 0o777, ""),
        ("/srv/own/deep/l.sock", "srv", 0o755, "there is no folder /srv/own/deep, user lamppost may not make it"),
        ("/srv/l.sock", "srv", 0o755, "user lamppost may not write in /srv"),
        ("/srv/l.sock", "srv", 0o777, ""),
        ("/etc/passwd/l.sock", "srv", 0o755, "/etc/passwd is a file and no folder"),
    ],
)
def test_a_socket_for_which_the_daemon_may_make_no_place_is_a_warning(
    tmp_path: Path, root: Path, socket: str, there: str, mode: int, said: str
) -> None:
    a_user(root)
    (root / there).mkdir(parents=True, exist_ok=True)
    (root / there).chmod(mode)
    file = tmp_path / "c.toml"
    file.write_text(POLE.replace('site = "town"', f'site = "town"\nsocket = "{socket}"'))
    told = words(examine(file, look_at_box=lambda table, report: box.look(table, report, Box(root))))
    hint = "; expected a path in /run/lamppost, which systemd makes for the daemon"
    expected = f"[pole] socket: {said}, and nobody can ask the daemon{hint}"
    assert [each for each in told if "socket" in each] == ([expected] if said else [])


def test_a_path_that_begins_at_no_root_is_a_warning(look: Look, root: Path) -> None:
    (root / str(Path.cwd()).lstrip("/")).mkdir(parents=True)
    (said,) = words(look('[store]\npath = "x.db"\n'))
    assert said.startswith("[store] path: x.db is counted from the folder in which the daemon starts")


def test_the_folder_that_systemd_makes_need_not_be_there(look: Look, root: Path) -> None:
    (root / "var/lib/lamppost").rmdir()
    assert look("").box_warnings == ()


def test_a_store_that_the_daemon_may_not_write_ends_the_check(look: Look, root: Path) -> None:
    (root / "data").mkdir(mode=0o755)
    text = '[store]\npath = "/data/lamppost.db"\n'
    assert look(text).box_warnings == ()
    a_user(root)
    with pytest.raises(ConfigError, match="user lamppost may not write in /data: the store would be in memory"):
        look(text)


STRANGE: dict[str, Callable[[Path], None]] = {
    "a link": lambda path: path.symlink_to("/var/lib/victim"),
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("file", ["", "-wal", "-shm", "-journal", ".lock", ".new", ".new-wal"])
def test_all_that_keeps_the_daemon_from_its_store_ends_the_check(
    look: Look, root: Path, file: str, make: Callable[[Path], None]
) -> None:
    path = root / "var/lib/lamppost/lamppost.db"
    make(Path(f"{path}{file}"))
    with pytest.raises(ConfigError, match=f"lamppost.db{file} is .*: the store would be in memory"):
        look("")
    assert asyncio.run(is_in_memory(path))


async def is_in_memory(path: Path) -> bool:
    """Whether a daemon that starts has its store in memory."""
    found = False
    with suppress(StoreError):  # it was in memory to the end
        async with Store(path, max_bytes=1 << 20, memory_bytes=1 << 20, boot="b1") as store:
            found = (await store.status()).memory_only is not None
    return found


@pytest.mark.parametrize("make", [STRANGE["a link"], STRANGE["a pipe"]])
@pytest.mark.parametrize(
    ("name", "without"),
    [("configuration", "no last good configuration is kept"), ("lamppost.db.mark", "is not noticed")],
)
def test_what_the_daemon_works_without_is_a_warning(
    look: Look, root: Path, name: str, without: str, make: Callable[[Path], None]
) -> None:
    make(root / "var/lib/lamppost" / name)
    (said,) = words(look(""))
    assert f"{name} is " in said and without in said and f"sudo mv /var/lib/lamppost/{name} " in said


@pytest.mark.parametrize(("mode", "shared"), [(0o777, True), (0o775, True), (0o1777, True), (0o755, False)])
def test_a_store_in_a_folder_that_others_may_write_is_a_warning(
    look: Look, root: Path, mode: int, shared: bool
) -> None:
    (root / "var/lib/lamppost").chmod(mode)
    told = words(look(""))
    assert len(told) == shared
    assert all("chmod go-w" in each and "no last good configuration is kept until then" in each for each in told)


def test_a_lock_that_the_daemon_may_not_open_ends_the_check(look: Look, root: Path) -> None:
    a_user(root)
    (root / "data").mkdir()
    (root / "data/l.db.lock").touch(0o600)
    for each in ("data", "data/l.db.lock"):
        os.chown(root / each, OTHER_UID if each == "data" else 0, OTHER_GID if each == "data" else 0)
    with pytest.raises(ConfigError, match="user lamppost may not write in /data"):
        look('[store]\npath = "/data/l.db"\n')


def test_errors_of_file_and_box_are_told_at_once(look: Look) -> None:
    with pytest.raises(ConfigError) as error:
        look('[store]\npath = "/var/lib/lamppost"\n[line.l]\nkind = "tcp"\nhost = "a:b:1"\n')
    assert [line.split(":")[1] for line in str(error.value).splitlines()] == ["10", "13"]


@pytest.mark.parametrize(
    ("mount", "said"),
    [
        (
            "30 22 0:25 / /var rw shared:2 - tmpfs tmpfs rw,size=1m",
            "does not survive a power cut, and what it holds is lost",
        ),
        ("30 22 0:25 / /var\\040x rw shared:2 - tmpfs tmpfs rw", ""),
        ("30 22 0:25 / / rw - overlay overlay rw,lowerdir=/l", "does not survive a power cut where the layer above /"),
        ("30 22 0:25 / /var ro - ext4 /dev/sda1 rw", "cannot be written: /var is read-only"),
        ("30 22 0:25 / /var/lib rw - tmpfs tmpfs rw\n31 30 8:1 / /var/lib/lamppost rw - ext4 /dev/sda1 rw", ""),
    ],
)
def test_a_store_that_a_power_cut_empties_is_a_warning(look: Look, root: Path, mount: str, said: str) -> None:
    """What is mounted there decides, whatever the path is called."""
    with (root / "proc/self/mountinfo").open("a") as file:
        file.write(mount + "\n")
    told = look("").box_warnings
    assert len(told) == bool(said)
    assert all(said in line for line in told)


def test_a_path_called_tmp_is_on_disk_where_nothing_is_mounted(look: Look, root: Path) -> None:
    (root / "tmp").mkdir()
    assert look('[store]\npath = "/tmp/lamppost.db"\n').box_warnings == ()


def test_of_two_mounts_on_one_folder_the_later_counts() -> None:
    line = "{0} 1 0:1 / /a rw - {1} x rw\n"
    found = mount_of("/a/b", line.format(1, "ext4") + line.format(2, "tmpfs"))
    assert found is not None and found.kind == "tmpfs"
    assert mount_of("/ab", line.format(1, "ext4")) is None


@pytest.mark.parametrize(
    ("text", "absent", "said"),
    [
        (
            GPIO,
            {"gpiod"},
            "[sensor.ear] chip: " + LACKS + " gpiod; install them: pip install 'lamppost[gpio]'",
        ),
        (
            CAMERA,
            {"cv2", "av"},
            "[camera.cam] source: " + LACKS + " cv2, av; install them: pip install 'lamppost[vision]'",
        ),
        (
            CAMERA,
            {"ai_edge_litert", "tflite_runtime"},
            "[camera.cam] source: " + LACKS + " ai_edge_litert",
        ),
        (CAMERA, {"ai_edge_litert"}, ""),
        (SERIAL, {"cv2", "gpiod"}, ""),
    ],
)
def test_packages_that_are_missing(look: Look, root: Path, text: str, absent: set[str], said: str) -> None:
    for name in ("ttyX0", "gpiochip0", "video0"):
        device(root, name)
    told = words(look(text, lambda module: module not in absent))
    assert len(told) == bool(said)
    assert all(line.startswith(said) for line in told)


def test_in_debians_package_they_are_another_package(look: Look, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device(root, "video0")
    monkeypatch.setattr(sys, "prefix", "/usr/lib/lamppost")
    (told,) = words(look(CAMERA, lambda module: module != "cv2" and module != "av"))
    assert told.endswith("install them: apt install lamppost-vision")


def test_a_device_file_that_is_not_there_or_is_none(look: Look, root: Path) -> None:
    assert words(look(SERIAL)) == [
        "[sensor.ear] port: there is no /dev/ttyX0 on this box; plug the adapter in; see ls /dev/serial/by-id"
    ]
    (root / "dev/ttyX0").touch()
    assert words(look(SERIAL))[0].startswith("[sensor.ear] port: /dev/ttyX0 is no device")


def test_a_device_file_that_the_daemon_may_not_use(look: Look, root: Path) -> None:
    file = device(root, "ttyX0")
    a_user(root, gid=file.stat().st_gid)
    said = words(look(SERIAL))
    if file.stat().st_gid != 0:
        assert said == [
            "[sensor.ear] port: lamppost may not use /dev/ttyX0; add it to the group: sudo adduser lamppost dialout"
        ]
    assert len(said) == 1
    a_user(root, group="lamppost", gid=file.stat().st_gid)
    assert words(look(SERIAL)) == []


def test_the_unit_of_the_daemon_says_its_user_and_groups(look: Look, root: Path) -> None:
    file = device(root, "ttyX0")
    a_user(root, name="pole", gid=file.stat().st_gid)
    unit = root / "etc/systemd/system/lamppost.service"
    (unit.parent / "lamppost.service.d").mkdir(parents=True)
    unit.write_text("[Service]\nUser=lamppost\n")
    (unit.parent / "lamppost.service.d/user.conf").write_text("[Service]\nUser=pole\n")
    assert words(look(SERIAL))[0].startswith("[sensor.ear] port: pole may not use")
    (unit.parent / "lamppost.service.d/groups.conf").write_text("[Service]\nSupplementaryGroups=dialout\n")
    assert words(look(SERIAL)) == []


def test_a_camera_is_opened_by_the_user_of_its_own_unit(look: Look, root: Path) -> None:
    file = device(root, "video0")
    a_user(root, name="watcher", gid=file.stat().st_gid)
    unit = root / "etc/systemd/system/lamppost-camera@.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nUser=watcher\n")
    assert words(look(CAMERA))[0].startswith("[camera.cam] source: watcher may not use")
    unit.write_text("[Service]\nUser=watcher\nSupplementaryGroups=dialout\n")
    assert words(look(CAMERA)) == []


@pytest.mark.parametrize(("owner", "told"), [(OTHER_UID + 1, True), (OTHER_UID, False), (0, False)])
def test_a_key_of_a_third_user_is_told(look: Look, root: Path, tmp_path: Path, owner: int, told: bool) -> None:
    (root / tmp_path.relative_to("/")).mkdir(parents=True)
    key, certificate = tmp_path / "pole.key", tmp_path / "pole.pem"
    for file in (key, certificate):
        for each in (file, root / file.relative_to("/")):
            each.write_text("")
            each.chmod(0o640)
            os.chown(each, owner if file == key else 0, OTHER_GID)
    a_user(root)
    said = words(look(f'[uplink.tls]\ncertificate_file = "{certificate}"\nkey_file = "{key}"\n'))
    assert any("belongs neither to user lamppost nor to root" in each for each in said) == told


def test_a_password_that_the_daemon_may_not_read(look: Look, root: Path, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    file.chmod(0o600)
    (root / tmp_path.relative_to("/")).mkdir(parents=True)
    inside = root / file.relative_to("/")
    inside.write_text("hunter2\n")
    inside.chmod(0o600)
    text = f'username = "u"\npassword_file = "{file}"\n'
    assert words(look(text)) == []
    a_user(root)
    (said,) = words(look(text))
    assert said.startswith(f"[uplink] password_file: user lamppost may not read {file}, so no connection is made")


@pytest.mark.parametrize(
    ("cmdline", "active", "link", "said"),
    [
        ("console=tty1 console=ttyX0,115200 root=x", "", "", True),
        ("console=serial0,115200", "", "serial0", True),
        ("", "tty0 ttyX0", "", True),
        ("console=ttyX01", "tty0", "", False),
        ("noconsole=ttyX0", "", "", False),
    ],
)
def test_a_console_on_the_port(look: Look, root: Path, cmdline: str, active: str, link: str, said: bool) -> None:
    device(root, "ttyX0")
    if link:
        (root / "dev" / link).symlink_to("ttyX0")
    (root / "proc/cmdline").write_text(cmdline + "\n")
    (root / "sys/class/tty/console/active").write_text(active + "\n")
    told = words(look(SERIAL))
    assert len(told) == said
    assert all("the console of the kernel is on /dev/ttyX0" in line and "serial-getty@ttyX0" in line for line in told)


@pytest.mark.parametrize(
    ("runs", "told_by_udev", "said"),
    [
        ("ModemManager", "E:ID_MM_CANDIDATE=1\n", True),
        ("ModemManager", "E:ID_MM_CANDIDATE=1\nE:ID_MM_DEVICE_IGNORE=1\n", False),
        ("ModemManager", "E:ID_BUS=usb\n", False),
        ("sshd", "E:ID_MM_CANDIDATE=1\n", False),
    ],
)
def test_a_modem_manager_on_the_port(look: Look, root: Path, runs: str, told_by_udev: str, said: bool) -> None:
    device(root, "ttyX0")
    (root / "proc/77").mkdir()
    (root / "proc/77/comm").write_text(runs + "\n")
    (root / "sys/class/tty/ttyX0").mkdir()
    (root / "sys/class/tty/ttyX0/dev").write_text("188:0\n")
    (root / "run/udev/data/c188:0").write_text(told_by_udev)
    told = words(look(SERIAL))
    assert len(told) == said
    assert all("ModemManager runs and asks /dev/ttyX0" in line for line in told)


def test_rights_are_those_of_the_closest_class(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.touch()
    found = file.stat()
    owner, member = User("o", found.st_uid, frozenset()), User("m", found.st_uid + 1, frozenset({found.st_gid}))
    file.chmod(0o066)
    if found.st_uid != 0:
        assert not owner.may(file, READ)
    file.chmod(0o606)
    assert not member._allowed(file, READ)
    file.chmod(0o060)
    assert member._allowed(file, READ | WRITE)


def test_the_box_is_asked_by_kind_of_table_and_not_by_name(root: Path) -> None:
    """Every table that names a device file says so by itself."""
    table = read({"line": {"l": {"kind": "serial", "port": "/dev/ttyX9"}}}, Report(Path("c"), {}), FILE, complete=False)
    report = Report(Path("c.toml"), {})
    box.look(table, report, Box(root, lambda module: True))
    assert [line.split(";")[0] for line in report.warnings] == [
        "c.toml: [line.l] port: there is no /dev/ttyX9 on this box"
    ]
