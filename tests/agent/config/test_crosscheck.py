"""What one table says of another: each contradiction once, at the line where the technician would mend it."""

import hashlib
import os
import pwd
import re
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec import structs

from agent.config.reader import tables
from agent.configuration import FILE, examine
from agent.regulation import RuleOptions
from agent.trades.kerb.options import ZoneOptions
from drivers import profile
from drivers.camera import models
from drivers.mqtt.plaintext import is_loopback
from drivers.options import Seconds

Errors = Callable[[str], list[str]]
Spoil = Callable[[str, str], list[str]]
Written = Callable[[str | bytes], Path]
Told = Callable[..., dict[str, list[str]]]

CASES = [
    block.split("\n")
    for block in Path(__file__).with_name("wrong_references.txt").read_text().strip().split("\n\n")
    if not block.startswith("#")
]


@pytest.mark.parametrize("case", CASES, ids=[" ".join(case[1:-1])[:40] for case in CASES])
def test_a_contradiction_is_told_once_with_its_line(spoil: Spoil, case: list[str]) -> None:
    said = [line for line in case[1:] if re.match(r"\d+: ", line)]
    assert said
    assert spoil(case[0], "\n".join(case[1 : -len(said)])) == said


def test_a_pole_in_the_sea(errors: Errors, sound: str) -> None:
    assert errors(sound.replace("4.8", "0")) == []
    (said,) = errors(sound.replace("45.7", "0.0").replace("4.8", "0"))
    assert said.startswith("4: [pole] latitude: latitude and longitude are both 0, a place in the sea; expected where")


def test_lamps_of_one_gateway_share_its_unit(errors: Errors, sound: str) -> None:
    gateway = '[lamp.{0}]\nline = "rs485"\nunit = 9\nprofile = "intesis-inmbsdal"\nchannel = 0\nshort_address = {1}\n'
    assert errors(sound + gateway.format("a", 0) + gateway.format("b", 1)) == []
    (said,) = errors(sound + gateway.format("a", 1) + gateway.format("b", 1))
    assert said == (
        "44: [lamp.b] unit: [lamp.a] on line 36 has unit 9, channel 0, short_address 1 on this line; "
        "expected another unit, or another lamp of the gateway"
    )


def test_the_same_unit_on_two_lines_is_two_devices(errors: Errors, sound: str) -> None:
    other = '[line.other]\nkind = "tcp"\nhost = "127.0.0.1"\n[lamp.other-1]\nline = "other"\nunit = 1\n'
    assert errors(sound + other + 'profile = "wb-mdm3"\nchannel = 0\n') == []


def test_a_reference_is_checked_even_where_another_key_of_its_table_is_wrong(errors: Errors, sound: str) -> None:
    text = sound.replace("unit = 1", "unit = 999").replace('line = "rs485"', 'line = "rs458"')
    assert [said.split(":")[0] for said in errors(text)] == ["12", "13"]


def test_a_table_with_an_error_still_exists_for_others(spoil: Spoil) -> None:
    assert len(spoil('port = "/dev/ttyX0"', "port = 5")) == 1


def test_ports_are_compared_behind_their_links(errors: Errors, sound: str, tmp_path: Path) -> None:
    (tmp_path / "ttyX").touch()
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyX")
    text = sound.replace("/dev/ttyX0", f"{tmp_path}/ttyX").replace("/dev/ttyX1", f"{tmp_path}/by-id")
    assert errors(text) == [
        "24: [sensor.ultra-1] port: [line.rs485] on line 10 is on the same port; expected one owner of each port"
    ]


def test_every_key_that_names_a_table_is_checked() -> None:
    """A key that is called like a kind of table names one of them, and so does `network` of a LoRaWAN device."""
    named_tables = (header.strip("[]").removesuffix(".NAME") for header, _ in tables(FILE) if header.endswith(".NAME]"))
    kinds = {name for name in named_tables if "." not in name}
    named = {
        (header, key, key) for header, kind in tables(FILE) for key in kind.__struct_encode_fields__ if key in kinds
    }
    said = {(header, key, target) for header, kind in tables(FILE) for key, target in kind.refers().items()}
    assert said >= named
    assert said - named == {(f"[{each}.NAME]", "network", "lorawan") for each in ("sensor", "lamp")}
    assert set(FILE.SUBJECTS) == kinds - {"program", "calendar", "rule"}


def test_every_duration_has_bounds() -> None:
    """The durations that a table inherits have bounds too."""
    bounds = {(header, key): ends for header, kind in tables(FILE) for key, ends in kind.bounds().items()}
    durations = {
        (header, field.name)
        for header, kind in tables(FILE)
        for field in structs.fields(kind)
        if "Seconds" in str(field.type)
    }
    assert durations == set(bounds)
    assert all(Seconds.parse(low) < Seconds.parse(high) for low, high in bounds.values())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST", "[::1]"])
def test_a_broker_on_this_box_needs_no_tls(spoil: Spoil, host: str) -> None:
    assert spoil('host = "127.0.0.1"', f'host = "{host}"') == []


