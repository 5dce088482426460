"""One LoRaWAN sensor: its frames, as the network hands them over, become readings."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter

from drivers.backoff import Backoff
from drivers.base import Emit, Quality, Reading, Value
from drivers.drop_counter import DropCounter
from drivers.errors import LineError, NoAnswer
from drivers.lorawan.codecs import BadFrame, Frame, Model
from drivers.lorawan.codecs.frame import Record
from drivers.lorawan.counter import FrameCounter, FrameVerdict
from drivers.lorawan.frame_queue import FrameQueue, QueuedFrame
from drivers.lorawan.network import Network
from drivers.lorawan.options import LorawanDevice
from drivers.lorawan.replay import PAUSE_S
from drivers.lorawan.uplink import UplinkFrame
from drivers.translation import _, ngettext

LONGEST_PAUSE_S = 5.0
"""A network that is back is found so soon."""

MISSED = 2.5
"""Heartbeats without a frame after which the sensor is down."""

CLOCKS_APART_S, OLDEST_S = 60.0, 31 * 86400.0
"""A stored record may be so much younger than its frame, as clocks go, and so old."""

USUAL = {"temperature_c": (-55.0, 125.0, "°C"), "battery_percent": (0.0, 100.0, "%")}
"""Ranges of values where a model has none of its own: what electronics can be at, and parts of a whole."""


class LorawanDriver:
    """Driver of one LoRaWAN sensor. Emits what each frame tells, how well it was heard, and at last the bay's state.

    Args:
        model: what its frames say; the one that the options name.
        beside: topics that are heard for it, beside that of its frames.
    """

    def __init__(
        self,
        name: str,
        options: LorawanDevice,
        network: Network,
        model: Model,
        now_s: Callable[[], float] = time.monotonic,
        *,
        beside: Sequence[str] = (),
    ) -> None:
        self.name, self.eui, self.backoff = name, options.eui, Backoff(cap_s=LONGEST_PAUSE_S)
        self.beside = tuple(beside)
        self.topic, self.object_paths = network.options.topic_of(options.eui, options.device_id), model.object_paths
        self._model, self._heartbeat_s = model, options.period_s(model)
        self.quantity = model.quantity
        self._network, self._now_s = network, now_s
        self._counter, self._drops = FrameCounter(), DropCounter(name)
        self._waiting, self._news = FrameQueue(), asyncio.Event()
        self._cut_off = self._missed = self._backlog_pending = False
        network.add(self)

    def leave_network(self) -> None:
        """Leaves the network: nothing more is handed over to it."""
        self._network.remove(self)

    @property
    def dropped(self) -> Mapping[str, int]:
        """Frames since the start that tell nothing, or of which a part could not be read, by cause."""
        return self._drops.counts

    @property
    def figures(self) -> Mapping[str, bool | float | str]:
        """What is read from the network server's own decoding, whose codec nobody here knows."""
        return {"decoded_by_network_server": ", ".join(self.object_paths)} if self.object_paths else {}

    def enqueue(self, heard: UplinkFrame, at_s: float, delay_s: float = 0.0) -> None:
        verdict = self._counter.judge(heard)
        if verdict is FrameVerdict.DUPLICATE:
            self._drops.add("duplicate", _("frame {number} came twice").format(number=heard.f_cnt))
        elif verdict is FrameVerdict.LATE:
            self._drops.add(
                "late", _("frame {number} was overtaken by a newer one, and is left out").format(number=heard.f_cnt)
            )
        else:
            queued = QueuedFrame(heard, at_s, delay_s, verdict is FrameVerdict.RESTARTED, self._counter.lost)
            if not self._waiting.add(queued):
                self._drops.add("unread", _("frames come faster than they are read, the oldest is left out"))
            self._news.set()

    async def drained(self) -> None:
        await self._waiting.drained()

    def network_changed(self) -> None:
        self._news.set()

    def backlog_pending(self) -> None:
        self._backlog_pending = True
        self._news.set()

    async def run(self, emit: Emit) -> None:
        """Listen until cancelled. Raises LineError: the network is gone; NoAnswer: 2.5 heartbeats have been missed."""
        heard_s = self._now_s()
        while True:
            self._news.clear()
            await self._check_network(emit)
            heard_s = max(heard_s, await self.tell(emit))
            await self._tell_of_more(emit)
            await self._wait(heard_s)

    async def tell(self, emit: Emit) -> float:
        """Emit what the frames that wait tell; when the last of them was received, 0 without one."""
        last_s = 0.0
        with self._waiting.being_read():
            while self._waiting:
                taken, self._missed = await self._waiting.take(), False
                last_s = taken.at_s
                await self._tell(taken, emit)
        return last_s

    async def _check_network(self, emit: Emit) -> None:
        """Raises LineError. A sensor that was cut off is no longer down once its network is back."""
        if (failure := self._network.failure) is not None:
            self._cut_off = True
            raise LineError(
                self.name,
                _("its network {network} is down: {reason}").format(network=self._network.name, reason=failure.what),
                failure.hint,
            )
        if self._cut_off:
            self._cut_off = False
            await emit(Reading(self.name, "reachable", True, self._now_s()))

    async def _tell_of_more(self, emit: Emit) -> None:
        """Tells that the sensor is reachable, by a frame that is not its newest. A sensor that is down stays so
        until it is heard."""
        more, self._backlog_pending = self._backlog_pending, False
        if more and not self._missed:
            await emit(Reading(self.name, "reachable", True, self._now_s() - PAUSE_S, delay_s=PAUSE_S))

    async def _wait(self, heard_s: float) -> None:
        """Waits until there is something to do. Raises NoAnswer."""
        limit_s = MISSED * self._heartbeat_s
        try:
            async with asyncio.timeout(max(0.0, heard_s + limit_s - self._now_s())):
                await self._news.wait()
        except TimeoutError:
            self._missed = True
            what = _("nothing was heard of devEUI {eui} for {hours:.1f} h").format(eui=self.eui, hours=limit_s / 3600)
            hint = _("it should report each {hours:.1f} h; check its battery and the gateway").format(
                hours=self._heartbeat_s / 3600
            )
            raise NoAnswer(self.name, what, hint) from None

    async def _tell(self, taken: QueuedFrame, emit: Emit) -> None:
        heard, at_s, delay_s = taken.heard, taken.at_s, taken.delay_s
        if taken.lost:
            await emit(Reading(self.name, "frames_lost", taken.lost, at_s, delay_s=delay_s))
        try:
            frame = _decoded(self._model, heard)
        except BadFrame as error:
            self._drops.add(f"wrong_{error.cause}", _("{reason}; it is left out").format(reason=error))
            return
        if frame.unread_bytes:
            what = ngettext(
                "a frame on port {port} is {count} byte longer than is known; what is known of it is read",
                "a frame on port {port} is {count} bytes longer than is known; what is known of it is read",
                frame.unread_bytes,
            )
            self._drops.add("unknown_fields", what.format(port=heard.f_port, count=frame.unread_bytes))
        await self._tell_before(taken, frame, emit)
        for quantity, value, doubt, detail in _told(self._model, heard, frame, taken.restarted):
            quality = Quality.SUSPECT if doubt else Quality.GOOD
            await emit(Reading(self.name, quantity, value, at_s, quality, doubt or detail, delay_s))

    async def _tell_before(self, taken: QueuedFrame, frame: Frame, emit: Emit) -> None:
        """What the sensor had kept belongs to the time at which it was measured; the oldest first."""
        aged = [(_age_s(taken.heard, each), each) for each in frame.records]
        undated = sum(age_s is None for age_s, _record in aged)
        if undated:
            what = _("a stored record of a time that cannot be, by the sensor's clock or the network server's")
            self._drops.add("undated", what)
        for age_s, record in sorted(((age, each) for age, each in aged if age is not None), key=itemgetter(0))[::-1]:
            for quantity, value in record.values.items():
                doubt = _doubt(self._model, quantity, value)
                quality = Quality.SUSPECT if doubt else Quality.GOOD
                at_s, delay_s = taken.at_s - age_s, taken.delay_s + age_s
                await emit(Reading(self.name, quantity, value, at_s, quality, doubt, delay_s))


