"""The takes of a session as a page: heard, judged in words, and chosen, without script."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from annotation.models import SessionEvent, Take
from speecheq.roles import Role
from tests import recording
from tests.annotation.services.recording.stored import take
from tests.factories import CorpusFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]

NOISY = {"code": "low_snr", "severity": "red", "value": 12.4, "limit": 20.0, "detail": "noise"}
CLIPPED = {"code": "clipping", "severity": "yellow", "value": 0.00052, "limit": 0.0001}
UNKNOWN = {"code": "new_reason", "severity": "red", "value": 1, "limit": 2, "detail": "It hums."}


@pytest.fixture
def session():
    return recording.session(n_prompts=4, title="Monday")


@pytest.fixture
def prompts(session):
    return [place.prompt for place in session.places.select_related("prompt")]


@pytest.fixture
def operator(session, client):
    client.force_login(member(session.corpus, Role.SESSION_OPERATOR))
    return client


@pytest.fixture
def page(session):
    return reverse("annotation:session-takes", args=[session.public_id])


def text(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


def press(client, wanted: Take, accepted: bool = True, **kept: str):
    address = reverse("annotation:take-choose", args=[wanted.public_id])
    return client.post(address, {"accepted": "true" if accepted else "false", **kept})


def keys(html: str) -> list[str]:
    """Of the prompts that are listed, in their order."""
    return re.findall(r'<p class="small muted">(p\d\d) ', html)


def test_each_prompt_is_listed_with_its_takes_to_hear(operator, session, prompts, page):
    first, second = take(session, prompts[1], verdict="red"), take(session, prompts[1])
    html = text(operator.get(page))
    assert keys(html) == ["p01"]
    for each in (first, second):
        assert f'src="/api/v1/takes/{each.public_id}/audio/"' in html
    assert 'aria-label="Take 2 of p01"' in html and prompts[1].text in html
    assert re.findall(r'badge-(?:ok|bad)">(\w+)<', html) == ["bad", "good"]


def test_the_verdict_is_told_in_words_with_its_figures(operator, session, prompts, page):
    reasons = [NOISY, CLIPPED, UNKNOWN]
    qc = {"verdict": "red", "reasons": reasons}
    take(session, prompts[0], verdict="red", qc=qc, reported={"interrupted": "stalled"})
    told = re.findall(r"<li>([^<]+)</li>", text(operator.get(page)))
    assert told == [
        "It was interrupted: no sound came from the microphone any more.",
        "Too much noise for this voice: 12 dB between them, 20 dB are wanted.",
        "Clipped: 0.052 % of the sound is at full scale. Turn the gain down or step back.",
        "It hums.",
    ]


def test_what_a_browser_claims_of_an_interruption_is_not_believed(operator, session, prompts, page):
    take(session, prompts[0], reported={"interrupted": "<b>x</b>"})
    take(session, prompts[0], reported={"interrupted": ["stalled"]})
    assert "interrupted" not in text(operator.get(page))


def test_another_take_is_chosen_and_the_choice_is_taken_back(operator, session, prompts, page):
    old = take(session, prompts[0], accepted=True)
    new = take(session, prompts[0])
    answer = press(operator, new)
    assert answer["Location"] == f"{page}#{prompts[0].public_id}"
    html = text(operator.get(page))
    assert "Take 2 of p00 is chosen." in html and html.count(">chosen</span>") == 1
    press(operator, new, accepted=False)
    html = text(operator.get(page))
    assert "Take 2 of p00 is no longer chosen." in html and ">none chosen</span>" in html
    assert not Take.objects.filter(pk__in=[old.pk, new.pk], accepted=True).exists()
    assert SessionEvent.objects.filter(kind="accept").count() == 2


def test_after_choosing_one_is_back_in_the_same_list(operator, session, prompts, page):
    made = take(session, prompts[0])
    answer = press(operator, made, show="unchosen", page="2")
    assert answer["Location"] == f"{page}?show=unchosen&page=2#{prompts[0].public_id}"


def test_lists_are_narrowed_to_what_needs_a_look(operator, session, prompts, page):
    take(session, prompts[0], accepted=True)
    take(session, prompts[1], verdict="red")
    for _ in range(2):
        take(session, prompts[2], verdict="red")
    assert keys(text(operator.get(page))) == ["p00", "p01", "p02"]
    assert keys(text(operator.get(f"{page}?show=unchosen"))) == ["p01", "p02"]
    assert keys(text(operator.get(f"{page}?show=several"))) == ["p02"]
    assert keys(text(operator.get(f"{page}?show=nonsense"))) == ["p00", "p01", "p02"]
    assert keys(text(operator.get(f"{page}?prompt={prompts[1].public_id}"))) == ["p01"]


def test_takes_of_another_session_of_the_script_are_not_listed(operator, session, prompts, page):
    other = recording.session(session.corpus, of=session.script)
    take(other, prompts[0], accepted=True)
    mine = take(session, prompts[0])
    html = text(operator.get(page))
    assert re.findall(r"/takes/(\w+)/audio/", html) == [mine.public_id]
    assert ">none chosen</span>" in html


def test_the_room_tone_is_heard_and_chosen_too(operator, session, page):
    tone = take(session, None)
    html = text(operator.get(f"{page}?prompt=room_tone"))
    assert 'aria-label="Take 1 of room tone"' in html and keys(html) == []
    assert press(operator, tone)["Location"].endswith("#room_tone")
    assert Take.objects.get().accepted


def test_a_page_holds_twenty_prompts_and_costs_the_same_for_each(
    client, django_assert_max_num_queries
):
    long = recording.session(of=recording.script(30, code="long"))
    for place in long.places.select_related("prompt"):
        take(long, place.prompt)
    client.force_login(member(long.corpus, Role.SESSION_OPERATOR))
    page = reverse("annotation:session-takes", args=[long.public_id])
    with django_assert_max_num_queries(16):
        html = text(client.get(page))
    assert len(keys(html)) == 20 and "1 to 20 of 30" in html
    assert len(keys(text(client.get(f"{page}?page=2")))) == 10


def test_a_session_without_takes_says_so(operator, page):
    assert "Nothing was recorded yet" in text(operator.get(page))


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_hears_and_who_records_chooses(session, prompts, page, role):
    made = take(session, prompts[0])
    person = Client()
    person.force_login(member(session.corpus, role))
    if role == Role.ANNOTATOR:
        assert person.get(page).status_code == 403
    else:
        chooses = role in (Role.DATA_MANAGER, Role.SESSION_OPERATOR)
        assert ("Choose take 1" in text(person.get(page))) == chooses
    status = press(person, made).status_code
    assert status == (302 if role in (Role.DATA_MANAGER, Role.SESSION_OPERATOR) else 403)


def test_people_of_other_corpora_find_nothing(session, prompts, page):
    made = take(session, prompts[0])
    stranger = Client()
    stranger.force_login(member(CorpusFactory(), Role.SESSION_OPERATOR))
    assert (stranger.get(page).status_code, press(stranger, made).status_code) == (404, 404)
    assert not Take.objects.get().accepted


def test_the_session_leads_to_its_takes(operator, session, prompts, page):
    detail = reverse("annotation:session-detail", args=[session.public_id])
    take(session, prompts[0])
    session.state = "closed"
    session.save()
    html = text(operator.get(detail))
    assert f'href="{page}">' in html
    assert f'href="{page}?prompt={prompts[0].public_id}" aria-label="1 take of p00"' in html
