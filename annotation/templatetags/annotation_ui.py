"""What the templates of annotation need: names of keys and of labels."""

import functools
import re
from pathlib import Path, PurePosixPath
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from speecheq.naming import name_codes

register = template.Library()

KEY_NAMES = {
    "Space": pgettext_lazy("key", "Space"),
    "Enter": pgettext_lazy("key", "Enter"),
    "Backspace": "⌫",
    "Minus": "-",
    "Equal": "=",
    "Comma": ",",
    "Period": ".",
    "Slash": "/",
    "Semicolon": ";",
    "BracketLeft": "[",
    "BracketRight": "]",
}


@register.filter
def key_name(code: str | None) -> Any:
    """What is printed on the key of a `KeyboardEvent.code`: Digit1 -> 1, Shift+KeyH -> ⇧H."""
    code = code or ""
    if code.startswith("Shift+"):
        return f"⇧{key_name(code.removeprefix('Shift+'))}"
    for prefix in ("Digit", "Key"):
        if code.startswith(prefix):
            return code.removeprefix(prefix)
    return KEY_NAMES.get(code, code)


def local_name(names: dict[str, str], *, fallback: str = "") -> str:
    """The name in the language of the page; data carries `zh` and `en`."""
    language = (get_language() or "en").split("-")[0]
    return names.get(language) or names.get("en") or fallback


@register.filter
def localised(entry: dict[str, Any]) -> str:
    """The name of a category or level in the language of the page."""
    return local_name(entry.get("names", {}), fallback=str(entry.get("code", entry.get("value"))))


_IMPORT = re.compile(r"""^import .*? from "(\.[^"]+)";$""", re.MULTILINE | re.DOTALL)


@functools.cache
def modules_of(module: str) -> tuple[str, ...]:
    """A module's static name and those of all modules that it imports, directly or not."""
    names: dict[str, None] = {}
    waiting = [PurePosixPath(module)]
    while waiting:
        name = waiting.pop(0)
        found = finders.find(str(name))
        if str(name) in names or found is None:
            continue
        names[str(name)] = None
        imported = _IMPORT.findall(Path(found).read_text(encoding="utf-8"))
        waiting += [name.parent / each for each in imported]
    return tuple(names)


@register.simple_tag
def preload_modules(module: str) -> SafeString:
    """Lets the browser fetch all modules of a page at once, not one import after the other."""
    links = ((static(name),) for name in modules_of(module))
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', links)


# Scales that have pictures, by code.
SCALE_NAMES = {
    "valence": gettext_lazy("Valence"),
    "arousal": gettext_lazy("Arousal"),
    "dominance": gettext_lazy("Dominance"),
}

# Acquisition functions, as the queue page names them.
WHY_NAMES = {
    "entropy": gettext_lazy("the model is least sure (entropy)"),
    "margin": gettext_lazy("two emotions are close (margin)"),
    "random": gettext_lazy("at random"),
}

name_codes(register, scale_name=SCALE_NAMES, why_name=WHY_NAMES)
