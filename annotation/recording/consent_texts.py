"""The consent texts that every installation starts with, one in each language of the platform.

They are a beginning. A lawyer of the laboratory must read them before anybody signs them, and what
they change becomes a text of the laboratory's own. These two, with their bodies in `texts/`, are
never edited: a change would be a new version, seeded by a new migration.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotation.recording.consent_forms import text_sha256, tidy

_FOLDER = Path(__file__).parent / "texts"

_ZH_PURPOSES = {
    "record": "录音：录下我朗读的声音，以编号保存在实验室的服务器上，并检查音质。",
    "label": "标注：由实验室挑选的人听我的录音，写下他们听到的情感和强度。他们看不到我的姓名。",
    "train": "训练：用我的录音和标注来训练、测试识别语音情感的计算机模型，并发表得到的数字。",
    "publish": (
        "公开：把我的录音和标注不带姓名地提供给其他研究者。公开之后，别人可能保留副本，无法全部收回。"
    ),
}

_EN_PURPOSES = {
    "record": (
        "Record: my voice is recorded as I read, kept under a code on the laboratory's server, "
        "and its sound quality is checked."
    ),
    "label": (
        "Label: people chosen by the laboratory listen to my recordings and note the emotion they "
        "hear and how strong it is. They do not see my name."
    ),
    "train": (
        "Train: my recordings and their labels are used to train and test computer models that "
        "recognise emotion in speech, and the figures that come of it may be published."
    ),
    "publish": (
        "Publish: my recordings and their labels are given to other researchers, without my name. "
        "Once published, others may hold copies that cannot all be called back."
    ),
}


def _text(language: str, title: str, purposes: dict[str, str]) -> dict[str, Any]:
    """A row of ConsentText: version 1 of the built-in text in `language`."""
    code = f"consent-{language}-1"
    body = (_FOLDER / f"{code}.txt").read_text(encoding="utf-8")
    shown: dict[str, Any] = {"title": title, "body": tidy(body), "purposes": purposes}
    return {
        "code": code,
        "language": language,
        "version": 1,
        **shown,
        "sha256": text_sha256(language=language, version=1, **shown),
        "is_builtin": True,
    }


TEXTS = [
    _text("zh", "录音及使用录音的知情同意书", _ZH_PURPOSES),
    _text("en", "Consent to being recorded and to the use of your voice", _EN_PURPOSES),
]
