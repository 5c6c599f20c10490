"""How a folder or a manifest becomes rows: one recipe per corpus layout. Pure: no Django.

`read(name, path)` gives a Reading: rows that may become clips, and errors for those that may not.
"""

from collections.abc import Callable
from pathlib import Path

from annotation.recipes import manifest, ravdess
from annotation.recipes.rows import CorpusFacts, ManifestRow, Reading, RecipeError, RowError
from speecheq.sentences import say

__all__ = ["RECIPES", "CorpusFacts", "ManifestRow", "Reading", "RecipeError", "RowError", "read"]

RECIPES: dict[str, Callable[[Path], Reading]] = {
    "manifest": manifest.read,
    "ravdess": ravdess.read,
}
_CLUTTER = ("__MACOSX", ".DS_Store", "Thumbs.db")


def read(name: str, path: Path) -> Reading:
    """The rows of the corpus at `path`, read as the recipe `name` knows how.

    Raises RecipeError: no such recipe or path, or a manifest that cannot be read as a whole.
    """
    if name not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise RecipeError(
            "unknown_recipe",
            say("No recipe {name!r}. Known recipes: {known}.", name=name, known=known),
        )
    if not path.exists():
        raise RecipeError("path_not_found", say("There is nothing at {name!r}.", name=path.name))
    return RECIPES[name](unwrapped(path))


def unwrapped(path: Path) -> Path:
    """The folder itself, or the only folder inside: archives often hold one folder around all."""
    while path.is_dir():
        inside = [child for child in path.iterdir() if child.name not in _CLUTTER]
        if len(inside) != 1 or not inside[0].is_dir() or inside[0].is_symlink():
            break
        path = inside[0]
    return path
