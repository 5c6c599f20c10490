"""Keeps the catalogues in step with the code: `python tools/translations.py update|compile|check`.

Needs Babel and Django only, not the gettext programs. `update` collects every string of the code
and of the templates, keeps the translations there are and lists what is missing; `compile` writes
the .mo files that are shipped; `check` says what is wrong and fails.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("platform/speecheq", "annotation", "training")
LOCALES = ROOT / "platform" / "speecheq" / "locale"
LANGUAGES = ("zh_Hans",)
DROPPED_HEADERS = (
    '"POT-Creation-Date',
    '"PO-Revision-Date',
    '"Last-Translator',
    '"Language-Team',
    '"Report-Msgid-Bugs-To',
    '"Generated-By',
)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "ErrorCode": (2,),  # the meaning, which a page translates by its code
    "say": None,  # the template of a sentence, see `speecheq.sentences`
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def code(path: Path) -> str:
    """Python as it is; a template as the calls that stand for its strings."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    from django.conf import settings
    from django.utils.translation.template import templatize

    if not settings.configured:
        settings.configure()
    return templatize(text, origin=str(path))


def sources() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html"} and "migrations" not in path.parts:
                yield path


def template() -> Catalog:
    """Every string of the code, with the files it stands in."""
    found = Catalog(project="SpeechEQ", charset="utf-8")
    for path in sources():
        text = io.BytesIO(code(path).encode())
        for _line, message, _comments, context in extract("python", text, keywords=KEYWORDS):
            if message and (message if isinstance(message, str) else message[0]):
                place = (path.relative_to(ROOT).as_posix(), 0)
                found.add(message, locations=[place], context=context)
    return found


def po_path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="SpeechEQ", charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Bring the catalogue in step: new strings come in empty, those no longer used leave."""
    catalogue = read(language)
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    save(language, catalogue)


def save(language: str, catalogue: Catalog) -> None:
    """Write the .po without dates and places, so that a change shows only what changed."""
    catalogue.fuzzy = False
    catalogue.header_comment = f"# SpeechEQ, {language}. Kept by tools/translations.py."
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, sort_output=True, no_location=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(DROPPED_HEADERS)]
    path.write_text("".join(kept), encoding="utf-8")


def compile_mo(language: str) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, read(language))
    return buffer.getvalue()


def texts(message: Message) -> tuple[str, ...]:
    string = message.string
    return tuple(string) if isinstance(string, list | tuple) else (string,)


def problems(language: str) -> list[str]:
    """What keeps the catalogue from being whole: missing, fuzzy, unused, or not compiled."""
    catalogue, wanted = read(language), template()
    have = {(message.id, message.context) for message in catalogue if message.id}
    need = {(message.id, message.context) for message in wanted if message.id}
    found = [f"not in the catalogue: {one[0]!r}" for one in need - have]
    found += [f"no longer used: {one[0]!r}" for one in have - need]
    for message in catalogue:
        if message.id and not all(texts(message)):
            found.append(f"not translated: {message.id!r}")
        elif message.id and message.fuzzy:
            found.append(f"fuzzy: {message.id!r}")
    if shipped(language) != compiled_texts(compile_mo(language)):
        found.append("django.mo was not compiled from this django.po")
    return sorted(found)


def compiled_texts(content: bytes) -> dict[tuple[str, str | None], tuple[str, ...]]:
    catalogue = read_mo(io.BytesIO(content))
    return {(str(m.id), m.context): texts(m) for m in catalogue if m.id}


def shipped(language: str) -> dict[tuple[str, str | None], tuple[str, ...]]:
    path = po_path(language).with_suffix(".mo")
    return compiled_texts(path.read_bytes()) if path.exists() else {}


def main(action: str) -> int:
    for language in LANGUAGES:
        if action == "update":
            update(language)
        if action == "compile":
            po_path(language).with_suffix(".mo").write_bytes(compile_mo(language))
        found = problems(language)
        for line in found:
            print(f"{language}: {line}")
        if action == "check" and found:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