@pytest.mark.parametrize("host", ["localhost.example", "127.0.0.1.example", "0.0.0.0", "10.0.0.1", "::", "broker"])
def test_promise_events_never_cross_a_network_unencrypted(spoil: Spoil, host: str) -> None:
    assert not is_loopback(host)
    (said,) = spoil('host = "127.0.0.1"', f'host = "{host}"')
    assert said.startswith(f'7: [uplink] host: "{host}" is another host, and there is no [uplink.tls]; expected')
    assert spoil('host = "127.0.0.1"', f'host = "{host}"\n[uplink.tls]') == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "127.0.0.256"])
def test_promise_a_number_that_programs_take_for_this_box_is_no_host(spoil: Spoil, host: str) -> None:
    for tls in ("", "\n[uplink.tls]"):
        (said,) = spoil('host = "127.0.0.1"', f'host = "{host}"{tls}')
        assert said.startswith(f'7: [uplink] host: "{host}" is n')


def test_files_of_tls_that_are_not_there(spoil: Spoil, tmp_path: Path) -> None:
    keys = [f'{key} = "{tmp_path}/{key}"' for key in ("ca_file", "certificate_file", "key_file")]
    said = spoil('host = "127.0.0.1"', "\n".join(['host = "127.0.0.1"', "[uplink.tls]", *keys]))
    assert said == [
        f"{line}: [uplink.tls] {key}: there is no file {tmp_path}/{key}; expected the path of a file on this box"
        for line, key in ((9, "ca_file"), (10, "certificate_file"), (11, "key_file"))
    ]


@pytest.mark.parametrize("wide", ["file", "folder"])
def test_promise_security_an_authority_that_others_may_change_is_not_believed(
    spoil: Spoil, tmp_path: Path, wide: str
) -> None:
    """Whoever writes it says which broker is the right one."""
    folder = tmp_path / "certificates"
    folder.mkdir()
    file = folder / "ca.pem"
    file.write_text("x")
    named = file if wide == "file" else folder
    named.chmod(0o777)
    (said,) = spoil('host = "127.0.0.1"', f'host = "127.0.0.1"\n[uplink.tls]\nca_file = "{file}"')
    assert f"ca_file: {named} may be written by others" in said and f"chmod go-w {named}" in said


def test_a_directory_is_no_certificate(spoil: Spoil, tmp_path: Path) -> None:
    (said,) = spoil('host = "127.0.0.1"', f'host = "127.0.0.1"\n[uplink.tls]\nca_file = "{tmp_path}"')
    assert said == f"9: [uplink.tls] ca_file: {tmp_path} is not a file; expected the path of a file on this box"


@pytest.mark.parametrize(("mode", "right"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False)])
def test_a_password_is_for_the_daemon_alone(spoil: Spoil, tmp_path: Path, mode: int, right: bool) -> None:
    file = tmp_path / "password"
    file.touch(mode=mode)
    file.chmod(mode)
    said = spoil('host = "127.0.0.1"', f'host = "127.0.0.1"\nusername = "u"\npassword_file = "{file}"')
    wrong = f"9: [uplink] password_file: {file} may be used by others (mode {mode:04o}); "
    assert said == ([] if right else [wrong + f"expected a file of its owner alone: chmod 600 {file}"])


