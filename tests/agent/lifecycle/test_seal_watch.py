"""It is noticed when configuration, certificates or lamppost itself are others than at the last look."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from built_pole import MovedClock
from patience import PATIENCE_S

from agent.configuration import Config, load
from agent.lifecycle.seal_watch import SealWatch
from agent.security import SecurityLog
from agent.security.seals import KEY, Seals
from agent.store import Store, StoreError

POLE = """
[pole]
id = "p1"
site = "town"
latitude = 48.85
longitude = 2.35
profiles_dir = "{folder}/profiles"
[uplink]
host = "127.0.0.1"
username = "p1"
password_file = "{folder}/password"
[uplink.tls]
ca_file = "{folder}/ca.pem"
[parking]
rules_file = "rules.toml"
[line.l]
kind = "tcp"
host = "127.0.0.1"
[meter.m]
line = "l"
unit = 1
profile = "own"
"""
OWN = 'description = "a meter"\n[register.active_power_w]\nfunction = 4\naddress = 1\ntype = "u16"\nunit = "W"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(OWN)
    (tmp_path / "password").touch(0o600)
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "ca.pem").write_text("an authority")
    (tmp_path / "rules.toml").write_text('[rule.short]\ncategory = "general"\nlimit = "10min"\n')
    (tmp_path / "lamppost.toml").write_text(POLE.format(folder=tmp_path))
    return tmp_path / "lamppost.toml"


def noticed(file: Path, change: Callable[[], object], *, reloads: bool = True) -> Mapping[str, Any]:
    """What one life notices of what was changed after another; by kind."""

    async def look() -> Mapping[str, Any]:
        async with Store(file.with_name("l.db"), max_bytes=1 << 24, boot="b1") as store:
            log = SecurityLog("p1", MovedClock(), store.commit)
            config = load(file)
            watch = SealWatch(lambda: config, file, store, log, software=lambda: "a" * 64)
            await watch.look(watch.all)
            change()
            await watch.look(watch.of_configuration if reloads else watch.of_certificates)
            return dict(log.status())

    return asyncio.run(look())


@pytest.mark.parametrize("name", ["lamppost.toml", "rules.toml", "profiles/own.toml"])
def test_a_file_that_was_edited_is_noticed_at_a_reload(file: Path, name: str) -> None:
    path = file.parent / name
    told = noticed(file, lambda: path.write_text(path.read_text() + "\n# edited\n"))
    assert list(told) == ["configuration_changed"]
    assert (told["configuration_changed"]["count"], told["configuration_changed"]["what"]["file"]) == (1, str(path))


def test_an_authority_that_was_replaced_is_noticed_without_one(file: Path) -> None:
    path = file.with_name("ca.pem")
    told = noticed(file, lambda: path.write_text("another"), reloads=False)
    assert told["certificate_changed"]["what"] == {"table": "uplink", "part": "ca_file", "file": str(path)}


def test_nothing_of_a_password_is_kept(file: Path) -> None:
    assert noticed(file, lambda: file.with_name("password").write_text("other")) == {}


def test_nothing_is_noticed_where_nothing_is_another(file: Path) -> None:
    assert noticed(file, lambda: None) == {}


def test_what_changed_between_two_lives_is_noticed_at_the_start(file: Path) -> None:
    noticed(file, lambda: None)
    file.with_name("ca.pem").write_text("another")
    assert list(noticed(file, lambda: None)) == ["certificate_changed"]


def test_it_looks_after_the_start_at_each_reload_and_now_and_then(file: Path) -> None:
    async def live() -> None:
        async with Store(file.with_name("l.db"), max_bytes=1 << 24, boot="b1") as store:
            log, config = SecurityLog("p1", MovedClock(), store.commit), load(file)
            watch = SealWatch(
                lambda: config, file, store, log, software=lambda: "a" * 64, after_start_s=0.0, look_s=0.001
            )
            running = asyncio.create_task(watch.run())
            async with asyncio.timeout(PATIENCE_S):
                while not await store.keys("security/"):
                    await asyncio.sleep(0.001)
                file.with_name("ca.pem").write_text("another")
                while "certificate_changed" not in log.tallies:
                    await asyncio.sleep(0.001)
                file.write_text(file.read_text() + "# edited")
                await asyncio.sleep(0.01)
                assert "configuration_changed" not in log.tallies, "nobody has had it read"
                watch.follow()
                while "configuration_changed" not in log.tallies:
                    await asyncio.sleep(0.001)
            running.cancel()
            await asyncio.wait({running})

    asyncio.run(live())


def test_lamppost_that_cannot_be_read_is_not_taken_for_another(file: Path) -> None:
    def unreadable() -> str:
        raise OSError("the card")

    async def look() -> Mapping[str, Any]:
        async with Store(file.with_name("l.db"), max_bytes=1 << 24, boot="b1") as store:
            log, config = SecurityLog("p1", MovedClock(), store.commit), load(file)
            for software in (lambda: "a" * 64, unreadable, lambda: "a" * 64):
                watch = SealWatch(lambda: config, file, store, log, software=software)
                await watch.look(watch.all)
            return log.status()

    assert asyncio.run(look()) == {}


def test_on_a_disk_that_refuses_nothing_is_noted_twice(file: Path) -> None:
    async def look() -> int:
        async with Store(file.with_name("l.db"), max_bytes=1 << 24, boot="b1") as store:
            refuses = False

            async def commit(*what: Any) -> None:
                if refuses:
                    raise StoreError(file, "the disk is full")
                await store.commit(*what)

            log, config = SecurityLog("p1", MovedClock(), commit), load(file)
            watch = SealWatch(lambda: config, file, store, log, software=lambda: "a" * 64)
            await watch.look(watch.all)
            file.with_name("ca.pem").write_text("another")
            refuses = True
            for _ in range(3):
                with pytest.raises(StoreError):
                    await watch.look(watch.of_certificates)
            refuses = False
            await watch.look(watch.of_certificates)
            kept = await store.load(KEY, Seals)
            assert kept is not None and kept.certificates == watch.of_certificates().certificates
            return log.tallies["certificate_changed"].count

    assert asyncio.run(look()) == 1


def test_the_last_good_configuration_that_names_no_file_makes_none_be_gone(file: Path) -> None:
    """It has the rules and register maps in itself: the files lie where they lay."""
    whole = file.read_text()
    bare = whole.replace('rules_file = "rules.toml"', "").replace("[parking]\n", "").partition("[line.l]")[0]

    async def live() -> Mapping[str, Any]:
        async with Store(file.with_name("l.db"), max_bytes=1 << 24, boot="b1") as store:
            log = SecurityLog("p1", MovedClock(), store.commit)
            for text, other in ((whole, None), (bare, None), (whole, None), (bare, "# edited\n")):
                in_force = loaded(file.with_name("other.toml"), text)
                if other is not None:
                    file.with_name("rules.toml").write_text(other)
                watch = SealWatch(lambda in_force=in_force: in_force, file, store, log, software=lambda: "a" * 64)
                await watch.look(watch.of_configuration)
            return dict(log.status())

    told = asyncio.run(live())["configuration_changed"]
    assert (told["count"], told["what"]["file"]) == (1, str(file.with_name("rules.toml")))


def test_a_file_that_is_gone_is_told_once(file: Path) -> None:
    told = noticed(file, file.with_name("rules.toml").unlink)
    assert (told["configuration_changed"]["count"], told["configuration_changed"]["what"]["sha256"]) == (1, None)


def loaded(file: Path, text: str) -> Config:
    file.write_text(text)
    return load(file)
