"""How far a command that asks many has come."""

from typing import TextIO

BAR = 30


class Progress:
    """A bar on a terminal; nothing anywhere else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._width = stream, 0
        self._shown = stream.isatty()

    def show(self, done: int, total: int, where: str) -> None:
        full = BAR * done // total
        self._write(f"[{'#' * full}{'-' * (BAR - full)}] {100 * done // total:3} %  {where}")

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        if self._shown:
            self._stream.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
            self._stream.flush()
            self._width = len(text)