def test_a_credential_of_systemd_is_right_in_the_service_and_not_looked_for_outside_of_it(
    spoil: Spoil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(file: str) -> list[str]:
        return spoil('host = "127.0.0.1"', f'host = "127.0.0.1"\nusername = "u"\npassword_file = "{file}"')

    assert said("/run/credentials/lamppost.service/password") == []
    shown = tmp_path / "password"
    shown.touch(0o440)
    shown.chmod(0o440)
    assert len(said(str(shown))) == 1
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert said(str(shown)) == []


@pytest.mark.parametrize(
    ("keys", "noted"),
    [
        ("", []),
        ('protocol = "3.1.1"', ["event"]),
        ('protocol = "auto"', ["event"]),
        ('protocol = "3.1.1"\n[uplink.topics]\nevent = "a/{pole}/{type_underscored}"', []),
        ('protocol = "3.1.1"\n[uplink.topics]\nevent = "a/{pole}/{type_levels}"', []),
        ('[uplink.topics]\nstate = "v1.2/{site}/{pole}/state/{device}"', ["state"]),
    ],
)
def test_topics_with_dots_are_noted_for_rabbitmq(told: Told, sound: str, keys: str, noted: list[str]) -> None:
    """RabbitMQ speaks MQTT 3.1.1 there; the usual topics are noted where that is spoken."""
    found = told(sound.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\n{keys}'))
    said = [line for line in found["notes"] if "RabbitMQ" in line]
    assert [next(name for name in ("event", "state") if f"] {name}:" in line) for line in said] == noted


_LORAWAN = '[lorawan.town]\nhost = "127.0.0.1"\n'


@pytest.mark.parametrize(("table", "before"), [("uplink", ""), ("lorawan.town", _LORAWAN)])
def test_an_authority_that_stricter_programs_refuse_is_a_note_and_what_is_none_a_warning(
    told: Told, sound: str, tmp_path: Path, table: str, before: str
) -> None:
    """A file that is put right later is used at once."""
    order = ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    order += ["-nodes", "-subj", "/CN=town", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", "/dev/null"]
    authority, empty, large = (tmp_path / name for name in ("ca.pem", "empty.pem", "large.pem"))
    subprocess.run([*order, "-out", authority], check=True, capture_output=True)
    empty.touch()
    large.write_bytes(bytes(1_000_001))
    for kind, file, words in (
        (
            "notes",
            authority,
            "lacks keyUsage keyCertSign (RFC 5280): this pole accepts it, stricter programs refuse it",
        ),
        ("warnings", empty, "there is no certificate in it; expected the certificate of the authority in PEM form"),
        ("warnings", large, "has more than 1000000 bytes"),
    ):
        text = f'host = "127.0.0.1"\n{before}[{table}.tls]\nca_file = "{file}"'
        found = told(sound.replace('host = "127.0.0.1"', text))
        said = [line for line in found[kind] if "ca_file" in line]
        assert len(said) == 1 == sum("ca_file" in line for lines in found.values() for line in lines)
        assert f" [{table}.tls] ca_file: {file}" in said[0] and words in said[0]


@pytest.mark.parametrize(("mode", "right"), [(0o600, True), (0o640, True), (0o644, False)])
def test_a_private_key_is_not_for_everybody(spoil: Spoil, tmp_path: Path, mode: int, right: bool) -> None:
    files = {key: tmp_path / key for key in ("certificate_file", "key_file")}
    for file in files.values():
        file.touch()
        file.chmod(mode)
    keys = [f'{key} = "{file}"' for key, file in files.items()]
    said = spoil('host = "127.0.0.1"', "\n".join(['host = "127.0.0.1"', "[uplink.tls]", *keys]))
    assert [each.split(";")[0] for each in said] == (
        [] if right else [f"10: [uplink.tls] key_file: {files['key_file']} may be used by others (mode {mode:04o})"]
    )


def test_a_profile_that_does_not_exist(spoil: Spoil) -> None:
    (said,) = spoil('profile = "wb-mdm3"', 'profile = "wb-mdm"')
    known = ", ".join(f'"{name}"' for name in profile.names())
    assert said == (
        '14: [lamp.lamp-1] profile: there is no profile "wb-mdm", and no /etc/lamppost/profiles/wb-mdm.toml; '
        f'expected one of {known}; did you mean "wb-mdm3"?'
    )


@pytest.mark.parametrize(
    ("table", "lies_in", "right"),
    [
        ('kind = "modbus"\nline = "rs485"\nunit = 9\nprofile = "own"', "serial/own.toml", "own.toml"),
        ('kind = "uart"\nport = "/dev/ttyX"\nprofile = "own"', "own.toml", "serial/own.toml"),
        ('kind = "input"\nchip = "c"\noffset = 1\nprofile = "own"', "serial/own.toml", "gpio/own.toml"),
    ],
)
def test_a_profile_that_lies_in_the_folder_of_another_kind(
    errors: Errors, sound: str, tmp_path: Path, table: str, lies_in: str, right: str
) -> None:
    (tmp_path / "serial").mkdir()
    (tmp_path / lies_in).write_text('description = "d"\n')
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"')
    (said,) = errors(f"{text}\n[sensor.x]\n{table}\n")
    assert f", and no {tmp_path}/{right}; {tmp_path}/{lies_in} is looked at for another kind of sensor; exp" in said


def test_an_own_profile_is_found_and_its_mistakes_are_told(errors: Errors, sound: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("description = 1\n")
    (tmp_path / "meter.toml").write_text(
        'description = "a meter"\n[register.active_power_w]\nfunction = 4\naddress = 12\ntype = "f32"\nunit = "W"\n'
    )
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"').replace("channel = 0\n", "")
    assert errors(text.replace('"wb-mdm3"', '"own"'))[0].startswith(
        f"15: [lamp.lamp-1] profile: {tmp_path}/own.toml:1:"
    )
    assert errors(text.replace('"wb-mdm3"', '"meter"')) == [
        '15: [lamp.lamp-1] profile: "meter" is no lamp: it has no [lamp] table; expected a profile of a lamp'
    ]


def test_the_mistakes_of_a_profile_are_told_once_and_in_order_of_its_lines(
    errors: Errors, sound: str, tmp_path: Path
) -> None:
    registers = "".join(
        f'[register.r{n}]\nfunction = 3\naddress = {n}\ntype = "u16"\nunit = "1"\nscale = 0\n' for n in range(3)
    )
    (tmp_path / "own.toml").write_text(f'description = "a dimmer"\n{registers}[lamp]\nlevel = "none"\n')
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"').replace("channel = 0\n", "")
    text = text.replace('"wb-mdm3"', '"own"') + '[lamp.lamp-9]\nline = "rs485"\nunit = 9\nprofile = "own"\n'
    said = errors(text)
    assert all(f"15: [lamp.lamp-1] profile: {tmp_path}/own.toml:" in one for one in said)
    assert [int(one.split("own.toml:")[1].split(":")[0]) for one in said] == [7, 13, 19, 21]


def test_a_manifest_of_models_that_is_wrong_is_told(errors: Errors, sound: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.toml").write_text("[own]\n")
    (said,) = errors(sound.replace('id = "pole-1"', f'id = "pole-1"\nmodels_dir = "{tmp_path}"'))
    assert said.startswith(f"3: [pole] models_dir: {tmp_path}/manifest.toml:")


SMALL_MODEL = """[ssd-mobilenet-v2-oidv4]
file = "own.tflite"
sha256 = "{sha256}"
bytes = {bytes}
licence = "Apache-2.0"
decoder = "yolox"
labels = "own.txt"
vehicles = {{ car = "car" }}
crop_scale = 1.4
input = {{ letterbox = true, colour = "bgr", mean = 0.0, deviation = 1.0 }}

[zone_model]
name = "zone"
licence = "Apache-2.0"
taken = 0.7
taken_alone = 0.8
surely_free = 0.1
surely_taken = 0.9
files = [{{ file = "zone.tflite", sha256 = "{sha256}", bytes = {bytes} }}]
"""

ALERT = """mode = "alert"
[kerb.authorisation]
legal_basis = "a text"
reference = "a decision"
dpia_reference = "an assessment"
controller = "the town"
valid_until = 2030-06-30
"""


def test_promise_privacy_alert_mode_needs_an_authorisation(spoil: Spoil) -> None:
    (said,) = spoil('mode = "statistics"', 'mode = "alert"')
    assert said.startswith('35: [kerb] mode: "alert" needs [kerb.authorisation]; expected legal_basis, reference, ')
    assert spoil('mode = "statistics"', ALERT) == []


def test_promise_privacy_an_authorisation_is_whole(spoil: Spoil) -> None:
    said = spoil('mode = "statistics"', ALERT.replace('controller = "the town"\n', "").replace('"a text"', '"-"'))
    assert said == [
        "36: [kerb.authorisation] controller: is missing; expected text in quotes of 3 to 500 characters",
        '37: [kerb.authorisation] legal_basis: "-" is not allowed here; expected text in quotes of 3 to 500 characters',
    ]


@pytest.fixture
def told(written: Written, sound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Told:
    """Warnings and notes, without the path of the file; the default model is there: a small one."""
    monkeypatch.setattr(models, "SHIPPED", (tmp_path,))
    weights = b"weights"
    for name in ("own.tflite", "zone.tflite"):
        (tmp_path / name).write_bytes(weights)
    (tmp_path / "manifest.toml").write_text(
        SMALL_MODEL.format(sha256=hashlib.sha256(weights).hexdigest(), bytes=len(weights))
    )

    def say(text: str, today: date = date(2030, 1, 1)) -> dict[str, list[str]]:
        file = written(text.replace("[pole]\n", f'[pole]\nmodels_dir = "{tmp_path}"\n'))
        found = examine(file, today)
        both = {"warnings": found.warnings, "notes": found.notes}
        return {kind: [line.removeprefix(f"{file}:") for line in lines] for kind, lines in both.items()}

    return say


@pytest.fixture
def warnings(told: Told) -> Callable[..., list[str]]:
    return lambda *what: told(*what)["warnings"]


def test_a_register_without_a_unit_is_warned_of_once_and_read(
    warnings: Callable[..., list[str]], sound: str, tmp_path: Path
) -> None:
    register = '[register.{name}]\nfunction = 4\naddress = {at}\ntype = "u16"\n'
    own = 'description = "a meter"\n' + "".join(register.format(name=f"v{at}_x", at=at) for at in range(2))
    (tmp_path / "own.toml").write_text(own)
    text = sound.replace("[pole]\n", f'[pole]\nprofiles_dir = "{tmp_path}"\n', 1)
    meters = (f'[meter.m{at}]\nline = "rs485"\nunit = {at}\nprofile = "own"\n' for at in (20, 21))
    (said,) = warnings(text + "".join(meters))
    assert "[meter.m20] profile: profile own does not say in which unit v0_x, v1_x count" in said
    assert 'expected unit = "W" or the like in [register.v0_x]' in said


def test_the_sound_configuration_warns_of_nothing(warnings: Callable[..., list[str]], sound: str) -> None:
    assert warnings(sound) == []


def test_a_zone_model_that_is_missing_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, tmp_path: Path
) -> None:
    (tmp_path / "zone.tflite").unlink()
    (said,) = warnings(sound)
    assert said.startswith("29: [camera.cam] zone_model: there is no zone model, so small vehicles will be missed; ")
    assert "zone.tflite: missing (copy them from models/ of a checkout" in said
    assert warnings(sound.replace("[camera.cam]\n", '[camera.cam]\nzone_model = "off"\n')) == []


@pytest.mark.parametrize(
    "corners",
    [
        pytest.param("[[10, 20], [200, 20], [200, 58], [10, 58]]", id="along the picture"),
        pytest.param("[[10, 20], [410, 320], [388, 350], [0, 60]]", id="aslant"),
    ],
)
def test_a_zone_whose_vehicles_may_be_too_small_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, corners: str
) -> None:
    polygon = re.search(r"polygon = \[.*\]", sound)
    assert polygon
    (said,) = warnings(sound.replace(polygon[0], f"polygon = {corners}"))
    assert re.search(r"\[zone.bus-stop\] polygon: it is 3[0-9] px across where it is narrowest, so vehicles in", said)
    assert said.endswith("`lamppost kerb CLIP` measures them; zoom in or move the camera")


@pytest.mark.parametrize(("today", "ended"), [(date(2030, 6, 30), False), (date(2030, 7, 1), True)])
def test_an_authorisation_that_ended_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, today: date, ended: bool
) -> None:
    said = warnings(sound.replace('mode = "statistics"\n', ALERT), today)
    wanted = "42: [kerb.authorisation] valid_until: the authorisation ended on 2030-06-30: the kerb camera is back to "
    assert said == ([wanted + 'statistics; renew it, or set mode = "statistics"'] if ended else [])


def test_a_simulated_authorisation_is_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    (said,) = warnings(sound.replace('mode = "statistics"\n', ALERT + "simulated = true\n"))
    assert said.startswith("43: [kerb.authorisation] simulated: every event will say that it is simulated")


@pytest.mark.parametrize("under", [False, True], ids=["zone", "rule"])
@pytest.mark.parametrize(
    ("model", "exempt", "wanted"),
    [
        ("ssd-mobilenet-v2-oidv4", "", 'expected a model of the camera that says "bus", and exempt_classes = ["bus"]'),
        ("yolox-nano-coco", "", 'expected exempt_classes = ["bus"]'),
        ("yolox-nano-coco", 'exempt_classes = ["bus"]', None),
    ],
)
def test_a_bus_at_its_own_stop_is_not_to_be_suspected(
    written: Written, sound: str, model: str, exempt: str, wanted: str | None, under: bool
) -> None:
    counted = sound.replace("[camera.cam]\n", f'[camera.cam]\nmodel = "{model}"\n')
    stop = f'category = "bus_stop"\n{exempt}\n'
    named = 'rule = "stop"\n' if under else stop
    counted = counted.replace('category = "bus_lane"\n', named) + (f"[rule.stop]\n{stop}" if under else "")
    accused = counted.replace('mode = "statistics"\n', ALERT)
    waits = "a bus that waits at its stop is suspected"
    assert not any(waits in each for each in examine(written(counted)).warnings), "counts accuse nobody"
    said = [each for each in examine(written(accused)).warnings if waits in each]
    assert [each.partition("; ")[2] for each in said] == ([] if wanted is None else [wanted])


def test_double_parking_beside_nothing_is_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    alone = sound.replace('category = "bus_lane"', 'category = "double_parking"')
    assert alone != sound
    (said,) = warnings(alone)
    assert "[zone.bus-stop] category: nothing is named along which a vehicle would stand double" in said
    assert (
        warnings(alone.replace('category = "double_parking"', 'category = "double_parking"\nbeside = ["bay-1"]')) == []
    )


TWICE = {
    "category": '"bus_lane"',
    "limit": '"1min"',
    "grace": '"5min"',
    "windows": '[{ from = "09:00" }]',
    "holidays": '"fr"',
    "holiday_dates": "[2027-06-19]",
    "exempt_classes": '["car"]',
    "article": '"R417-11"',
    "fine_class": "4",
}
MARKET = """
orders = [{ name = "market", rule = "market", windows = [{ days = ["wed"] }] }]
[rule.market]
category = "no_parking"
exempt_tags = ["1F345678"]
"""


def under_a_rule(sound: str, rule: str, *keys: str, category: str = "bus_lane") -> str:
    """The zone names a rule, in place of its category."""
    named = "\n".join(['rule = "stop"', *keys])
    return sound.replace('category = "bus_lane"', named) + f'[rule.stop]\ncategory = "{category}"\n{rule}\n'


@pytest.mark.parametrize(
    ("rule", "keys", "said"),
    [
        ("", [], None),
        ('exempt_classes = ["car"]', [], None),
        (
            MARKET,
            [],
            "32: [zone.bus-stop] rule: [rule.market] has exempt_tags, and no camera reads tags of vehicles: who is "
            "exempt would be accused; expected a rule without exempt_tags",
        ),
        (
            'exempt_classes = ["car", "bus"]',
            [],
            '32: [zone.bus-stop] rule: [rule.stop] exempts "bus", which the model "ssd-mobilenet-v2-oidv4" never says; '
            'expected one of "vehicle", "car"; or another model',
        ),
        (
            "",
            ['beside = ["bay-1"]'],
            "33: [zone.bus-stop] beside: only double parking depends on what stands beside; expected category = "
            '"double_parking", or no such key',
        ),
        *(
            (
                "",
                [f"{key} = {value}"],
                f'33: [zone.bus-stop] {key}: stands beside rule = "stop", which says it too; expected one of the two',
            )
            for key, value in TWICE.items()
        ),
    ],
)
def test_a_zone_under_a_rule_says_nothing_that_the_rule_says_and_takes_none_that_a_camera_cannot_judge_by(
    errors: Errors, sound: str, rule: str, keys: list[str], said: str | None
) -> None:
    assert errors(under_a_rule(sound, rule, *keys)) == ([] if said is None else [said])


def test_double_parking_by_a_rule_needs_something_beside_as_well(
    warnings: Callable[..., list[str]], sound: str
) -> None:
    beside = under_a_rule(sound, "", 'beside = ["bay-1"]', category="double_parking")
    assert warnings(beside) == []
    (said,) = warnings(beside.replace('beside = ["bay-1"]', ""))
    assert "[zone.bus-stop] rule: nothing is named along which a vehicle would stand double" in said


def test_every_key_of_a_zone_that_its_rule_has_too_is_refused_beside_it() -> None:
    keys = {kind: set(kind.__struct_encode_fields__) for kind in (RuleOptions, ZoneOptions)}
    assert keys[RuleOptions] & keys[ZoneOptions] == set(TWICE)


def test_what_serves_nothing_is_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    rule = '[rule.idle]\ncategory = "general"\n'
    idle = '[program.idle]\n[line.idle]\nkind = "tcp"\nhost = "127.0.0.1"\n[sensor.idle-1]\nkind = "a02"\nport = "p"\n'
    assert warnings(sound + rule + idle + '[camera.idle-2]\nsource = "clip.mp4"\n') == [
        "37: [rule.idle]: no [rule.NAME] or [bay.NAME] or [zone.NAME] uses it; a document may: order",
        "39: [program.idle]: no [lamp.NAME] or [calendar.NAME] uses it; a document may: lighting-calendar",
        "40: [line.idle]: no [sensor.NAME] or [lamp.NAME] or [meter.NAME] uses it",
        "43: [sensor.idle-1]: no [bay.NAME] uses it",
        "46: [camera.idle-2]: no [zone.NAME] uses it",
    ]


@pytest.mark.parametrize(("channel", "twice"), [(0, True), (1, False)])
def test_a_ballast_that_two_lamps_drive_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, channel: int, twice: bool
) -> None:
    unit = '[lamp.{}]\nline = "rs485"\nunit = 9\nprofile = "intesis-inmbsdal{}"\nchannel = {}\n'
    said = warnings(
        sound + unit.format("one", "", 0) + "short_address = 3\n" + unit.format("all", "-broadcast", channel)
    )
    wanted = "39: [lamp.one] unit: [lamp.all] on line 43 drives it as well: each would undo what the other did; "
    assert said == ([wanted + "expected one lamp for each ballast"] if twice else [])


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ('steps = [{ at = "23:00", level_percent = 50 }, { at = "12:30", level_percent = 20 }]', "steps entry 2"),
        ('steps = [{ at = "sunrise+1h", level_percent = 20 }]', "steps entry 1"),
        ('adjust = [{ operation = "Mul", level_percent = 50, from = "10:00", to = "11:00" }]', "adjust entry 1"),
        ('presence = [{ by = ["bay-1"], from = "10:00", to = "11:00" }]', "presence entry 1"),
        ('adjust = [{ operation = "Mul", level_percent = 50, from = "07:00", to = "08:00" }]', ""),
        ('steps = [{ at = "18:00", level_percent = 20 }]', ""),
    ],
)
def test_what_fits_into_no_night_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, part: str, key: str
) -> None:
    steps = 'steps = [\n  { at = "23:00", level_percent = 50 },\n]'
    said = warnings(sound.replace(steps, part))
    assert [each.split(": its time is within no night")[0] for each in said] == (
        [f"20: [program.street] {key}"] if key else []
    )


