"""Sentences that can be said in the language of whoever reads them. Pure: no Django.

`say("No clip {key!r}.", key=key)` is the English text, usable as any other: in a log, in a test, in
an answer to a program. It also keeps its template and values, so that `speecheq.error_words` can
say the same in another language later, wherever a person reads it. The template is what stands in
the catalogues; it is filled as `str.format` fills it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

WORDS = "words"  # beside a stored `detail`: the template and the values it was made of

Value = str | int | float | None
Translate = Callable[[str], str]


class Sentence(str):
    """An English sentence that knows what it was made of."""

    template: str
    values: dict[str, Value]

    def __new__(cls, template: str, /, **values: Value) -> Sentence:
        made = super().__new__(cls, template.format(**values))
        made.template, made.values = template, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Value]]:
        """Copies and pickles, such as those from a limited process, keep the template."""
        return (self.template,), self.values

    def translated(self, translate: Translate) -> str:
        """The same by a translated template; sentences among the values are translated too."""
        inner = {
            name: value.translated(translate) if isinstance(value, Sentence) else value
            for name, value in self.values.items()
        }
        return translate(self.template).format(**inner)

    def with_texts(self, change: Callable[[str], str]) -> Sentence:
        """The same with `change` of each text among its values, e.g. without what no row holds."""
        values: dict[str, Value] = {}
        for name, value in self.values.items():
            if isinstance(value, Sentence):
                values[name] = value.with_texts(change)
            else:
                values[name] = change(value) if isinstance(value, str) else value
        return Sentence(self.template, **values)


def say(template: str, /, **values: Value) -> Sentence:
    """A sentence for people, e.g. `raise NotFound(say("No clip {key!r}.", key=key))`."""
    return Sentence(template, **values)


def word(*texts: str) -> Sentence:
    """Words that the catalogues have anyway, such as states, to stand within a sentence: several
    with commas between. Any other text stays as it is."""
    names = [f"w{n}" for n in range(len(texts))]
    if len(texts) != 1:
        words = {name: word(text) for name, text in zip(names, texts, strict=True)}
        return Sentence(", ".join(f"{{{name}}}" for name in names), **words)
    return Sentence(texts[0].replace("{", "{{").replace("}", "}}"))


def kept(told: Any) -> Any:
    """What is to be stored as JSON, with `words` beside each `detail` that can be translated."""
    if isinstance(told, Mapping):
        rest = {name: kept(value) for name, value in told.items()}
        detail = told.get("detail")
        return rest | ({WORDS: _packed(detail)} if isinstance(detail, Sentence) else {})
    if isinstance(told, list):
        return [kept(each) for each in told]
    return str(told) if isinstance(told, str) else told


def restored(told: Mapping[str, Any]) -> str:
    """The `detail` of what was stored by `kept`: a Sentence again where it was one."""
    detail = str(told.get("detail", ""))
    return _unpacked(told[WORDS]) if isinstance(told.get(WORDS), Mapping) else detail


def _packed(sentence: Sentence) -> dict[str, Any]:
    values = {
        name: _packed(value) if isinstance(value, Sentence) else _plain(value)
        for name, value in sentence.values.items()
    }
    return {"template": sentence.template, "values": values}


def _unpacked(packed: Mapping[str, Any]) -> Sentence:
    values = {
        name: _unpacked(value) if isinstance(value, Mapping) else value
        for name, value in packed["values"].items()
    }
    return Sentence(packed["template"], **values)


def _plain(value: Value) -> Value:
    """As JSON holds it: a word of an enumeration is its plain self."""
    return str(value) if isinstance(value, str) else value
