"""What can be wrong with a long recording, by name."""

from __future__ import annotations

from speecheq.errors import Conflict, RuleBroken


class LongNotReady(Conflict):
    """The file was not read yet, or could not be."""

    code = "long_not_ready"


class RegionsChanged(Conflict):
    """Somebody else changed the regions meanwhile; the answer holds the newer state."""

    code = "regions_changed"


class RegionChanged(Conflict):
    """A region was moved, removed or given to another prompt while it was being cut."""

    code = "region_changed"


class RegionsWrong(RuleBroken):
    """A region lies outside the recording, is empty, or lies over another."""

    code = "regions_wrong"


class LongRefused(RuleBroken):
    """The file is no long recording. `code` says why, as for clips."""

    code = "long_refused"


class LongThere(Conflict):
    """The session has this channel of this file."""

    code = "long_already_there"