def test_nights_without_room_for_the_program_are_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    (said,) = warnings(sound.replace('on = "sunset"\n', 'on = "dusk+30min"\noff = "22:00"\n').replace("23:00", "21:00"))
    assert said.startswith("20: [program.street] off: on ")
    assert 'days of the year "22:00" is not after "dusk+30min"; the lamp stays dark then' in said


def test_numbered_usb_ports_are_a_warning_when_they_can_swap(warnings: Callable[..., list[str]], sound: str) -> None:
    one = sound.replace("/dev/ttyX0", "/dev/ttyUSB0")
    assert warnings(one) == []
    said = warnings(one.replace("/dev/ttyX1", "/dev/ttyUSB1"))
    assert [each.split(":")[0] for each in said] == ["11", "25"]
    assert "may be another device after replugging" in said[0]


def test_a_model_that_was_not_fetched_is_a_warning(written: Written, sound: str, tmp_path: Path) -> None:
    file = written(sound.replace("[pole]\n", f'[pole]\nmodels_dir = "{tmp_path}"\n'))
    (said,) = examine(file).warnings
    assert said.startswith(f"{file}:29: [camera.cam] model: {tmp_path}/object_detection")
    assert said.endswith(f"is not there, so the camera will be down; run: lamppost models fetch --dir {tmp_path}")


