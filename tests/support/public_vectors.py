"""A folder of public vectors of sensors beside this checkout, and which shipped profile reads which of them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "domain" / "sensing"

Out = dict[str, Any]
Names = dict[str, str | tuple[str, float]]
"""A value's name in the folder, our quantity, and how many of our unit one of its unit has."""

PLAIN: Names = {
    "battery": "battery_percent", "temperature": "temperature_c", "humidity": "humidity_percent", "co2": "co2_ppm",
    "pressure": "pressure_hpa", "pressure_kpa": ("pressure_hpa", 10), "pm1": "pm1_ug_m3", "pm2_5": "pm2_5_ug_m3",
    "pm4": "pm4_ug_m3", "pm10": "pm10_ug_m3", "pm100": "pm100_ug_m3", "pm1_cf1": "pm1_cf1_ug_m3", "tsp": "tsp_ug_m3",
    "pm2_5_cf1": "pm2_5_cf1_ug_m3", "pm10_cf1": "pm10_cf1_ug_m3", "hcho": "hcho_mg_m3", "light": "illuminance_lx",
    "wind_speed": "wind_speed_m_s", "wind_direction": "wind_direction_deg", "wind_gust": "wind_gust_m_s",
    "rain_total": "rain_mm", "radiation": "global_radiation_w_m2", "noise": "sound_level_db",
    "vdd_mv": ("battery_v", 1e-3),
    "battery_mv": ("battery_v", 1e-3), "panel_mv": ("panel_v", 1e-3), "temperature_min": "temperature_min_c",
    "temperature_max": "temperature_max_c", "temperature_avg": "temperature_mean_c", "uv": "uv_irradiance_w_m2",
    "nh3": "nh3_ppm", "h2s": "h2s_ppm", "id": "sensor_id", "low_battery": "battery_low", "frame_counter": "counter",
    "precipitation_total": "rain_mm", "precipitation_intensity": "rain_intensity_mm_h", "depth": "water_depth_cm",
    "dew_point": "dew_point_c", "wind_speed_max": "wind_speed_max_m_s", "wind_speed_avg": "wind_speed_mean_m_s",
    "o3": "o3_ppm", "voc": "voc_ppb", "tvoc_iaq": "voc_index", "occupied": "presence", "pulses": "pulse_count",
    "open": "door_open",
}  # fmt: skip

PER_LITRE: Names = {f"n{each}": f"n{each}_per_dl" for each in ("0_3", "0_5", "1", "2_5", "5", "10")}
PER_CM3: Names = {f"n{each}": f"n{each}_per_cm3" for each in ("0_5", "1", "2_5", "4", "10")}


class Known(NamedTuple):
    """
    Args:
        profile: that reads such vectors.
        names: where they are not the plain ones.
        left_out: values that are no reading here: of a period, which a lost frame would lose, and the like.
    """

    profile: str
    names: Mapping[str, str | tuple[str, float]] = MappingProxyType({})
    left_out: frozenset[str] = frozenset()


def without(*names: str) -> frozenset[str]:
    return frozenset(names)


UART = {
    "plantower_pms": Known("plantower-pms5003", PER_LITRE),
    "plantower_pms PMS3003": Known("plantower-pms3003"),
    "plantower_pms PMS5003T": Known("plantower-pms5003t", PER_LITRE),
    "plantower_pms PMS5003S": Known("plantower-pms5003s", PER_LITRE),
    "plantower_pms PMS5003ST": Known("plantower-pms5003st", PER_LITRE),
    "plantower_pms PMS7003": Known("plantower-pms7003", PER_LITRE),
    "nova_sds011": Known("nova-sds011"),
    "sds198": Known("nova-sds198"),
    "sensirion_sps30": Known("sensirion-sps30", PER_CM3 | {"size": "particle_size_um"}),
    "winsen_mhz19b": Known("winsen-mhz19b"),
    "cubic CM1106": Known("cubic-cm1106"),
    "cubic PM1006": Known("cubic-pm1006"),
    "cubic PM1003A": Known("cubic-pm1006"),
    "honeywell_hpma115c0": Known("honeywell-hpma115c0"),
}
SPS30_WHOLE = Known("sensirion-sps30-whole", PER_CM3 | {"size": "particle_size_um"})

