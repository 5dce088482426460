"""What `lamppost check` says of a station that contradicts itself: each with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pole_file import pole_1

from agent.configuration import ConfigError, load
from agent.configuration.file import examine
from agent.trades.sensing.units import UNITS

HEAD = """[pole]
id = "p"
site = "s"
latitude = 45.7
longitude = 4.8
[uplink]
host = "127.0.0.1"
[lorawan.town]
host = "127.0.0.1"
[sensor.air]
kind = "lorawan"
network = "town"
dev_eui = "24e124743b210001"
model = "bosch-tps110"
[station.square.quantity.{name}]
device = "air"
reads = "x"
stands = "1min"
"""
LINE = HEAD.count("\n")
TABLE = "station.square.quantity.{name}"

Say = Callable[..., list[str]]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """The errors of a quantity with these lines."""

    def errors(text: str, name: str = "pm2_5") -> list[str]:
        file = tmp_path / "lamppost.toml"
        file.write_text(HEAD.format(name=name) + text)
        try:
            load(file)
        except ConfigError as error:
            return [line.removeprefix(f"{file}:") for line in str(error).splitlines()]
        return []

    return errors


SOUND = 'unit = "ug/m3"\nmethod = "mean"\nwindows = ["1h", "8h", "24h"]\n'
LIMIT = "[[station.square.quantity.pm2_5.threshold]]\n"
CALIBRATION = '[[station.square.quantity.pm2_5.calibration]]\nwho = "w"\nreport = "r"\n'


def test_a_sound_one_is_silent(say: Say) -> None:
    limits = (
        LIMIT + 'name = "a"\nabove = 50\nends = 40\nover = "1h"\n' + LIMIT + 'name = "b"\nabove = 90\nover = "1h"\n'
    )
    days = CALIBRATION + "date = 2026-11-01\n" + CALIBRATION + "date = 2026-11-02\npoints = [[1, 2], [3, 4]]\n"
    assert say(SOUND + limits + days) == []


def test_a_quantity_without_a_unit(say: Say) -> None:
    (said,) = say('method = "mean"\n')
    assert said.startswith(f"{LINE - 3}: [station.square.quantity.pm2_5] unit: is missing")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('unit = "furlong"\nmethod = "mean"\n', '"furlong" is no known unit'),
        ('unit = "deg"\nmethod = "mean"\n', "averaged as vectors"),
        ('unit = "m/s"\nmethod = "energetic"\n', "is for levels in decibels"),
        ('unit = "m/s"\nmethod = "gust"\n', "stands: a gust is a mean of 3 s, and each reading stands for 60 s"),
        ('unit = "1"\nmethod = "none"\nwindows = ["1h"]\n', "never averaged"),
        ('unit = "1"\nmethod = "last"\nwindows = ["8h"]\n', "made of hourly values"),
        ('unit = "m/s"\nmethod = "mean"\nwindows = ["lden"]\n', "averaged as energies"),
        ('unit = "[ppb]"\nmethod = "mean"\ngas = "NO2"\n', "[ppb] become ug/m3 at a temperature and a pressure alone"),
        ('unit = "[ppm]"\nmethod = "mean"\ngas = "CO"\n', "[ppm] become mg/m3 at a temperature and a pressure alone"),
        ('unit = "deg"\nmethod = "sum"\nwindows = ["1h"]\n', "averaged as vectors"),
        ('unit = "1"\nmethod = "sum"\n', "a gain is of a window"),
        (
            'unit = "ug/m3"\nmethod = "mean"\ngas = "NO2"\ncelsius = 20\nhpa = 1013\n',
            "is for a quantity in [ppb] and [ppm]",
        ),
        ('unit = "[ppb]"\nmethod = "mean"\ncelsius = 20\n', "does nothing without gas"),
        ('unit = "m/s"\nmethod = "mean"\nspeed = "v"\n', "is for a direction"),
        ('unit = "mm"\nmethod = "gain"\nwindows = ["1h"]\n', "tells a reset from a roll-over"),
        ('unit = "mm"\nmethod = "gain"\nfastest = 1\n', "a gain is of a window"),
        ('unit = "mm"\nmethod = "gain"\nfastest = 1\nwindows = ["8h"]\n', "made of hourly values"),
        ('unit = "mm"\nmethod = "mean"\nwraps = 9\n', "is for the method"),
        ('unit = "m/s"\nmethod = "mean"\nhumidity = "rh"\n', "stands alone"),
        ('unit = "ug/m3"\nmethod = "mean"\nkappa = 0.4\n', "kappa: is of particles in ug/m3, beside the humidity"),
        ('unit = "m/s"\nmethod = "mean"\nhumidity_device = "air"\n', "does nothing without humidity"),
        ('unit = "m/s"\nmethod = "mean"\nvalid = [2, 1]\n', "lower than the second"),
        ('unit = "m/s"\nmethod = "mean"\nvalid = [-inf, 1]\n', "valid: -inf is no number to reckon with"),
        ('unit = "m/s"\nmethod = "mean"\nwindows = []\n', "windows: "),
        ('unit = "m/s"\nmethod = "mean"\nwindows = ["1h", "1h"]\n', 'windows: "1h" stands there twice'),
    ],
)
def test_what_cannot_be_averaged_so(say: Say, text: str, words: str) -> None:
    (said,) = say(text)
    assert words in said and "[station.square.quantity.pm2_5]" in said


def test_a_level_whose_name_says_no_method(say: Say) -> None:
    level = 'unit = "dB(A)"\nmethod = "energetic"\n'
    assert all(say(level, name) == [] for name in ("laeq_db", "laf_db", "lden"))
    (said,) = say(level, "noise")
    assert "the name of a level says how it is measured" in said
    (said,) = say(level.replace("energetic", "sum") + 'windows = ["1h"]\n', "laeq_db")
    assert "levels in decibels have no such mean" in said
    (said,) = say(level.replace("energetic", "mean"), "laeq_db")
    assert "levels in decibels have no such mean" in said


@pytest.mark.parametrize(
    ("name", "method", "sound"),
    [
        ("laeq_db", "energetic", True),
        ("laeq_db", "l90", False),
        ("lafmax_db", "max", True),
        ("lasmax_db", "max", True),
        ("lafmax_db", "energetic", False),
        ("lafmin_db", "min", True),
        ("lafmin_db", "max", False),
        ("la90_db", "l90", True),
        ("la90_db", "last", True),
        ("la90_db", "l50", False),
        ("la90_db", "energetic", False),
        ("la95_db", "last", True),
        ("la95_db", "l90", False),
    ],
)
def test_a_level_stays_what_its_name_says(say: Say, name: str, method: str, sound: bool) -> None:
    said = say(f'unit = "dB(A)"\nmethod = "{method}"\n', name)
    assert any(f"a level of the name {name} is none of this method" in each for each in said) is not sound


def test_a_percentile_is_made_of_short_levels(say: Say) -> None:
    (said,) = say('unit = "dB(A)"\nmethod = "l90"\n', "la90_db")
    assert "stands: a percentile is of short levels, and each reading stands for 60 s" in said
    other = (
        '[station.other.quantity.la90]\ndevice = "air"\nreads = "x"\nstands = "1s"\nunit = "dB(A)"\nmethod = "l90"\n'
    )
    assert say(SOUND + other) == []


@pytest.mark.parametrize(
    ("name", "reads", "method", "sound"),
    [
        ("laeq_db", "laeq_db_a", "energetic", True),
        ("la90_db", "laeq_db_a", "l90", True),
        ("laeq_db", "laf_db_a", "energetic", True),
        ("lafmax_db", "laf_db_a", "max", True),
        ("lafmax_db", "lafmax_db_a", "max", True),
        ("lasmax_db", "lafmax_db_a", "max", False),
        ("lasmax_db", "laf_db_a", "max", False),
        ("lafmax_db", "laeq_db_a", "max", False),
        ("laeq_db", "lafmax_db_a", "energetic", False),
        ("la90_db", "la50_db", "last", False),
        ("lceq_db", "laeq_db_a", "energetic", False),
        ("laeq_db", "noise_db", "energetic", True),
    ],
)
def test_a_level_is_made_of_its_own_kind(say: Say, name: str, reads: str, method: str, sound: bool) -> None:
    other = f'[station.other.quantity.{name}]\ndevice = "air"\nreads = "{reads}"\nunit = "dB"\nmethod = "{method}"\n'
    said = say(SOUND + other + 'stands = "1s"\n')
    assert [f"reads: {reads} is another level than {name}" in each for each in said] == ([] if sound else [True])


def test_a_level_is_weighted_as_its_name_says(say: Say) -> None:
    (said,) = say('unit = "dB(A)"\nmethod = "energetic"\n', "lceq_db")
    assert 'unit: a level of the name lceq_db is weighted otherwise; expected "dB(C)"' in said


def test_percentiles_are_of_levels_alone(say: Say) -> None:
    (said,) = say('unit = "Cel"\nmethod = "l90"\n', "temperature")
    assert "is for levels in decibels" in said


OTHER = '[station.other.quantity.a]\nstands = "1s"\n'


def test_a_device_that_is_not_there(say: Say) -> None:
    (said,) = say(SOUND + OTHER + 'device = "aire"\nreads = "x"\nunit = "1"\nmethod = "last"\n')
    assert "there is no [sensor.aire] or [meter.aire]" in said and 'did you mean "air"?' in said


def test_two_calibrations_of_one_day(say: Say) -> None:
    (said,) = say(SOUND + (CALIBRATION + "date = 2026-11-01\n") * 2)
    assert said.startswith(f"{LINE + 11}: ")
    assert f"there is a calibration of that day already, on line {LINE + 7}" in said


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("date = 2026-11-01\npoints = [[1, 2]]\n", "two points"),
        ("date = 2026-11-01\npoints = [[1, 2], [1, 3]]\n", "two points"),
        ("date = 2026-11-01\npoints = [[1, 2], [2, 3]]\ngain = 2\n", "stands beside gain or offset"),
        ("date = 2026-11-01\ngain = 0\n", "leaves nothing"),
        ("date = 2026-11-01\ngain = nan\n", "gain: nan is no number to reckon with"),
        ("date = 2026-11-01\noffset = -inf\n", "offset: -inf is no number to reckon with"),
        ("date = 2026-11-01\npoints = [[1, 2], [3, inf]]\n", "points: inf is no number to reckon with"),
    ],
)
def test_a_calibration_that_is_no_line(say: Say, lines: str, words: str) -> None:
    (said,) = say(SOUND + CALIBRATION + lines)
    assert words in said


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ('above = 50\nname = "a"\n', 'above = 50\nname = "b"\n', "overlaps with a, on line"),
        ('above = 50\nname = "a"\n', 'below = 60\nname = "b"\n', "overlaps with a"),
        ('above = 50\nends = 40\nname = "a"\n', 'below = 45\nends = 48\nname = "b"\n', "overlaps with a"),
        ('below = 45\nends = 48\nname = "a"\n', 'above = 50\nends = 40\nname = "b"\n', "overlaps with a"),
        ('above = 50\nname = "a"\n', 'above = 60\nname = "a"\n', "another threshold has this name"),
        (
            'above = 50\nname = "a"\nhours = ["22:00", "07:00"]\n',
            'above = 50\nname = "b"\nhours = ["06:00", "20:00"]\n',
            "overlaps with a",
        ),
    ],
)
def test_thresholds_that_overlap(say: Say, one: str, other: str, words: str) -> None:
    (said,) = say(SOUND + LIMIT + one + LIMIT + other)
    assert words in said


def test_limits_whose_ends_do_not_meet_are_two(say: Say) -> None:
    upper, lower = 'above = 50\nends = 45\nname = "a"\n', 'below = 40\nends = 45\nname = "b"\n'
    assert say(SOUND + LIMIT + upper + LIMIT + lower) == []


def test_the_same_limit_for_one_hour_and_for_three_in_a_row_are_two(say: Say) -> None:
    one = LIMIT + 'name = "hour"\nabove = 200\nover = "1h"\n'
    assert say(SOUND + one + LIMIT + 'name = "three"\nabove = 200\nover = "1h"\nlasts = "3h"\n') == []


def test_the_same_limit_at_other_hours_is_another_threshold(say: Say) -> None:
    day, night = (
        'above = 50\nname = "a"\nhours = ["07:00", "22:00"]\n',
        'above = 50\nname = "b"\nhours = ["22:00", "07:00"]\n',
    )
    assert say(SOUND + LIMIT + day + LIMIT + night) == []


def test_the_same_limit_on_other_days_is_another_threshold(say: Say) -> None:
    work, free = (
        'above = 50\nname = "a"\ndays = ["mon", "tue"]\n',
        'above = 50\nname = "b"\ndays = ["sun", "holiday"]\n',
    )
    assert say(SOUND + LIMIT + work + LIMIT + free) == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("above = 1\nbelow = 0\n", "either above or below"),
        ("ends = 1\n", "either above or below"),
        ("above = 1\nends = 2\n", "lies beyond the limit"),
        ("below = 1\nends = 0\n", "lies beyond the limit"),
        ("above = nan\n", "above: nan is no number to reckon with"),
        ("above = 1\nends = nan\n", "ends: nan is no number to reckon with"),
        ('above = 1\nhours = ["08:00", "08:00"]\n', "hours: begin where they end"),
        ('above = 1\nover = "day"\n', "none of the windows"),
        ('above = 1\nto = "08-31"\n', '"to" stands without "from"'),
        ('above = 1\nfrom = "2027-08-31"\nto = "2027-08-01"\n', "lies before"),
        ('above = 1\ndays = ["sonntag"]\n', "days"),
        ('above = 1\nover = "1h"\nlasts = "90min"\n', "lasts: must be a whole number of windows"),
        ('above = 1\nover = "8h"\nlasts = "16h"\n', 'lasts: is for windows that follow one another, and "8h" rolls'),
        ('above = 1\nover = "24h"\nhours = ["22:00", "07:00"]\n', 'hours: "24h" is longer than the hours'),
    ],
)
def test_a_threshold_that_contradicts_itself(say: Say, lines: str, words: str) -> None:
    (said,) = say(SOUND + LIMIT + 'name = "a"\n' + lines)
    assert words in said


def test_an_average_that_is_longer_than_what_is_kept(say: Say) -> None:
    (said,) = say(SOUND + '[store]\nmax_age = "8h"\n')
    assert '"24h" is longer than what is kept' in said


def test_a_window_that_is_shorter_than_a_reading(say: Say) -> None:
    (said,) = say(
        'unit = "1"\nmethod = "last"\nwindows = ["1min", "1h"]\n[station.b.quantity.c]\ndevice = "air"\nreads = "x"\n'
        'unit = "1"\nmethod = "last"\nstands = "5min"\nwindows = ["1min"]\n'
    )
    assert '"1min" is shorter' in said


WIND = """[sensor.wind]
kind = "uart"
port = "/dev/ttyX"
profile = "gill-windsonic"
[sensor.rain]
kind = "input"
chip = "/dev/gpiochip0"
offset = 27
profile = "davis-6464"
[sensor.weather]
kind = "modbus"
line = "l"
unit = 1
profile = "thies-wsc11"
[sensor.mic]
kind = "lorawan"
network = "town"
dev_eui = "24e124743b210002"
model = "milesight-ws302"
[line.l]
kind = "tcp"
host = "127.0.0.1"
"""


@pytest.mark.parametrize(
    ("device", "reads", "unit", "method"),
    [
        ("wind", "wind_speed_m_s", "m/s", "mean"),
        ("wind", "wind_direction_deg", "deg", "vector"),
        ("rain", "pulse_count", "1", "last"),
        ("rain", "rain_mm", "mm", 'gain"\nfastest = 1\nwindows = ["1h"]\n#"'),
        ("weather", "temperature_c", "Cel", "mean"),
        ("mic", "battery_percent", "%", "mean"),
    ],
)
def test_a_number_of_a_device_by_its_profile(say: Say, device: str, reads: str, unit: str, method: str) -> None:
    table = f'device = "{device}"\nreads = "{reads}"\nunit = "{unit}"\nmethod = "{method}"\n'
    assert say(SOUND + WIND + OTHER + table) == []


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('device = "wind"\nreads = "wind_speed"\nunit = "m/s"\nmethod = "mean"\n', 'did you mean "wind_speed_m_s"?'),
        ('device = "wind"\nreads = "sensor_fault"\nunit = "1"\nmethod = "last"\n', "tells no number sensor_fault"),
        ('device = "wind"\nreads = "wind_speed_m_s"\nunit = "mm"\nmethod = "mean"\n', "wind tells it in m/s"),
        ('device = "wind"\nreads = "wind_speed_m_s"\nunit = "1"\nmethod = "mean"\n', "wind tells it in m/s"),
        ('device = "rain"\nreads = "pulse_count"\nunit = "mm"\nmethod = "last"\n', "says no unit of it"),
        ('device = "rain"\nreads = "rain_mm"\nunit = "mm"\nmethod = "mean"\n', "a counter is never averaged"),
        (
            'device = "wind"\nreads = "wind_speed_m_s"\nunit = "m/s"\nmethod = "gain"\nfastest = 1\nwindows = ["1h"]\n',
            "is for a counter",
        ),
        ('device = "weather"\nreads = "temp_c"\nunit = "Cel"\nmethod = "mean"\n', "tells no number temp_c"),
        ('device = "mic"\nreads = "laeq_db"\nunit = "%"\nmethod = "mean"\n', "tells no number laeq_db"),
        (
            'device = "wind"\nreads = "wind_direction_deg"\nunit = "deg"\nmethod = "vector"\nspeed = "v"\n',
            "speed: wind tells no number v",
        ),
        (
            'device = "weather"\nreads = "temperature_c"\nunit = "Cel"\nmethod = "mean"\nhumidity = "humidity"\n'
            "doubtful_above = 75\n",
            'did you mean "humidity_percent"?',
        ),
    ],
)
def test_what_the_profile_of_its_device_contradicts(say: Say, lines: str, words: str) -> None:
    (said,) = say(SOUND + WIND + OTHER + lines)
    assert words in said and "[station.other.quantity.a]" in said


def test_humidity_of_another_device_is_one_that_it_tells(say: Say) -> None:
    table = 'device = "wind"\nreads = "wind_speed_m_s"\nunit = "m/s"\nmethod = "mean"\ndoubtful_above = 75\n'
    assert say(SOUND + WIND + OTHER + table + 'humidity = "humidity_percent"\nhumidity_device = "weather"\n') == []
    (said,) = say(SOUND + WIND + OTHER + table + 'humidity = "rh"\nhumidity_device = "weather"\n')
    assert "humidity: weather tells no number rh" in said
    (said,) = say(SOUND + WIND + OTHER + table + 'humidity = "rh"\nhumidity_device = "wether"\n')
    assert "humidity_device: there is no [sensor.wether]" in said and 'did you mean "weather"?' in said


def test_a_sensor_that_only_a_station_uses_serves_something(tmp_path: Path) -> None:
    """An ultrasonic one above a gully tells of no bay."""
    file = tmp_path / "lamppost.toml"
    level = 'device = "gully"\nreads = "distance_mm"\nunit = "mm"\nmethod = "mean"\nwindows = ["1h"]\n'
    table = '[sensor.gully]\nkind = "a02"\nport = "/dev/ttyX"\n' + OTHER
    file.write_text(HEAD.format(name="pm2_5") + SOUND + table + level)
    assert examine(file).warnings == ()


COUNTER = """description = "a loop"
[register.vehicles]
function = 3
address = 0
type = "u16"
unit = "1"
kind = "counter"
[register.energy_kwh]
function = 3
address = 2
type = "u32"
unit = "1"
kind = "counter"
"""


@pytest.mark.parametrize(
    ("reads", "more", "words"),
    [
        ("vehicles", "", "wraps: loop begins at 0 again behind 65536, which reads as a counter that was set back"),
        ("vehicles", "wraps = 65536\n", None),
        ("energy_kwh", "", None),
    ],
    ids=["16 bits", "said", "32 bits are never full"],
)
def test_a_counter_that_rolls_over_by_its_profile_and_not_by_the_file(
    tmp_path: Path, reads: str, more: str, words: str | None
) -> None:
    (tmp_path / "loop.toml").write_text(COUNTER)
    file = tmp_path / "lamppost.toml"
    head = HEAD.format(name="pm2_5").replace("[pole]\n", f'[pole]\nprofiles_dir = "{tmp_path}"\n')
    line = '[line.l]\nkind = "tcp"\nhost = "127.0.0.1"\n[sensor.loop]\nkind = "modbus"\nline = "l"\nunit = 1\n'
    table = f'profile = "loop"\n{OTHER}device = "loop"\nreads = "{reads}"\nunit = "1"\nmethod = "gain"\n'
    file.write_text(head + SOUND + line + table + 'windows = ["1h"]\nfastest = 5\n' + more)
    (*said,) = examine(file).warnings
    assert [str(words) in each for each in said] == ([] if words is None else [True])
    if reads == "vehicles":
        (error,) = mistakes(tmp_path, file.read_text().replace("fastest = 5\n" + more, "fastest = 5\nwraps = 65537\n"))
        assert error.endswith("wraps: its register is full at 65536; expected 65536 or less")


DUST = """[sensor.dust]
kind = "uart"
port = "/dev/ttyX"
profile = "nova-sds011"
[[station.square.maintenance]]
"""


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('device = "dust"\nwhat = "laser"\nhours = 8000\n', None),
        ('device = "dust"\nwhat = "cleaning"\nhours = 100\n', "dust does not tell its hours (since_cleaning_h)"),
        ('device = "dusty"\nwhat = "fan"\nhours = 100\n', 'did you mean "dust"?'),
        (
            'device = "dust"\nwhat = "fan"\nhours = 100\n[[station.square.maintenance]]\ndevice = "dust"\n'
            'what = "fan"\nhours = 200\n',
            "is there already for this device, on line",
        ),
    ],
)
def test_maintenance_of_a_sensor_that_counts_its_hours(say: Say, lines: str, words: str | None) -> None:
    said = say(SOUND + DUST + lines)
    assert len(said) == (words is not None) and all(str(words) in each for each in said)


def test_a_calibration_is_due_after_another_one_alone(say: Say) -> None:
    (said,) = say(SOUND + 'calibrate_every = "365d"\n')
    assert "counts from a calibration, of which there is none" in said


INDEXED = 'pollutant = "PM2.5"\n[station.square]\nindex = "eaqi"\n'


def test_day_evening_and_night_begin_in_their_order(say: Say) -> None:
    assert say(SOUND + '[sensing]\nlden_hours = ["06:00", "20:00", "22:00"]\n') == []
    (said,) = say(SOUND + '[sensing]\nlden_hours = ["06:00", "22:00", "20:00"]\n')
    assert "[sensing] lden_hours: day, evening and night do not begin in this order" in said


def test_an_index_needs_a_setting_and_an_hourly_pollutant(say: Say) -> None:
    (error,) = say(SOUND + INDEXED)
    assert "[station.square] index: an index needs the type of the station" in error
    assert say(SOUND + INDEXED + 'setting = "traffic"\n') == []
    (error,) = say(SOUND.replace('"1h", ', "") + INDEXED + 'setting = "traffic"\n')
    assert 'index: no quantity is a pollutant with the window "1h"' in error


def test_an_index_that_can_have_no_level_is_told(tmp_path: Path) -> None:
    file = tmp_path / "lamppost.toml"
    no2 = '[station.square.quantity.no2]\ndevice = "air"\nreads = "y"\nstands = "1min"\npollutant = "NO2"\n'
    for setting, missing in (("traffic", "NO2"), ("background", "NO2 and O3")):
        file.write_text(HEAD.format(name="pm2_5") + SOUND + INDEXED + f'setting = "{setting}"\n')
        (warning,) = examine(file).warnings
        assert f"no level as long as no quantity is the mean of an hour of {missing}" in warning
        file.write_text(HEAD.format(name="pm2_5") + SOUND + INDEXED + f'setting = "{setting}"\n' + no2 + SOUND)
        assert len(examine(file).warnings) == (setting == "background")


def test_a_pollutant_is_told_as_a_mass(say: Say) -> None:
    (error,) = say('unit = "[ppb]"\nmethod = "mean"\npollutant = "NO2"\n', "no2")
    assert "pollutant: limits are of a mass, and this is in [ppb]; expected gas, celsius and hpa beside it" in error


def test_a_pollutant_is_one_quantity_and_the_gas_that_it_says(say: Say) -> None:
    gas = 'unit = "[ppb]"\nmethod = "mean"\ngas = "O3"\ncelsius = 20\nhpa = 1013\n'
    (error,) = say(gas + 'pollutant = "NO2"\n', "ozone")
    assert "pollutant: is another one than gas, O3" in error
    other = (
        '[station.square.quantity.b]\ndevice = "air"\nreads = "y"\nstands = "1min"\n' + SOUND + 'pollutant = "PM2.5"\n'
    )
    (error,) = say(SOUND + 'pollutant = "PM2.5"\n' + other)
    assert f"pollutant: another quantity of this station is PM2.5, on line {LINE - 3}" in error


def test_the_sample_names_every_unit() -> None:
    sample = (Path(__file__).parents[4] / "config" / "lamppost.toml").read_text()
    named = sample.partition("UCUM, and that of the profile")[2].partition("# ----")[0]
    assert {unit for unit in UNITS if f'"{unit}"' not in named} == set()


def test_the_walk_of_the_documentation_ends_with_a_station(tmp_path: Path) -> None:
    """The profile of a sensor that is not shipped leads to what is told of it, without code."""
    page = (Path(__file__).parents[4] / "docs" / "adding-a-device.md").read_text()
    profile = page.partition("serial/pluvio-t.toml`:\n```toml\n")[2].partition("```")[0]
    station = page.partition("## From readings to observations")[2].partition("```toml\n")[2].partition("```")[0]
    own = tmp_path / "profiles" / "serial"
    own.mkdir(parents=True)
    (own / "pluvio-t.toml").write_text(profile)
    sensor = '[sensor.pluvio]\nkind = "uart"\nport = "/dev/ttyX"\nprofile = "pluvio-t"\n'
    file = tmp_path / "lamppost.toml"
    file.write_text(pole_1(f'profiles_dir = "{tmp_path / "profiles"}"') + sensor + station)
    assert examine(file).warnings == ()


def of_km_h(tmp_path: Path, unit: str) -> str:
    """A weather station of one's own, whose profile tells the speed in this unit."""
    register = '[register.{}]\nfunction = 4\naddress = {}\ntype = "u16"\nunit = "{}"\n'
    profile = register.format("from_deg", 0, "°") + register.format("speed", 1, unit) + register.format("no2", 2, "ppb")
    (tmp_path / "vane.toml").write_text(f'description = "Vane"\nsource = "its sheet"\n{profile}')
    return (
        HEAD.format(name="from").replace("[uplink]", f'profiles_dir = "{tmp_path}"\n[uplink]').partition("[station")[0]
        + '[line.l]\nkind = "tcp"\nhost = "127.0.0.1"\n[sensor.vane]\nkind = "modbus"\nline = "l"\nunit = 1\n'
        + 'profile = "vane"\n[station.square.quantity.from]\ndevice = "vane"\nreads = "from_deg"\nunit = "deg"\n'
        + 'method = "vector"\nwindows = ["1h"]\nstands = "1min"\n'
    )


