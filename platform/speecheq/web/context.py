"""What the base page needs beyond Django's own context."""

from importlib.metadata import PackageNotFoundError, version

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")


def shell(request: HttpRequest) -> dict[str, str]:
    """The theme the person chose, from a cookie, and the version that is running."""
    theme = request.COOKIES.get("theme", "auto")
    return {"theme": theme if theme in THEMES else "auto", "version": VERSION}


def _version() -> str:
    try:
        return version("speecheq")
    except PackageNotFoundError:
        return ""


VERSION = _version()