MODBUS = {
    "vaisala_wxt530": Known("vaisala-wxt530"),
    "lufft_ws_umb": Known("lufft-ws-umb", left_out=without("precipitation_since_read")),
    "thies_wind_climate": Known("thies-wsc11"),
    "lambrecht": Known("lambrecht-thp"),
    "gill_maximet_metsens": Known("campbell-metsens200"),
    "seeed_sensecap_one": Known("seeed-sensecap-s1000", {"rain": "rain_mm"}),
    "seeed_sensecap_orch_s4": Known("seeed-sensecap-orch-s4"),
    "seeed_uv_s_zw_01a": Known("seeed-s-uv-01a"),
    "renke_rs_fs_fx_n01": Known("siliqs-sqs-luv800-wind"),
    "renke_type_station_500": Known("renke-weather-station"),
    "SEN0482": Known("dfrobot-sen0482"),
    "SEN0483": Known("dfrobot-sen0483"),
    "cubic_opm_6303": Known("cubic-opm-6303"),
    "senseair_s8": Known("senseair-s8"),
    "senseair_sunrise": Known("senseair-sunrise"),
    "wirenboard_wb_msw_v3": Known("wb-msw-v3"),
    "sokol_m": Known("sokol-m"),
    "siliqs_sqs_luv800": Known("siliqs-sqs-luv800", {"temperature_2": "temperature_2_c"}),
}

PASSAGES: Names = {"total_in": "people_in", "total_out": "people_out"}
AXES: Names = {"x": "tilt_x_deg", "y": "tilt_y_deg", "z": "tilt_z_deg", "flags": "tilt_alarm"}
ELSYS: Names = {"motion": "motion_count", "sound_peak": "sound_peak_db", "sound_avg": "sound_average_db"}
LORAWAN = {
    "DL-PM": Known("decentlab-dl-pm", PER_CM3 | {"size_nm": "typical_size_nm"}),
    "DL-ATM41G2": Known(
        "decentlab-dl-atm41g2",
        {"vapour_kpa": ("vapour_pressure_hpa", 10), "internal": "internal_temperature_c", "tilt_x": "tilt_x_deg",
         "tilt_y": "tilt_y_deg", "conductivity": "rain_conductivity_us_cm"},
        without("rain", "strikes", "strike_km"),
    ),
    "DL-TBRG": Known("decentlab-dl-tbrg", left_out=without("rain", "interval_s")),
    "DL-LP8P": Known(
        "decentlab-dl-lp8p",
        {"barometer_temperature": "barometer_temperature_c", "co2_filtered": "co2_filtered_ppm",
         "co2_temperature": "co2_temperature_c"},
    ),
    "DL-MBX": Known("decentlab-dl-mbx", {"distance_mm": "surface_distance_mm"}),
    "DL-CWS2": Known("decentlab-dl-cws2", {"surface_temperature": "surface_temperature_c"}),
    "EM500-CO2": Known("milesight-em500-co2"),
    "EM500-SWL": Known("milesight-em500-swl"),
    "EM300-MCS": Known("milesight-em300-mcs"),
    "EM300-TH": Known("milesight-em300-th"),
    "AM308": Known("milesight-am308", {"pir": "motion", "light_level": "light_step"}),
    "AM319": Known("milesight-am319", {"pir": "motion", "light_level": "light_step"}),
    "WS302": Known(
        "milesight-ws302", {"laf": "laf_db_a", "laeq": "laeq_db_a", "lafmax": "lafmax_db_a"}, without("weight")
    ),
    "WS301": Known("milesight-ws301", {"tamper": "taken_off"}),
    "EM300-DI": Known("milesight-em300-di", left_out=without("h_kind", "h_gpio")),
    "WTS506": Known("milesight-wts506", {"rain_counter": "rain_rollovers"}),
    "VS133": Known("milesight-vs133"),
    "VS135": Known("milesight-vs133"),
    "VS350": Known("milesight-vs350", PASSAGES, without("period_in", "period_out")),
    "VS360": Known("milesight-vs360", PASSAGES, without("period_in", "period_out")),
    "GS301": Known("milesight-gs301"),
    "EM310-TILT": Known("milesight-em310-tilt", AXES),
    "ERS Sound": Known("elsys-ers", ELSYS),
    "ERS CO2": Known("elsys-ers", ELSYS),
    "DRY CONTACTS 2": Known("adeunis-dry-contacts-2", left_out=without("closed_before")),
    "PULSE 4": Known("adeunis-pulse-4", left_out=without("time")),
    "BREATH": Known("adeunis-breath"),
    "parametric_pcr2": Known(
        "parametric-pcr2", {"ltr_sum": "passed_left_to_right", "rtl_sum": "passed_right_to_left"}, without("ltr", "rtl")
    ),
    "LDDS75": Known("dragino-ldds75"),
    "LDS02": Known("dragino-lds02", {"openings": "opening_count", "last_open_min": "last_opening_min"}),
    "CPL01": Known("dragino-cpl01", {"open": "contact_open", "last_open_min": "last_opening_min"}, without("time")),
    "netvox_ra08b": Known("netvox-ra08b"),
}  # fmt: skip