def mistakes(tmp_path: Path, text: str) -> list[str]:
    file = tmp_path / "lamppost.toml"
    file.write_text(text)
    try:
        load(file)
    except ConfigError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(("unit", "sound"), [("m/s", True), ("km/h", False), ("kn", False), ("°", False)])
def test_a_calm_is_known_by_a_speed_in_metres_per_second(tmp_path: Path, unit: str, sound: bool) -> None:
    said = mistakes(tmp_path, of_km_h(tmp_path, unit) + 'speed = "speed"\n')
    words = f"speed: speed is told in {unit}; expected what its profile says in m/s"
    assert [words in each for each in said] == [True] * (not sound)


def test_humidity_is_in_per_cent(tmp_path: Path) -> None:
    beside = 'humidity = "no2"\ndoubtful_above = 75\n'
    (said,) = mistakes(tmp_path, of_km_h(tmp_path, "m/s") + beside)
    assert said.endswith("humidity: no2 is told in ppb; expected what its profile says in %")


def test_a_register_of_a_slower_poll_is_read_less_often(tmp_path: Path) -> None:
    text = of_km_h(tmp_path, "m/s").replace('stands = "1min"', 'stands = "10s"')
    profile = tmp_path / "vane.toml"
    (tmp_path / "lamppost.toml").write_text(text)
    assert not [each for each in examine(tmp_path / "lamppost.toml").warnings if "stands" in each]
    slow = profile.read_text().replace('unit = "°"', 'unit = "°"\npoll = "slow"')
    profile.write_text(slow + '[poll.slow]\nperiod = "1min"\n')
    (said,) = [each for each in examine(tmp_path / "lamppost.toml").warnings if "stands" in each]
    assert "at most 17 % of a window is known" in said


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ('from = "06-01"\nto = "08-31"\n', 'from = "12-01"\nto = "02-15"\n', False),
        ('from = "06-01"\nto = "08-31"\n', 'from = "08-31"\n', True),
        ('from = "12-01"\nto = "02-15"\n', 'from = "01-01"\nto = "01-02"\n', True),
        ('from = "2027-06-01"\nto = "2027-06-30"\n', 'from = "2028-06-01"\nto = "2028-06-30"\n', False),
        ('from = "2027-06-01"\nto = "2030-06-30"\n', 'from = "05-01"\nto = "05-02"\n', True),
        ('from = "2027-06-01"\nto = "2027-06-30"\n', 'from = "05-01"\nto = "05-31"\n', False),
        ('from = "12-31"\n', 'from = "12-31"\nto = "01-01"\n', True),
        ('from = "06-01"\nto = "08-31"\n', "", True),
    ],
)
def test_the_same_limit_in_another_season_is_another_threshold(say: Say, one: str, other: str, meet: bool) -> None:
    first, second = f'{LIMIT}name = "a"\nabove = 50\n', f'{LIMIT}name = "b"\nabove = 50\n'
    said = say(SOUND + first + one + second + other)
    assert ["overlaps with a" in each for each in said] == [True] * meet


