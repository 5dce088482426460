"""The keys of every type of event, in the order in which the city receives them: an update changes none by accident."""

from collections.abc import Iterator

from agent.event_catalogue import EVENT_TYPES
from agent.trades.lighting.event_types import LAMP_DECLARED
from agent.trades.metering.event_types import METER_DECLARED

KEYS = {
    "bay.disagreement": "active sources decided_by",
    "bay.freed": (
        "stay entered_at continuity duration_s duration_exact charge_s uncertainty_s category rule order "
        "limit_s grace_s limit_applies order_digest place overstayed evidence"
    ),
    "bay.known": "state stay evidence",
    "bay.occupied": (
        "stay category limit_s grace_s limit_applies rule order order_digest no_return_until place "
        "uncertainty_s evidence"
    ),
    "bay.overstay": (
        "stay entered_at continuity stage standing_s standing_exact charge_s counted_s limit_s grace_s "
        "category rule order order_digest user place exempt evidence told_before charge_since longest_gap_s "
        "clock_source clock_error_s clock_kept_by clock_reference clock_updated_at clock_authenticated "
        "sensor_conditions article class law statement wording"
    ),
    "bay.overstay_presumed": (
        "stay entered_at continuity stage standing_s standing_exact charge_s counted_s limit_s grace_s "
        "category rule order order_digest user place exempt evidence grounds wording"
    ),
    "bay.removed": "stay entered_at continuity standing_s standing_exact",
    "bay.statistics": "group uuid reference bays free occupied unknown period day hours",
    "bay.unknown": "last_state silent_s stay",
    "camera.degraded": "condition active detail",
    "camera.tampered": "condition active detail",
    "command.outcome": "command_id status reason observed data uplink",
    "kerb.mode": "mode reason purged legal_basis reference dpia_reference controller valid_until simulated",
    "kerb.statistics": "category period_s watched_s stays dwell minimum_count interrupted",
    "kerb.suspected": (
        "zone category article class law statement wording stage vehicle suspected_since standing_s charge_s "
        "counted_s limit_s grace_s rule order order_digest exempt evidence doubt authorisation simulated"
    ),
    "lamp.control_gear_comm_failure": "active detail fault value limit silent_s",
    "lamp.cycling_failure": "active detail fault value limit times",
    "lamp.dimming_failure": "active detail fault value limit level_percent commanded_percent",
    "lamp.energy": (
        "night energy_kwh saving_percent burning_hours switch_ons source unseen_s operating_hours switch_on_count "
        "supply_loss_count"
    ),
    "lamp.failure": "active detail fault value limit power_w expected_w",
    "lamp.level": "level_percent commanded_percent reason colour_temperature_k commanded_colour_temperature_k",
    "lamp.power_too_high": "active detail fault value limit power_w expected_w level_percent",
    "lamp.power_too_low": "active detail fault value limit power_w expected_w level_percent",
    "lamp.relay_failure": "active detail fault value limit power_w",
    "lamp.supply_loss": "active detail fault value limit count",
    "lamp.unexpected_on": "active detail fault value limit power_w",
    **dict.fromkeys((*LAMP_DECLARED, *METER_DECLARED), "active detail fault value limit"),
    "line.device_down": "reason",
    "line.device_up": "down_s",
    "meter.energy": "quantity period begin end energy_kwh coverage_percent estimated_kwh resets",
    "meter.supply_loss": "active detail phase voltage_v nominal_v",
    "meter.supply_voltage_too_high": "active detail phase voltage_v nominal_v",
    "meter.supply_voltage_too_low": "active detail phase voltage_v nominal_v",
    "pole.birth": (
        "version versions clock lines networks config_sha256 config_source places groups page pages sensors bays "
        "lamps meters zones cameras stations kerb_mode"
    ),
    "pole.clock_set": "boot offset_s",
    "pole.configuration": "outcome source sha256 file line text superseded",
    "pole.document": "document name revision state in_force valid_from valid_until command_id reason",
    "pole.part_failed": "part error message place count",
    "pole.part_restored": "part failed_s count left_out",
    "pole.retired": "version uuid",
    "pole.status": (
        "version uptime_s clock_source disk_free_percent temperature_c under_voltage config_sha256 "
        "config_source clock_trusted "
        "events_waiting events_dropped store_bytes devices dropped_bytes devices_down parts_failed "
        "network_operator signal_percent uplink_month_bytes kerb_mode"
    ),
    "security.event certificate_changed": "kind held_back table part file",
    "security.event command_refused": "kind held_back reason command_id",
    "security.event configuration_changed": "kind held_back file sha256 previous_sha256",
    "security.event local_client_refused": "kind held_back reason uid",
    "security.event software_replaced": ("kind held_back reason version previous_version sha256 previous_sha256"),
    "security.event unlocking_failed": "kind held_back lock command_id",
    "sensor.battery_low": "active detail battery_percent",
    "sensing.index": "index version begin end level category by_pollutant missing setting standing",
    "sensing.maintenance": "active detail what hours limit_h quantity since",
    "sensing.observation": (
        "quantity method window begin end value unit unit_code coverage_percent minimum maximum standing raw_value "
        "correction calm_percent doubtful_percent day_db evening_db night_db late weighed_by"
    ),
    "sensing.threshold": "active detail quantity threshold value limit unit standing window source",
    "sensor.fault": "active detail kind quantity",
    "sensor.flapping": "active detail changes",
    "sensor.stuck": "active detail",
    "sensor.tilted": "active detail",
    "store.gap corrupt": (
        "reason detail moved_to saved_events saved_states dropped arrived first last times_trusted states_current"
    ),
    "store.gap unproven": "reason detail held first",
    "store.memory_only": "detail unreachable",
    "store.on_disk": "in_memory_s events",
    "store.gap full": (
        "reason dropped previously_reported by_type first last times_trusted first_sequence last_sequence"
    ),
    "store.erased": "before bay events days",
    "store.gap old": (
        "reason dropped previously_reported by_type first last times_trusted first_sequence last_sequence"
    ),
    "store.gap uplink_removed": (
        "reason dropped previously_reported by_type first last times_trusted first_sequence last_sequence uplink"
    ),
    "store.gap unreadable": "reason dropped",
    "store.gap other_pole": "reason site pole events kept_as detail",
    "store.gap state_unreadable": "reason key detail",
    "store.skipped": "reason sequences",
    "telemetry.reading": "quantity value detail",
    "uplink.budget": "stage month spent_bytes budget_bytes left_out",
    "uplink.certificate_expires": "certificate file valid_until days_left uplink",
}
"""Keys of the data by type of event, with its tag where it has several forms."""


def sent() -> Iterator[tuple[str, str]]:
    for name, kind in EVENT_TYPES.items():
        for form in kind.schemas:
            config = form.__struct_config__
            tagged = [config.tag_field] if config.tag_field else []
            yield " ".join(filter(None, (name, config.tag))), " ".join((*tagged, *form.__struct_encode_fields__))


def test_no_key_of_an_event_comes_goes_or_moves_unseen() -> None:
    assert dict(sent()) == KEYS
