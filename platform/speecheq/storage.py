"""Static files under names that change with their content, imported modules among them."""

from whitenoise.storage import CompressedManifestStaticFilesStorage

# `import ... from "./x.js"` in our own modules; Django's patterns stumble over other packages'.
OUR_MODULES = (
    "*/js/*.js",
    ((r"""(?P<matched>from\s+["'](?P<url>\./[\w.-]+\.js)["'])""", 'from "%(url)s"'),),
)


class ModuleStorage(CompressedManifestStaticFilesStorage):
    """Hashes the addresses in imports too, so that an upgrade never mixes old and new modules."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, OUR_MODULES)
    max_post_process_passes = 10  # as deep as modules import each other