@pytest.mark.parametrize(("holidays", "told"), [("", True), ('[station.square]\nholidays = "fr"\n', False)])
def test_a_threshold_of_holidays_where_none_is_known(tmp_path: Path, holidays: str, told: bool) -> None:
    head, table, quantity = HEAD.format(name="pm2_5").partition("[station")
    text = head + holidays + table + quantity + SOUND + LIMIT + 'name = "a"\nabove = 50\ndays = ["holiday"]\n'
    (tmp_path / "lamppost.toml").write_text(text)
    said = [each for each in examine(tmp_path / "lamppost.toml").warnings if "days" in each]
    words = 'no day of this station is a public holiday; expected holidays = "fr" in [station.square]'
    assert [words in each for each in said] == [True] * told


def test_saturated_below_all_that_is_valid(say: Say) -> None:
    (said,) = say(SOUND + "valid = [0, 60]\nsaturated = -5\n")
    assert "saturated: leaves no value: valid begins at 0" in said


def test_another_unit_than_the_profile_says_which(tmp_path: Path) -> None:
    text = of_km_h(tmp_path, "m/s").replace('"from_deg"', '"no2"').replace("vector", "mean")
    (said,) = mistakes(tmp_path, text.replace('"deg"', '"ug/m3"'))
    assert said.endswith('unit: vane tells it in ppb; expected "[ppb]", and gas, celsius and hpa beside it')
    (said,) = mistakes(tmp_path, text.replace('"deg"', '"hPa"'))
    assert said.endswith('unit: vane tells it in ppb; expected "[ppb]"')