def _age_s(heard: UplinkFrame, record: Record) -> float | None:
    """How long before its frame a record was measured; None: nobody knows, or that cannot be."""
    if record.unix_s is None:
        return record.age_s
    if heard.sent_s is None or not -CLOCKS_APART_S <= heard.sent_s - record.unix_s <= OLDEST_S:
        return None
    return max(0.0, heard.sent_s - record.unix_s)


def _told(model: Model, heard: UplinkFrame, frame: Frame, restarted: bool) -> Iterator[tuple[str, Value, str, str]]:
    """Quantity, value, doubt, detail; the state comes last."""
    yield from _start(heard, frame, restarted)
    for quantity, value, doubt in (
        ("rssi_dbm", heard.rssi_dbm, ""),
        ("snr_db", heard.snr_db, ""),
        ("temperature_c", frame.temperature_c, _doubt(model, "temperature_c", frame.temperature_c)),
        ("battery_percent", frame.battery_percent, _doubt(model, "battery_percent", frame.battery_percent)),
        ("battery_v", frame.battery_v, _doubt(model, "battery_v", frame.battery_v)),
        *((quantity, value, _doubt(model, quantity, value)) for quantity, value in frame.others.items()),
        ("battery_low", frame.battery_low, ""),
        ("tilted", frame.tilted, ""),
        ("sensor_fault", frame.fault, ""),
        ("vehicle_tag", frame.vehicle_tag, ""),
        ("previous_state_duration_error_s", frame.previous_state_duration_error_s, ""),
        ("previous_state_duration_s", frame.previous_state_duration_s, ""),
        ("state_changed", frame.changed, ""),
        ("magnetic_field", frame.magnetic_field, ""),
        ("distance_mm", frame.distance_mm, _outside(frame.distance_mm, model.range_mm, "mm")),
        ("occupied", frame.occupied, ""),
    ):
        if value is not None:
            yield quantity, value, doubt, ""


