"""What the templates of annotation need: names of keys and of labels."""

from typing import Any

from django import template
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

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


# Acquisition functions, as the queue page names them.
WHY_NAMES = {
    "entropy": gettext_lazy("the model is least sure (entropy)"),
    "margin": gettext_lazy("two emotions are close (margin)"),
    "random": gettext_lazy("at random"),
}


@register.filter
def why_name(code: str) -> Any:
    return WHY_NAMES.get(code, code)