def test_a_model_whose_weights_are_others_is_a_warning(written: Written, sound: str, tmp_path: Path) -> None:
    (tmp_path / "object_detection_ssd_mobilenetv2_oidv4_fp16.tflite").write_bytes(b"half a download")
    file = written(sound.replace("[pole]\n", f'[pole]\nmodels_dir = "{tmp_path}"\n'))
    (said,) = examine(file).warnings
    assert "fp16.tflite is not the file of the manifest, so the camera will be down; run: lamppost models" in said


def test_a_model_that_only_the_operator_has_is_not_said_to_be_fetched(written: Written, sound: str) -> None:
    file = written(sound.replace("[camera.cam]\n", '[camera.cam]\nmodel = "yolox-nano-coco"\n'))
    (said,) = examine(file).warnings
    assert "yolox_nano_416_fp16.tflite is not there, so the camera will be down; put the file with sha256 6518" in said


@pytest.mark.parametrize(("mode", "open_to_others"), [(0o600, False), (0o644, True)])
def test_a_camera_password_in_a_file_for_everybody_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, tmp_path: Path, mode: int, open_to_others: bool
) -> None:
    (tmp_path / "lamppost.toml").touch()
    (tmp_path / "lamppost.toml").chmod(mode)
    said = warnings(sound.replace("/dev/videoX0", "rtsp://admin:hunter2@192.0.2.1/1"))
    assert [each.split(";")[0] for each in said] == (
        ["30: [camera.cam] source: may have a password, and others may read this file"] if open_to_others else []
    )
    assert "hunter2" not in "".join(said)