@pytest.mark.parametrize(
    ("lines", "threshold", "words"),
    [
        ("valid = [0, 60]\n", "above = 60\n", "above: no value is ever beyond it: valid = 60"),
        ("valid = [0, 60]\n", "below = 0\n", "below: no value is ever beyond it: valid = 0"),
        ("saturated = 80\n", "above = 90\n", "above: no value is ever beyond it: saturated = 80"),
        ("valid = [0, 60]\n", "above = 59\n", None),
        ("valid = [0, 60]\n" + CALIBRATION + "date = 2026-11-01\ngain = 2\n", "above = 90\n", None),
    ],
)
def test_a_threshold_that_no_value_can_pass(say: Say, lines: str, threshold: str, words: str | None) -> None:
    said = say(SOUND + lines + LIMIT + 'name = "a"\n' + threshold)
    assert [words in each for each in said if words] == [True] * (words is not None)
    assert words or not said


@pytest.mark.parametrize(
    ("lines", "stands", "percent"),
    [
        ('period = "10s"\n', "1s", 10),
        ('period = "10s"\n', "8s", None),
        ('period = "1s"\nmeasure = "1min"\nrest = "9min"\n', "1min", 20),
        ('period = "1s"\nmeasure = "1min"\nrest = "9min"\n', "10min", None),
        ('period = "1s"\nmeasure = "9min"\nrest = "1min"\n', "5s", None),
    ],
)
def test_readings_that_stand_for_less_than_the_time_between_them(
    tmp_path: Path, lines: str, stands: str, percent: int | None
) -> None:
    sensor = '[sensor.dust]\nkind = "uart"\nport = "/dev/ttyX"\nprofile = "nova-sds011"\n' + lines
    quantity = (
        '[station.square.quantity.pm10]\ndevice = "dust"\nreads = "pm10_ug_m3"\nunit = "ug/m3"\nmethod = "mean"\n'
        f'windows = ["1h"]\nstands = "{stands}"\n'
    )
    file = tmp_path / "lamppost.toml"
    file.write_text(HEAD.format(name="x").partition("[station")[0] + sensor + quantity)
    said = [each for each in examine(file).warnings if "stands" in each]
    assert [f"at most {percent} % of a window is known" in each for each in said] == [True] * (percent is not None)
