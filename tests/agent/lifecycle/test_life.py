"""The life of a configuration: read anew, set from afar and confirmed or taken back, kept when it has run well."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pole_file
import pytest
from msgspec import structs

from agent.commands.actions import order_of
from agent.config.schema import Config
from agent.configuration.in_force import InForce, Problem
from agent.configuration.sources import Sources
from agent.configuration.wanted import Wanted
from agent.events.configuration import ConfigurationChanged
from agent.events.security import CommandRefused, SecurityData
from agent.isolation import Isolation
from agent.lifecycle.actions import GetConfiguration, SetConfiguration
from agent.lifecycle.afar import Refused
from agent.lifecycle.life import Life, Timings
from agent.lifecycle.pole import Reach
from agent.reload import NotApplied
from agent.trades.kerb.tables import KerbTables
from agent.uplink.commands import PoleCommand, command
from drivers.base import Outcome


class Pole:
    """What a life is of: it notes what it is told."""

    def __init__(self, config: Config, in_force: InForce) -> None:
        self.config, self.in_force, self.reached = config, in_force, {"": Reach(1, True)}
        self.applied: list[InForce] = []
        self.told: list[ConfigurationChanged] = []
        self.refusal: str | None = None
        self.not_kept: str | None = None
        self.lost: tuple[str, ...] = ()

    async def apply(self, config: Config, in_force: InForce, *, reconnect: bool = False) -> bool:
        if self.refusal is not None:
            raise NotApplied(self.refusal)
        if (config, in_force, reconnect) == (self.config, self.in_force, False):
            return False
        self.config, self.in_force = config, in_force
        self.applied.append(in_force)
        if reconnect:
            self.reached = {"": Reach(self.reached[""].sessions, False)}
        return True

    def find_wrong(self, problem: Problem) -> None:
        self.in_force = structs.replace(self.in_force, problem=problem)

    def find_not_kept(self, reason: str | None) -> None:
        self.not_kept = reason

    async def tell(self, said: ConfigurationChanged) -> None:
        self.told.append(said)

    def reach_broker(self) -> None:
        self.reached = {"": Reach(self.reached[""].sessions + 1, True)}

    @property
    def outcomes(self) -> list[str]:
        return [said.outcome for said in self.told]


class Made:
    """A life on a clock that the test moves."""

    def __init__(self, file: Path) -> None:
        self.file, self.sources, self.now_s = file, Sources(file, default_store="/nowhere/l.db"), 0.0
        self.looks = 0
        found = self.sources.start()
        self.pole = Pole(found.config, found.in_force)
        self.isolation = Isolation("p1")
        self.leds = file.parent / "leds"
        (self.leds / "ACT").mkdir(parents=True, exist_ok=True)
        (self.leds / "ACT" / "max_brightness").write_text("255\n")
        self.life = Life(
            self.pole,
            self.sources,
            found,
            self.isolation,
            timings=Timings(look_s=0.001),
            led_root=self.leds,
            now_s=self._clock,
        )

    def _clock(self) -> float:
        """What is asked once or twice in each look, and in none before the one before has ended."""
        self.looks += 1
        return self.now_s

    def edit(self, old: str, new: str) -> None:
        pole_file.edit(self.file, old, new)

    def led(self, name: str) -> str:
        return (self.leds / "ACT" / name).read_text().strip()

    async def passes(self, seconds: float) -> None:
        """Time, and what is looked at then."""
        self.now_s += seconds
        enough = self.looks + 6
        while self.looks < enough:
            await asyncio.sleep(0.001)

    @property
    def state(self) -> Path:
        return self.file.parent / "state" / "configuration"


def lives(folder: Path, use: Callable[[Made], Awaitable[None]], file: Path | None = None) -> None:
    async def main() -> None:
        made = Made(file or pole_file.write(folder))
        running = asyncio.create_task(made.life.run())
        await made.passes(0)
        try:
            await use(made)
        finally:
            assert not running.done(), running
            running.cancel()
            await asyncio.wait({running})

    asyncio.run(main())


LATITUDE = ("latitude = 45.7", "latitude = 46.5")
TYPO = ("longitude = 4.8", "longitude = 4,8")


def patch(**pole: Any) -> Wanted:
    return Wanted(patch={"pole": pole})


def test_a_reload_applies_what_the_file_says_now(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.edit(*LATITUDE)
        await made.life.reload()
        assert made.pole.config.pole.latitude == 46.5
        assert made.pole.outcomes == ["applied"] and made.life.in_force.source == "file"

    lives(tmp_path, use)


def test_a_reload_of_the_same_file_tells_nobody_and_leaves_the_clock_of_what_runs(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.passes(300)
        await made.life.reload()
        await made.passes(300)
        assert made.pole.told == [] and made.pole.applied == []
        assert json.loads((made.state / "last-good.json").read_bytes())["healthy"] is True
        made.edit("[pole]", "# a remark\n[pole]")
        await made.life.reload()
        assert made.pole.outcomes == ["applied"]

    lives(tmp_path, use)


def test_promise_a_reload_of_a_wrong_file_is_told_with_its_line_and_the_old_one_goes_on(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        before = made.pole.config
        made.edit(*TYPO)
        await made.life.reload()
        (said,) = made.pole.told
        assert (said.outcome, said.file, said.line, said.source) == ("refused", str(made.file), 6, "file")
        assert said.text is not None and "decimals take a point" in said.text
        assert made.pole.config.pole == before.pole and made.life.in_force.problem is not None
        made.edit(TYPO[1], TYPO[0])
        await made.life.reload()
        assert made.life.in_force.problem is None and made.pole.config == before

    lives(tmp_path, use)


def test_promise_privacy_a_wrong_file_that_ends_the_authorisation_ends_it_at_the_reload(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.edit('mode = "alert"', 'mode = "statistics"')
        made.edit(*TYPO)
        await made.life.reload()
        assert made.pole.config.of(KerbTables).kerb.mode == "statistics"
        assert made.pole.outcomes == ["refused"]

    lives(tmp_path, use)


def test_what_takes_a_restart_is_refused_and_says_what(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.pole.refusal = "[pole] id: takes a change of the file on the pole, and a restart of lamppost"
        made.edit('id = "p1"', 'id = "p2"')
        await made.life.reload()
        assert made.pole.told[0].outcome == "refused" and made.pole.told[0].text == made.pole.refusal

    lives(tmp_path, use)


def test_a_configuration_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.file.write_text("# " + "x" * 10_000_000)
        await made.life.reload()
        assert made.pole.outcomes == ["refused"] and "1 MiB" in (made.pole.told[0].text or "")
        with pytest.raises(Refused, match="1 MiB"):
            await made.life.set(patch(latitude=46.5), "c1")

    lives(tmp_path, use)


def test_promise_one_that_has_run_well_for_ten_minutes_runs_when_the_file_is_wrong(tmp_path: Path) -> None:
    async def first(made: Made) -> None:
        await made.passes(300)
        made.edit(*LATITUDE)
        await made.life.reload()
        await made.passes(599)
        made.edit("latitude = 46.5", "latitude = 47.5")
        await made.life.reload()
        await made.passes(1)
        assert json.loads((made.state / "last-good.json").read_bytes())["healthy"] is False
        await made.passes(600)
        assert json.loads((made.state / "last-good.json").read_bytes())["healthy"] is True
        made.edit(*TYPO)

    async def then(made: Made) -> None:
        assert made.pole.config.pole.latitude == 47.5
        (said,) = made.pole.told
        assert (said.outcome, said.source, said.line) == ("last_good", "last_good", 6)

    lives(tmp_path, first)
    lives(tmp_path, then, tmp_path / "lamppost.toml")


def test_promise_a_wrong_reload_does_not_stop_the_clock_of_what_runs(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.edit(*LATITUDE)
        await made.life.reload()
        await made.passes(300)
        made.edit(*TYPO)
        await made.life.reload()
        await made.passes(299)
        assert json.loads((made.state / "last-good.json").read_bytes())["healthy"] is False
        await made.passes(1)
        kept = json.loads((made.state / "last-good.json").read_bytes())
        assert kept["healthy"] is True and kept["config"]["pole"]["latitude"] == 46.5

    lives(tmp_path, use)


def test_one_in_which_a_part_failed_has_not_run_well(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        await made.passes(500)
        made.isolation.part("bay/b1").ask(fail)
        await made.passes(150)
        assert json.loads((made.state / "last-good.json").read_bytes())["healthy"] is False

    lives(tmp_path, use)


def test_what_is_set_from_afar_is_applied_and_confirmed_when_the_broker_is_reached_by_it(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        answer = await made.life.set(patch(latitude=46.5), "c1")
        assert (answer["source"], answer["confirm_within_s"], made.pole.config.pole.latitude) == ("remote", 300, 46.5)
        await made.passes(299)
        assert made.pole.outcomes == ["applied"]
        made.pole.reach_broker()
        await made.passes(0)
        assert made.pole.outcomes == ["applied", "confirmed"]
        await made.passes(1000)
        assert made.pole.config.pole.latitude == 46.5
        assert Sources(made.file).start().config.pole.latitude == 46.5

    lives(tmp_path, use)


def test_promise_what_is_set_from_afar_is_taken_back_when_the_broker_is_not_reached(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        before = made.pole.config
        await made.life.set(patch(latitude=46.5), "c1")
        await made.passes(300)
        assert made.pole.outcomes == ["applied", "rolled_back"] and made.pole.config == before
        assert made.pole.told[-1].source == "file" and "within 300 s" in (made.pole.told[-1].text or "")
        assert not (made.state / "remote.json").exists()
        made.pole.reach_broker()
        assert (await made.life.set(patch(latitude=47.5), "c2"))["source"] == "remote"

    lives(tmp_path, use)


@pytest.mark.parametrize("disk_refuses", [False, True])
def test_promise_what_was_not_confirmed_does_not_come_back_with_a_repaired_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk_refuses: bool
) -> None:
    async def first(made: Made) -> None:
        await made.life.set(patch(latitude=46.5), "c1")
        made.edit(*TYPO)

    async def then(made: Made) -> None:
        assert made.pole.outcomes == ["rolled_back", "last_good"]
        made.edit(TYPO[1], TYPO[0])
        await made.life.reload()
        assert made.pole.config.pole.latitude == 45.7 and made.life.in_force.source == "file"
        assert made.life.shown()["pole"]["latitude"] == 45.7

    def refuse(*_: Any) -> None:
        raise OSError("read-only file system")

    lives(tmp_path, first)
    if disk_refuses:
        monkeypatch.setattr(Sources, "keep", refuse)
    lives(tmp_path, then, tmp_path / "lamppost.toml")


def test_what_is_taken_back_is_logged_with_what_runs_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def use(made: Made) -> None:
        await made.life.set(patch(latitude=46.5), "c1")
        await made.passes(300)
        assert made.pole.told[-1].file is None

    lives(tmp_path, use)
    assert "within 300 s, and what ran before runs again" in caplog.messages[-1]


def test_what_a_kill_has_taken_back_is_told_in_words(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def first(made: Made) -> None:
        await made.life.set(patch(latitude=46.5), "c1")

    async def then(made: Made) -> None:
        (said,) = made.pole.told
        assert said.outcome == "rolled_back" and said.text in caplog.messages
        assert said.text is not None and "was not confirmed before the daemon ended, and what ran before" in said.text

    lives(tmp_path, first)
    lives(tmp_path, then, tmp_path / "lamppost.toml")


def test_promise_a_wrong_file_is_repaired_from_afar_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def use(made: Made) -> None:
        made.edit(*TYPO)
        await made.life.reload()
        with pytest.raises(Refused, match=f"own file is wrong.*\n{made.file}:6:"):
            await made.life.set(patch(latitude=46.5), "c1")
        answer = await made.life.set(patch(longitude=4.8), "c2")
        (told,) = answer["repaired"]
        assert told.startswith(f"{made.file}:6:") and any(told in message for message in caplog.messages)
        assert made.life.in_force.problem is None and made.life.shown()["pole"]["longitude"] == 4.8
        made.pole.reach_broker()
        await made.passes(0)
        assert made.pole.outcomes == ["refused", "applied", "confirmed"]

    lives(tmp_path, use)


def test_promise_privacy_what_is_taken_back_to_a_wrong_file_revives_no_authorisation(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.edit('mode = "alert"', "mode = alerts")
        await made.life.reload()
        assert made.pole.config.of(KerbTables).kerb.mode == "statistics"
        await made.life.set(Wanted(patch={"kerb": {"mode": "alert"}}), "c1")
        assert made.pole.config.of(KerbTables).kerb.mode == "alert"
        await made.passes(300)
        assert made.pole.outcomes[-1] == "rolled_back" and made.life.in_force.problem is not None
        assert made.pole.config.of(KerbTables).kerb.mode == "statistics"

    lives(tmp_path, use)


END_ALERT = Wanted(patch={"kerb": {"mode": "statistics"}})
END_EARLIER = Wanted(patch={"kerb": {"authorisation": {"valid_until": "2998-12-31"}}})


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("wanted", [END_ALERT, END_EARLIER])
def test_promise_privacy_an_authorisation_that_was_withdrawn_from_afar_is_not_revived_by_a_roll_back(
    tmp_path: Path, wanted: Wanted, restarts: bool
) -> None:
    """The network may be gone right after the order: what it has withdrawn is withdrawn, all else is taken back."""
    both = Wanted(patch={**(wanted.patch or {}), "pole": {"latitude": 46.5}})

    def judge(made: Made) -> None:
        kerb = made.pole.config.of(KerbTables).kerb
        assert kerb.mode == "statistics" or str(kerb.authorisation and kerb.authorisation.valid_until) == "2998-12-31"
        assert "rolled_back" in made.pole.outcomes and made.pole.config.pole.latitude == 45.7

    async def use(made: Made) -> None:
        await made.life.set(both, "c1")
        if not restarts:
            await made.passes(300)
            judge(made)

    async def then(made: Made) -> None:
        if restarts:
            judge(made)
        await made.life.set(Wanted(forget=True), "c2")
        assert str(made.pole.config.of(KerbTables).kerb.authorisation.valid_until) == "2999-12-31"  # type: ignore[union-attr]

    lives(tmp_path, use)
    lives(tmp_path, then, tmp_path / "lamppost.toml")


def test_promise_privacy_one_that_was_withdrawn_from_afar_is_not_revived_by_the_last_good_one(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.passes(700)  # alert mode has run well
        await made.life.set(END_ALERT, "c1")
        made.pole.reach_broker()
        await made.passes(1)
        assert made.pole.outcomes[-1] == "confirmed"
        made.edit(*TYPO)

    async def then(made: Made) -> None:
        assert made.life.in_force.source == "last_good"
        assert made.pole.config.of(KerbTables).kerb.mode == "statistics"

    lives(tmp_path, use)
    lives(tmp_path, then, tmp_path / "lamppost.toml")


def test_promise_privacy_nor_by_a_file_that_runs_alone_since_the_rest_of_the_order_does_not_fit_it(
    tmp_path: Path,
) -> None:
    async def use(made: Made) -> None:
        meter = {"line": "l", "unit": 2, "profile": "own"}
        await made.life.set(Wanted(patch={"kerb": {"mode": "statistics"}, "meter": {"m2": meter}}), "c1")
        made.pole.reach_broker()
        await made.passes(1)
        line = '[line.l]\nkind = "tcp"\nhost = "127.0.0.1"\n'
        made.edit(line + '[meter.m]\nline = "l"\nunit = 1\nprofile = "own"\n', "")
        await made.life.reload()
        assert made.pole.in_force.problem is not None
        assert made.pole.config.of(KerbTables).kerb.mode == "statistics"

    lives(tmp_path, use)


def test_what_is_not_watched_any_more_stands_in_the_outcome(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.pole.lost = ("[bay.b1]: nobody watches the stay b1.5.7 any more",)
        assert (await made.life.set(Wanted(patch={"bay": None}), "c1"))["lost"] == made.pole.lost

    lives(tmp_path, use)


def test_two_at_once_the_second_is_refused_until_the_first_is_confirmed(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        both = await asyncio.gather(
            made.life.set(patch(latitude=46.5), "c1"), made.life.set(patch(latitude=47.5), "c2"), return_exceptions=True
        )
        assert isinstance(both[0], dict) and isinstance(both[1], Refused)
        with pytest.raises(Refused, match="confirmation"):
            await made.life.set(patch(latitude=48.5), "c3")
        assert made.pole.config.pole.latitude == 46.5

    lives(tmp_path, use)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (patch(latitude=460), "latitude"),
        (patch(id=None), "[pole] id: is missing"),
        (Wanted(patch={"line": None}), "there is no [line.l]"),
        (Wanted(patch={"nonsense": {"a": 1}}), "unknown table"),
        (Wanted(file="[pole"), "is not TOML"),
        (Wanted(file=""), "the table is missing"),
        (Wanted(), "expected one of patch, file"),
        (Wanted(file="# " + "x" * 2_000_000), "characters"),
    ],
)
def test_what_is_wrong_from_afar_changes_nothing(tmp_path: Path, wanted: Wanted, said: str) -> None:
    async def use(made: Made) -> None:
        before = made.pole.config
        with pytest.raises(Refused) as refused:
            await made.life.set(wanted, "c1")
        assert said in str(refused.value)
        assert made.pole.applied == [] and made.pole.config is before and not (made.state / "remote.json").exists()

    lives(tmp_path, use)


def test_what_cannot_be_applied_is_not_kept(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        made.pole.refusal = "[store] path: takes a change of the file on the pole, and a restart of lamppost"
        with pytest.raises(Refused, match="restart"):
            await made.life.set(Wanted(patch={"store": {"path": "/tmp/x.db"}}), "c1")
        assert not (made.state / "remote.json").exists()

    lives(tmp_path, use)


def test_a_state_folder_that_cannot_be_written_refuses_what_comes_from_afar_and_lets_the_pole_go_on(
    tmp_path: Path,
) -> None:
    async def use(made: Made) -> None:
        words = f"{tmp_path}/state stands in the way; type mv {tmp_path}/state {tmp_path}/state.aside"
        assert made.pole.not_kept is not None and words in made.pole.not_kept
        with pytest.raises(Refused, match=words):
            await made.life.set(patch(latitude=46.5), "c1")
        made.edit(*LATITUDE)
        await made.life.reload()
        assert made.pole.config.pole.latitude == 46.5 and made.pole.outcomes == ["applied"]
        await made.passes(700)
        (tmp_path / "state").unlink()
        await made.life.set(patch(latitude=47.5), "c1")
        assert made.pole.not_kept is None

    file = pole_file.write(tmp_path)
    (tmp_path / "state").write_text("a file where a folder should be")
    lives(tmp_path, use, file)


def test_a_key_edited_by_hand_later_wins_is_told_once_and_does_not_come_back(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.life.set(patch(latitude=46.5, longitude=5.5), "c1")
        made.pole.reach_broker()
        await made.passes(0)
        made.edit("latitude = 45.7", "latitude = 47.5")
        await made.life.reload()
        pole = made.pole.config.pole
        assert (pole.latitude, pole.longitude) == (47.5, 5.5)
        assert made.pole.told[-1].superseded == ("pole/latitude",)
        made.edit("latitude = 47.5", "latitude = 45.7")
        await made.life.reload()
        assert made.pole.config.pole.latitude == 45.7 and made.pole.told[-1].superseded == ()

    lives(tmp_path, use)


def test_a_key_edited_by_hand_to_the_same_value_is_no_news_and_does_not_come_back(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.life.set(patch(latitude=46.5), "c1")
        made.pole.reach_broker()
        await made.passes(0)
        made.edit("latitude = 45.7", "latitude = 46.5")
        await made.life.reload()
        assert made.pole.told[-1].superseded == () and made.pole.config.pole.latitude == 46.5
        made.edit("latitude = 46.5", "latitude = 45.7")
        await made.life.reload()
        assert made.pole.config.pole.latitude == 45.7

    lives(tmp_path, use)


def test_what_is_in_force_is_shown_without_passwords_of_addresses(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.life.set(Wanted(patch={"camera": {"cam": {"source": "rtsp://me:secret@cam/live"}}}), "c1")
        shown = made.life.shown()
        assert shown["camera"]["cam"]["source"] == "rtsp://(hidden)@cam/live"
        assert shown["kerb"]["authorisation"]["valid_until"] == "2999-12-31"
        assert "secret" not in json.dumps(shown)
        made.file.write_text("[pole")
        assert "secret" not in json.dumps(made.life.shown())
        assert made.life.shown()["pole"]["status_period"] == "5min"

    lives(tmp_path, use)


def test_promise_the_led_burns_when_all_is_well_and_blinks_while_the_file_is_wrong(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        assert (made.led("trigger"), made.led("brightness")) == ("none", "255")
        made.edit(*TYPO)
        await made.life.reload()
        assert (made.led("trigger"), made.led("delay_on"), made.led("delay_off")) == ("timer", "500", "500")
        made.edit(TYPO[1], TYPO[0])
        await made.life.reload()
        assert made.led("trigger") == "none"

    lives(tmp_path, use, pole_file.edit(pole_file.write(tmp_path), 'site = "town"', 'site = "town"\nled = "ACT"'))


def test_a_led_that_is_not_there_is_a_line_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def use(made: Made) -> None:
        await made.life.reload()

    lives(tmp_path, use, pole_file.edit(pole_file.write(tmp_path), 'site = "town"', 'site = "town"\nled = "none-such"'))
    assert any("none-such" in record.getMessage() for record in caplog.records)


PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text()
EXAMPLES = re.findall(r'^(\{"id": "p-.+"configuration\..+\})$', PAGE, re.MULTILINE)


def test_each_example_of_the_page_is_carried_out(tmp_path: Path) -> None:
    outcomes: list[Outcome] = []

    async def use(made: Made) -> None:
        actions = {action.name: action for action in (SetConfiguration(made.life), GetConfiguration(made.life))}
        store = '[store]\\npath = \\"STATE/l.db\\"\\n'.replace("STATE", str(made.state.parent))
        for example in EXAMPLES:
            heard = command(example.replace("[uplink]", f"{store}[uplink]").encode())
            assert isinstance(heard, PoleCommand)
            action = actions[heard.action]
            outcomes.append(await action.carry_out(order_of(action, heard, "")))
            made.pole.reach_broker()
            await made.passes(0)

    lives(tmp_path, use)
    patch, file, forget, got = outcomes
    assert [each.status for each in outcomes] == ["done"] * 4
    assert patch.data is not None and patch.data["source"] == "remote" and patch.data["lost"] == ()
    assert file.data is not None and file.data["source"] == "remote" and file.data["sha256"] != patch.data["sha256"]
    assert forget.data is not None and forget.data["source"] == "file"
    assert got.data is not None and got.data["configuration"]["pole"]["id"] == "p1"
    for key in got.data.keys() | patch.data.keys():
        assert f"`{key}`" in PAGE


ANCHOR = {"patch": {"uplink": {"host": "127.0.0.2"}}}
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_promise_security_an_order_without_a_signature_changes_nobody_whom_the_pole_trusts(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        before, noted = made.pole.config, list[SecurityData]()
        action = SetConfiguration(made.life, noted.append)
        said = await action.carry_out(order_of(action, set_by(ANCHOR), ""))
        assert said.status == "refused" and said.reason is not None
        assert said.reason.startswith("[uplink] host: whom the pole trusts") and "command_key" in said.reason
        assert noted == [CommandRefused(reason="unsigned", command_id="c1")]
        assert made.pole.config == before and made.pole.told == []
        assert not (made.state / "remote.json").exists()

    lives(tmp_path, use)


def test_one_that_had_to_be_signed_may_change_it(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        action = SetConfiguration(made.life)
        said = await action.carry_out(order_of(action, set_by(ANCHOR), ""))
        assert said.status == "done" and made.pole.config.uplink[""].host == "127.0.0.2"

    file = pole_file.write(tmp_path)
    pole_file.edit(file, "[uplink]", f'[uplink]\ncommand_key = "{KEY}"')
    lives(tmp_path, use, file)


def test_to_forget_what_came_from_afar_needs_no_signature(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        await made.life.set(Wanted(**ANCHOR), "c1", is_signed=True)
        made.pole.reach_broker()
        await made.passes(1)
        await made.life.set(Wanted(forget=True), "c2")
        assert made.pole.config.uplink[""].host == "127.0.0.1"

    lives(tmp_path, use)


def set_by(data: dict[str, Any]) -> PoleCommand:
    heard = command(json.dumps({"id": "c1", "action": "configuration.set", "data": data}).encode())
    assert isinstance(heard, PoleCommand)
    return heard


@pytest.mark.parametrize("wanted", [Wanted(patch={}), Wanted(forget=True)], ids=["empty patch", "forget"])
def test_what_changes_nothing_is_no_change_and_waits_for_nobody(tmp_path: Path, wanted: Wanted) -> None:
    async def use(made: Made) -> None:
        answer = await made.life.set(wanted, "c1")
        assert (answer["waits_for_confirmation"], answer["confirm_within_s"]) == (False, None)
        assert (made.pole.applied, made.pole.outcomes, made.pole.reached) == ([], [], {"": Reach(1, True)})
        await made.passes(400)
        assert made.pole.outcomes == [], "nothing is taken back"
        assert (await made.life.set(Wanted(patch={"pole": {"latitude": 46.5}}), "c2"))["waits_for_confirmation"]

    lives(tmp_path, use)


def test_what_was_confirmed_and_comes_again_waits_for_nobody(tmp_path: Path) -> None:
    async def use(made: Made) -> None:
        for n, waits in enumerate((True, False)):
            answer = await made.life.set(Wanted(patch={"pole": {"latitude": 46.5}}), f"c{n}")
            assert answer["waits_for_confirmation"] is waits
            made.pole.reach_broker()
            await made.passes(2)
        assert made.pole.outcomes == ["applied", "confirmed"]
        assert made.sources.start().config.pole.latitude == 46.5

    lives(tmp_path, use)