def test_a_nominal_voltage_that_nothing_is_judged_by_is_a_warning(
    warnings: Callable[..., list[str]], sound: str, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text(
        'description = "a meter"\n[register.active_power_w]\nfunction = 4\naddress = 12\ntype = "f32"\nunit = "W"\n'
    )
    meter = '[meter.feeder]\nline = "rs485"\nunit = 7\nnominal_voltage_v = 230\nprofile = '
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"') + meter
    assert warnings(text + '"eastron-sdm630"\n') == []
    (said,) = warnings(text + '"own"\n')
    assert '[meter.feeder] nominal_voltage_v: profile "own" has no supply voltage, so it does nothing' in said


def test_a_file_that_this_user_may_not_see_is_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    name = "x" * 300 if os.geteuid() == 0 else "/root/ca.pem"
    said = warnings(sound.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\n[uplink.tls]\nca_file = "{name}"'))
    assert [each.split(":")[0] for each in said] == ["10"]
    assert said[0].endswith("; check as root")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(("owner", "refused"), [(4711, False), (4712, True), (0, False)])
def test_an_authority_may_belong_to_the_user_of_the_daemon(
    errors: Errors, sound: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: int, refused: bool
) -> None:
    lamppost = pwd.struct_passwd(("lamppost", "x", 4711, 4711, "", "/", ""))
    monkeypatch.setattr(pwd, "getpwnam", {"lamppost": lamppost}.__getitem__)
    (tmp_path / "ca.pem").touch()
    os.chown(tmp_path / "ca.pem", owner, -1)
    text = sound.replace('host = "127.0.0.1"', f'host = "127.0.0.1"\n[uplink.tls]\nca_file = "{tmp_path}/ca.pem"')
    assert any("belongs to another user" in each for each in errors(text)) == refused


METER = '[meter.feeder]\nline = "rs485"\nunit = 9\nprofile = "eastron-sdm230"\n'


def test_a_meter_beside_the_lamps(errors: Errors, sound: str) -> None:
    assert errors(sound + METER) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "eastron-sdm230",
            "eastron-sdm23",
            '39: [meter.feeder] profile: there is no profile "eastron-sdm23", and no ',
        ),
        (
            "eastron-sdm230",
            "renogy-rover",
            '39: [meter.feeder] profile: "renogy-rover" is a lamp, not a meter; expected',
        ),
        (
            "unit = 9",
            "unit = 1",
            "38: [meter.feeder] unit: [lamp.lamp-1] on line 11 has unit 1 on this line with another",
        ),
        ('"rs485"', '"rs458"', "37: [meter.feeder] line: there is no [line.rs458]; "),
        ("feeder", "lamp-1", "36: [meter.lamp-1]: [lamp.lamp-1] on line 11 has this name already; expected a name"),
        ("unit = 9", 'unit = 9\nperiod = "2h"', '39: [meter.feeder] period: 2h is too long; expected "100ms" to "1h"'),
    ],
)
def test_a_wrong_meter_is_told_with_its_line(errors: Errors, sound: str, old: str, new: str, said: str) -> None:
    (told,) = errors(sound + METER.replace(old, new))
    assert told.startswith(said)