LINES: Names = {f"l{line}_{way}": f"line_{line}_{way}" for line in range(1, 5) for way in ("in", "out")}


class Vector(NamedTuple):
    """One of the folder: the section that it stands in, its device where that names one, and itself."""

    section: str
    device: str
    table: Out

    @property
    def key(self) -> str:
        return self.device or self.section

    def __str__(self) -> str:
        what = self.table.get("hex") or self.table.get("frame") or " ".join(self.table["regs"])
        return f"{self.section} {self.device} {what}"


def vectors(name: str) -> Iterator[Vector]:
    """Yields those of one file of the folder; none where it is not there."""
    if not FOLDER.is_dir():
        return
    for section, table in json.loads((FOLDER / name).read_text()).items():
        if isinstance(table, dict):
            yield from _of(section, table)


def _of(section: str, table: Out) -> Iterator[Vector]:
    for each in table.get("vectors", ()):
        yield Vector(section, each.get("device") or each.get("model", ""), each)
    for name, inner in table.items():
        if isinstance(inner, dict) and isinstance(inner.get("vectors"), list):
            yield from _of(name, inner)


def compare(out: Out | None, told: Out, known: Known) -> None:
    """Every value of the vector is told, and no other number."""
    names = {**PLAIN, **known.names}
    wanted: Out = {}
    for name, value in (out or {}).items():
        if name in known.left_out or value is None:
            continue
        of = names.get(name, name)
        quantity, factor = of if isinstance(of, tuple) else (of, 1)
        wanted[quantity] = value if factor == 1 else value * factor
    for quantity, value in wanted.items():
        assert quantity in told, f"{known.profile} says no {quantity}: {told}"
        assert same(told[quantity], value), f"{known.profile} says {quantity} {told[quantity]}, the vector {value}"
    if out is None:
        assert not {name: each for name, each in told.items() if not is_state(name)}


def same(told: Any, wanted: Any) -> bool:
    if isinstance(told, bool) or isinstance(wanted, str):
        return bool(told == wanted)
    return bool(told == pytest.approx(wanted, rel=1e-6, abs=5e-4))


def is_state(quantity: str) -> bool:
    """What a device says of itself, which is no measurement."""
    return quantity in {"sensor_fault", "meter_status", "error_status"}
