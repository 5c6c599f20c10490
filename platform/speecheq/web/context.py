"""What the base page needs beyond Django's own context."""

from django.http import HttpRequest

from speecheq import __version__

THEMES = ("auto", "light", "dark")


def shell(request: HttpRequest) -> dict[str, str]:
    """The theme the person chose, from a cookie, and the version that is running."""
    theme = request.COOKIES.get("theme", "auto")
    return {"theme": theme if theme in THEMES else "auto", "speecheq_version": __version__}