def test_two_meters_of_one_unit(errors: Errors, sound: str) -> None:
    (told,) = errors(sound + METER + METER.replace("feeder", "other"))
    assert told.startswith(
        "42: [meter.other] unit: [meter.feeder] on line 36 has unit 9 on this line; expected another"
    )


def test_a_meter_without_parameters_alone(errors: Errors, sound: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'description = "x"\nparameters = { channel = [0, 1] }\n'
        '[register.supply_voltage_v]\nfunction = 4\naddress = "channel"\ntype = "u16"\nunit = "V"\n'
    )
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"')
    (told,) = errors(text + METER.replace("eastron-sdm230", "own"))
    assert told.startswith('40: [meter.feeder] profile: "own" asks for channel, which a meter has not')


def test_a_fault_of_a_sensor_is_told_by_its_silent_table(tmp_path: Path, sound: str, errors: Errors) -> None:
    (tmp_path / "own.toml").write_text(
        'description = "own"\n[register.state]\nfunction = 3\naddress = 0\ntype = "bits"\nbits = { broken = 0 }\n'
        '[[fault]]\nname = "broken"\nevent = "sensor.fault"\n'
    )
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"')
    (told,) = errors(text + '[sensor.own]\nkind = "modbus"\nline = "rs485"\nunit = 77\nprofile = "own"\n')
    assert '[sensor.own] profile: fault "broken" of profile "own" is told by sensor.fault' in told
    assert "expected [[silent]] with flags there" in told


