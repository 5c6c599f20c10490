"""Files on their way in: where they lie until they are something."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from speecheq.errors import Malformed
from speecheq.sentences import say

SUFFIX = ".incoming"
UPLOAD = ".part"  # pieces of an upload, one after the other
PIECE = ".piece"  # one of a recording by WebSpeechRecorderNg; its name begins with the session's id


class BrokenOff(Malformed):
    """The client went before it had sent everything."""

    code = "broken_off"


def folder() -> Path:
    """Readable by its owner only, as all of SPEECHEQ_HOME is."""
    path = Path(settings.SPEECHEQ_UPLOADS)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextmanager
def received(blocks: Iterable[bytes], length: int) -> Iterator[Path]:
    """The blocks as a file that is gone afterwards. Raises BrokenOff when they are fewer bytes."""
    with tempfile.NamedTemporaryFile(dir=folder(), suffix=SUFFIX) as file:
        size = 0
        for block in blocks:
            file.write(block)
            size += len(block)
        if size != length:
            raise BrokenOff(
                say(
                    "Only {size} of {length} bytes arrived. Send it again.",
                    size=size,
                    length=length,
                )
            )
        file.flush()
        yield Path(file.name)
