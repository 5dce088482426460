"""What a fuzzer's target calls a finding."""

import logging


class Finding(AssertionError):
    """Something that no bytes may bring about."""


class Errors(logging.Handler):
    """Collects what the project logs as an error: it only does so for defects and for the technician."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(self.format(record))

    def listen(self) -> None:
        for room in ("agent", "drivers", "asyncio"):
            logging.getLogger(room).addHandler(self)
        # As in the daemon: paho's own words are nobody's.
        logging.getLogger("mqtt").disabled = True

    def judge(self) -> None:
        """Raises Finding."""
        if self.words:
            words, self.words = "\n".join(self.words), []
            raise Finding(words)