def test_a_channel_that_the_device_has_not(spoil: Spoil) -> None:
    assert spoil("channel = 0", "channel = 9") == [
        '15: [lamp.lamp-1] channel: profile "wb-mdm3" has no channel 9; expected 0 to 2'
    ]


def test_a_group_shares_the_unit_of_its_gateway(errors: Errors, sound: str) -> None:
    lamp = '[lamp.{0}]\nline = "rs485"\nunit = 9\nprofile = "ecodim-dali-gw2{1}"\n{2}\n'
    single, group = lamp.format("a", "", "short_address = 1"), lamp.format("b", "-group", "dali_group = 1")
    assert errors(sound + single + group + lamp.format("c", "-broadcast", "")) == []
    (said,) = errors(sound + group + group.replace("lamp.b", "lamp.d"))
    assert "[lamp.b] on line 36 has unit 9, dali_group 1 on this line" in said


def test_a_fail_safe_level_that_nothing_takes_is_a_warning(warnings: Callable[..., list[str]], sound: str) -> None:
    level = "failsafe_level_percent = 30\n"
    assert warnings(sound.replace("channel = 0\n", f"channel = 0\n{level}")) == []
    lamp = f'[lamp.b]\nline = "rs485"\nunit = 9\nprofile = "ecodim-dali-gw2"\nshort_address = 1\n{level}'
    assert warnings(sound + lamp) == [
        '42: [lamp.b] failsafe_level_percent: profile "ecodim-dali-gw2" has no register for it, so it does nothing'
    ]


@pytest.mark.parametrize(
    ("line", "unit", "expected"),
    [
        ('kind = "serial"\nport = "/dev/ttyS7"', 0, "Modbus unit, 1 to 247"),
        ('kind = "serial"\nport = "/dev/ttyS7"', 255, "Modbus unit, 1 to 247"),
        ('kind = "tcp"\nhost = "10.1.1.1"\nframing = "rtu"', 0, "Modbus unit, 1 to 247"),
        ('kind = "tcp"\nhost = "10.1.1.1"', 248, "Modbus unit, 1 to 247, or 0 or 255: the device itself"),
        ('kind = "tcp"\nhost = "10.1.1.1"', 0, ""),
        ('kind = "tcp"\nhost = "10.1.1.1"', 255, ""),
    ],
)
def test_units_0_and_255_are_those_of_a_device_on_modbus_tcp(
    errors: Errors, sound: str, line: str, unit: int, expected: str
) -> None:
    found = errors(
        f'{sound}\n[line.own]\n{line}\n[meter.odd]\nline = "own"\nunit = {unit}\nprofile = "eastron-sdm230"\n'
    )
    told = f"[meter.odd] unit: {unit} is out of range; expected {expected}"
    assert [each.partition(": ")[2] for each in found] == ([told] if expected else [])


OWN_METER = 'description = "x"\n[register.active_power_w]\nfunction = 3\naddress = 0\ntype = "u16"\nunit = "W"\n'


@pytest.mark.parametrize(
    ("spoilt", "said"),
    [
        ("scale = 0,1;", ["7:10: `scale = 0,1;` is not TOML: decimals take a point: 0.1"]),
        ("scale\u00a0= 0.1", ["no-break space (U+00A0); put an ordinary space there"]),
        ("scale = 0,1\nrange = [0, 100%]", ["decimals take a point: 0.1", "8:16:"]),
        ("# Z\xe4hler".encode("latin-1"), ["is not UTF-8 (byte 0xE4); save the file as UTF-8 in the editor"]),
    ],
)
def test_a_profile_that_is_no_toml_is_told_as_the_configuration_is(
    tmp_path: Path, errors: Errors, sound: str, spoilt: str | bytes, said: list[str]
) -> None:
    wrong = spoilt if isinstance(spoilt, bytes) else spoilt.encode()
    (tmp_path / "own.toml").write_bytes(OWN_METER.encode() + wrong + b"\n")
    text = sound.replace('id = "pole-1"', f'id = "pole-1"\nprofiles_dir = "{tmp_path}"')
    told = errors(text + '[meter.m]\nline = "rs485"\nunit = 9\nprofile = "own"\n')
    assert len(told) == len(said)
    for line, words in zip(told, said, strict=True):
        assert f"[meter.m] profile: {tmp_path}/own.toml:" in line and words in line