def _decoded(model: Model, heard: UplinkFrame) -> Frame:
    """Raises BadFrame. What is of the network alone says nothing of the sensor, but that it is heard."""
    if heard.f_port == 0:
        return Frame()
    frame = model.decode(heard.f_port, heard.payload)
    return frame if model.from_object is None else model.from_object(frame, heard.decoded)


def _start(heard: UplinkFrame, frame: Frame, restarted: bool) -> Iterator[tuple[str, Value, str, str]]:
    """Tells of a sensor that has started anew."""
    unknown = _("cause not told")
    if frame.started is not None:
        version = frame.started.firmware
        firmware = _("firmware {firmware}").format(firmware=version) if version else ""
        yield "sensor_started", frame.started.cause or unknown, "", firmware
    elif restarted:
        yield "sensor_started", unknown, "", _("its frame counter starts again at {number}").format(number=heard.f_cnt)


def _doubt(model: Model, quantity: str, value: Value | None) -> str:
    """Why a value is none; "": it is one."""
    bounds = model.ranges.get(quantity) or USUAL.get(quantity)
    if bounds is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return _outside(value, bounds[:2], bounds[2])


def _outside(value: float | None, bounds: tuple[float, float], unit: str) -> str:
    """Why a value is none; "": it is one."""
    low, high = bounds
    if value is None or low <= value <= high:
        return ""
    return _("{value:g} {unit} is outside {low:g} to {high:g} {unit}").format(
        value=value, unit=unit, low=low, high=high
    )
