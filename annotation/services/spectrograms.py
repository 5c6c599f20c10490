"""The pictures of a clip's frequencies: mel is made at import, linear when somebody asks for it.

Few look at the linear one, so an import does not pay for it. It is drawn once, from the 16 kHz
FLAC, in a limited child, and kept beside the other files of the clip.
"""

from __future__ import annotations

import logging
import tempfile

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotation.models import Clip
from annotation.services.clip_files import keep
from speecheq.errors import NotFound
from speecheq.limits import ChildRaised, LimitedWorker, LimitExceeded, Limits
from speecheq.names import storage_name
from speecheq.sentences import say

SCALES = ("mel", "linear")
# One child for a web process, started when first asked for.
_painter = LimitedWorker(
    "annotation.audio.redraw:redraw", limits=Limits(cpu_s=20, wall_s=60), max_calls=500
)
logger = logging.getLogger(__name__)


def spectrogram_name(clip: Clip, scale: str) -> str:
    """The stored picture of `clip`, drawn now if it has to be; empty for a clip without sound.

    Raises NotFound when it cannot be drawn.
    """
    if scale == "mel" or not clip.audio16k:
        return clip.spectrogram.name or ""
    suffix = f".{clip.sha256[:8]}.{scale}.png"
    name = storage_name("clip-spectrogram", clip.public_id, suffix)
    if not default_storage.exists(name):
        keep(name, ContentFile(_draw(clip, scale)))
    return name


def _draw(clip: Clip, scale: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".flac") as local:
        try:
            with clip.audio16k.open("rb") as sound:
                local.writelines(sound.chunks())
            local.flush()
            return _painter.call(path=local.name, scale=scale).blobs["spectrogram"]
        except (FileNotFoundError, ChildRaised, LimitExceeded) as error:
            logger.warning("No %s picture of the clip %s: %s", scale, clip.public_id, error)
            detail = say(
                "The {scale} spectrogram of the clip {id!r} cannot be drawn.",
                scale=scale,
                id=clip.public_id,
            )
            raise NotFound(detail, code="no_picture") from None
