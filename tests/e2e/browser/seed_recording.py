"""Sessions to record in the browser tests. Runs inside the served platform; prints JSON."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.test import Client

from annotation.models import (
    Corpus,
    Membership,
    Prompt,
    Script,
    ScriptSection,
    Session,
    SessionPrompt,
    Speaker,
    Take,
    Upload,
)
from annotation.models.ids import speaker_id
from annotation.models.script import SectionKind
from annotation.services.recording import consents, events, links, sessions
from annotation.services.recording.visitors import COOKIE
from speecheq.roles import Role
from tests.e2e.browser.people import person
from tests.recording import consent

OPERATOR, MANAGER = "oscar", "maria"
SENTENCES = {
    "en": "The dogs are sitting by the door, number {n}.",
    "zh": "今天下午我们去公园散步，第{n}次。",
}
TARGETS = [("NEU", 0), ("HAP", 2), ("SAD", 1), ("ANG", 3)]
SCENARIO = {"en": "Somebody gave you a present.", "zh": "有人送了你一份礼物。"}


def seed(
    *,
    n_prompts: int = 3,
    language: str = "en",
    scenario: bool = False,
    training: bool = False,
    **about: Any,
) -> None:
    """An open session without room tone, whose speaker agreed to be recorded."""
    corpus, _ = Corpus.objects.get_or_create(
        slug="spoken", defaults={"name": "spoken", "language": "en", "licence": "CC0-1.0"}
    )
    Membership.objects.get_or_create(
        user=person(OPERATOR), corpus=corpus, role=Role.SESSION_OPERATOR
    )
    Membership.objects.get_or_create(user=person(MANAGER), corpus=corpus, role=Role.DATA_MANAGER)
    code = f"s{Speaker.objects.filter(corpus=corpus).count():03}"
    speaker = Speaker.objects.create(
        corpus=corpus, code=code, language=language, public_id=speaker_id(corpus.slug, code)
    )
    consent(speaker)
    kind = SectionKind.TRAINING if training else SectionKind.MAIN
    script = make_script(f"spoken-{code}", language, n_prompts, scenario=scenario, kind=kind)
    usual = {"state": "open", "wants_room_tone": False, "bits": 16}
    session = Session.objects.create(
        corpus=corpus, speaker=speaker, script=script, **(usual | about)
    )
    prompts = list(script.prompts.all())
    for position, prompt in enumerate(prompts, start=1):
        SessionPrompt.objects.create(session=session, prompt=prompt, position=position)
    made = {"session": session.public_id, "prompts": [prompt.public_id for prompt in prompts]}
    print(json.dumps(made))


def make_script(
    code: str, language: str, n_prompts: int, *, scenario: bool, kind: str = SectionKind.MAIN
) -> Script:
    """So many prompts in one section; `scenario`: the first one has one."""
    script = Script.objects.create(code=code, version=1, language=language, title=code)
    section = ScriptSection.objects.create(script=script, position=1, name="all", kind=kind)
    for n in range(n_prompts):
        esc, eis = TARGETS[n % len(TARGETS)]
        text = SENTENCES[language].format(n=n + 1)
        Prompt.objects.create(
            script=script,
            section=section,
            position=n + 1,
            key=f"p{n:02}",
            text=text,
            transcript=text,
            language=language,
            target_esc=esc,
            target_eis=eis,
            scenario=SCENARIO[language] if scenario and n == 0 else "",
        )
    return script


def withdraw(session: str) -> None:
    """The speaker takes the consent to be recorded back."""
    speaker = Session.objects.get(public_id=session).speaker
    consents.withdraw(speaker=speaker, purposes=["record"], by=person(MANAGER))
    print("null")


def agree(session: str) -> None:
    """The speaker signs again, as far as the server is concerned."""
    found = Session.objects.get(public_id=session)
    consent(found.speaker)
    events.touch(found)
    print("null")


def close(session: str) -> None:
    found = Session.objects.get(public_id=session)
    sessions.change_session(found, by=person(OPERATOR), state="closed")
    print("null")


def sign_in() -> None:
    """A signed-in operator's session, as the cookie holds it."""
    browser = Client()
    browser.force_login(person(OPERATOR))
    print(json.dumps(browser.cookies[settings.SESSION_COOKIE_NAME].value))


def link(session: str) -> None:
    """The cookie of a browser that opened a link to the session: name and value."""
    found = Session.objects.get(public_id=session)
    browser = links.new_browser()
    _link, token = links.make_link(found, by=person(MANAGER))
    links.open_link(token, browser=browser)
    print(json.dumps({"name": COOKIE, "value": browser}))


def uploads(session: str) -> None:
    """How many uploads of a session wait to become something."""
    print(Upload.objects.filter(session_public_id=session).exclude(state="used").count())


def takes(session: str) -> None:
    """What the server has of a session, oldest first; `path` of the file as it came."""
    rows = Take.objects.filter(session__public_id=session).select_related("prompt").order_by("pk")
    told = [
        {
            "prompt": take.prompt.public_id if take.prompt else None,
            "version": take.version,
            "path": take.file.path,
            "sha256": take.sha256,
            "verdict": take.verdict,
            "qc": take.qc,
            "reported": take.reported,
            "accepted": take.accepted,
        }
        for take in rows
    ]
    print(json.dumps(told))
