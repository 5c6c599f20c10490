"""Pages of sessions: who sees what, what the forms do, how long a long session is."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation.models import Session, SessionLink
from annotation.services.recording import links, live, sessions, takes
from speecheq.roles import Role
from tests import recording
from tests.annotation.services.recording.stored import take
from tests.factories import CorpusFactory, SpeakerFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def address(name: str, *args: str) -> str:
    return reverse(f"annotation:{name}", args=args)


def text(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


@pytest.fixture
def corpus():
    return CorpusFactory(slug="spoken", name="Spoken")


@pytest.fixture
def operator(corpus, client):
    person = member(corpus, Role.SESSION_OPERATOR, username="omar")
    client.force_login(person)
    return person


@pytest.fixture
def session(corpus):
    return recording.session(corpus, title="Monday")


@pytest.fixture
def detail(session):
    return address("session-detail", session.public_id)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_pages(corpus, client, session, detail, role):
    client.force_login(member(corpus, role))
    looks = 403 if role == Role.ANNOTATOR else 200
    plans = 200 if role in (Role.SESSION_OPERATOR, Role.DATA_MANAGER) else 403
    assert client.get(address("session-list")).status_code == looks
    assert client.get(detail).status_code == looks
    assert client.get(address("session-create")).status_code == plans
    assert ("Make a link" in client.get(detail).content.decode()) == (plans == 200)


def test_sessions_of_another_corpus_are_not_there(client, operator):
    other = recording.session(title="Elsewhere")
    assert "Elsewhere" not in text(client.get(address("session-list")))
    assert client.get(address("session-detail", other.public_id)).status_code == 404


def test_the_list_is_narrowed(client, operator, corpus, session):
    recording.session(corpus, title="Tuesday", state="closed", operator=operator)
    listed = address("session-list")
    for query, shown, hidden in [
        ("?state=open", "Monday", "Tuesday"),
        ("?state=closed", "Tuesday", "Monday"),
        ("?mine=1", "Tuesday", "Monday"),
        (f"?speaker={session.speaker.code}", "Monday", "Tuesday"),
    ]:
        page = text(client.get(listed + query))
        assert shown in page, query
        assert hidden not in page, query
    assert "No sessions here" in text(client.get(listed + "?state=planned"))


def form_of(corpus, **more):
    return {
        "corpus": corpus.slug,
        "script": "spoken@1",
        "mode": "manual",
        "countdown_s": "0",
        "bits": "24",
        "wants_room_tone": "on",
        **more,
    }


def test_a_session_is_planned_by_a_form(client, operator, corpus):
    recording.script(3)
    speaker = SpeakerFactory(corpus=corpus)
    given = form_of(corpus, speaker=speaker.public_id, operator="omar", seed="7")
    answer = client.post(address("session-create"), given)
    session = Session.objects.get()
    assert answer.headers["Location"] == address("session-detail", session.public_id)
    assert (session.speaker, session.operator, session.seed) == (speaker, operator, 7)


def test_the_speaker_may_be_new(client, operator, corpus):
    recording.script(3)
    client.post(address("session-create"), form_of(corpus, new_speaker="f07"))
    assert Session.objects.get().speaker.code == "f07"


def test_a_refused_form_makes_neither_session_nor_speaker(client, operator, corpus):
    recording.script(3)
    taken = SpeakerFactory(corpus=corpus, code="f01")
    for wrong, told in [
        ({}, "Choose a speaker"),
        ({"speaker": taken.public_id, "new_speaker": "f02"}, "not both"),
        ({"new_speaker": "f01"}, "already"),
        ({"new_speaker": "f02", "script": "other@1"}, "is not one of the available choices"),
        ({"new_speaker": "f02", "countdown_s": "99"}, "less than or equal to 10"),
        ({"new_speaker": "f02", "operator": "nobody"}, "is not one of the available choices"),
    ]:
        page = text(client.post(address("session-create"), form_of(corpus, **wrong)), 422)
        assert told in page, wrong
    assert not Session.objects.exists()
    assert list(corpus.speakers.values_list("code", flat=True)) == ["f01"]


def test_speakers_and_operators_of_the_chosen_corpus_only_are_offered(client, operator, corpus):
    SpeakerFactory(corpus=corpus, code="mine")
    SpeakerFactory(code="theirs")
    member(CorpusFactory(), Role.SESSION_OPERATOR, username="oscar")
    page = text(client.get(address("session-create") + "?corpus=spoken"))
    assert "mine" in page
    assert "theirs" not in page
    assert "oscar" not in page


def test_the_page_counts_what_is_chosen_against_what_is_wanted(client, operator, session, detail):
    happy = session.places.get(prompt__target_esc="HAP").prompt
    take(session, happy, accepted=True)
    page = text(client.get(detail))
    cells = re.findall(r'<td class="num heat-(\d+)">(\d) / (\d)</td>', page)
    assert sorted(cells) == [("0", "0", "1")] * 3 + [("10", "1", "1")]


def test_a_long_session_is_folded_and_costs_no_more_queries(
    client, operator, corpus, django_assert_max_num_queries
):
    of = recording.script(196, code="long")
    session = recording.session(corpus, of=of)
    of.sections.create(position=2, name="rest")
    of.prompts.filter(position__gt=98).update(section=of.sections.get(position=2))
    with django_assert_max_num_queries(30):
        page = text(client.get(address("session-detail", session.public_id)))
    assert re.findall(r'<details class="places" data-keep="(\d)"( open)?>', page) == [
        ("1", " open"),
        ("2", ""),
    ]
    assert page.count("places-wrap") >= 2


def test_what_changes_is_fetched_alone_while_the_session_is_open(client, operator, session, detail):
    part = text(client.get(detail, headers={"HX-Request": "true"}))
    assert 'hx-trigger="every 5s"' in part
    assert "<html" not in part
    Session.objects.update(state="paused")
    assert "hx-trigger" not in text(client.get(detail, headers={"HX-Request": "true"}))


def test_states_are_changed_by_buttons_and_refusals_are_told(client, operator, session, detail):
    act = address("session-state", session.public_id)
    page = text(client.post(act, {"state": "closed"}, follow=True))
    assert "Open again" not in page
    refused = text(client.post(act, {"state": "open"}, follow=True))
    assert "needs the role" in refused
    client.force_login(member(session.corpus, Role.DATA_MANAGER))
    assert "Open again" in text(client.get(detail))
    client.post(act, {"state": "open"})
    session.refresh_from_db()
    assert session.state == "open"


def test_settings_are_changed_by_a_form(client, operator, session):
    act = address("session-settings", session.public_id)
    given = {"mode": "auto_record", "countdown_s": "2", "bits": "16", "operator": "omar"}
    assert client.post(act, given).status_code == 302
    session.refresh_from_db()
    assert (session.mode, session.bits, session.wants_room_tone) == ("auto_record", 16, False)
    assert "Ensure this value" in text(client.post(act, {**given, "countdown_s": "99"}), 422)


def test_a_note_is_shown_as_it_was_written(client, operator, session, detail):
    act = address("session-note", session.public_id)
    page = text(client.post(act, {"text": "<b>A door</b>"}, follow=True))
    assert "&lt;b&gt;A door&lt;/b&gt;" in page
    assert "Write what there is to say" in text(client.post(act, {"text": " "}, follow=True))


def test_a_link_is_shown_once_and_taken_back(client, operator, session, detail):
    act = address("session-links", session.public_id)
    made = client.post(act, {"days": "3"})
    assert "no-store" in made.headers["Cache-Control"]
    url = re.search(r"http://testserver/s/[\w-]{32}/", text(made))
    assert url
    assert url[0] not in text(client.get(detail))
    link = SessionLink.objects.get()
    page = text(client.post(address("link-revoke", link.public_id), follow=True))
    assert "taken back" in page


@pytest.mark.parametrize("days", ["0", "91", "many", "", pytest.param("9" * 5000, id="huge")])
def test_a_link_of_no_sensible_time_is_refused(client, operator, session, days):
    page = text(client.post(address("session-links", session.public_id), {"days": days}), 422)
    assert "1 to 90" in page
    assert not SessionLink.objects.exists()


def test_the_trail_says_in_words_what_happened(client, operator, session, detail):
    prompt = session.places.first().prompt
    sessions.ask_again(session, by=operator, prompt_id=prompt.public_id)
    sessions.skip(session, by=operator, prompt_id=prompt.public_id, reason="A cough.")
    sessions.change_session(session, by=operator, countdown_s=3)
    live.store_device(session, {"label": "USB", "settings": {"agc": False}}, by=operator)
    _link, token = links.make_link(session, by=operator)
    links.open_link(token, browser="one")
    sessions.change_session(session, by=operator, state="paused")
    page = text(client.get(detail))
    for told in (
        "Once more: p00",
        "Left out: p00",
        "A cough.",
        "Countdown (seconds) → 3",
        "Device: USB",
        "A link was made",
        "The speaker opened the link",
        "State: open → paused",
        "settings.agc",
    ):
        assert told in page, told


def test_the_trail_tells_a_choice_from_one_that_was_taken_back(client, operator, session, detail):
    spoken = take(session, session.places.first().prompt)
    takes.choose_take(spoken, accepted=True, by=operator)
    assert "Choice taken back" not in text(client.get(detail))
    takes.choose_take(spoken, accepted=False, by=operator)
    takes.choose_take(take(session, None), accepted=True, by=operator)
    page = text(client.get(detail))
    for told in ("Take chosen: p00", "Choice taken back: p00", "Take chosen: room tone"):
        assert told in page, told


def test_a_prompt_is_left_out_brought_back_and_asked_for_from_the_page(
    client, operator, session, detail
):
    place = session.places.first()
    act = address("session-prompt", session.public_id)
    given = {"prompt": place.prompt.public_id}
    for asked, state, told in [
        ({"act": "skip", "reason": "Cannot say it."}, "skipped", "Left out: p00"),
        ({"act": "back"}, "waiting", "Brought back: p00"),
        ({"act": "again"}, "again", "Once more: p00"),
    ]:
        page = text(client.post(act, given | asked, follow=True))
        place.refresh_from_db()
        assert place.state == state
        assert told in page
    refused = text(client.post(act, given | {"act": "skip", "reason": " "}, follow=True))
    assert "Write what there is to say" in refused


def test_the_page_tells_whether_the_room_tone_is_any_good(client, operator, session, detail):
    reason = {"code": "room_too_loud", "severity": "red", "value": -31.4, "limit": -45.0}
    bad = take(session, None, verdict="red", qc={"verdict": "red", "reasons": [reason]})
    page = text(client.get(detail))
    assert "Room tone is recorded." not in page
    assert re.search(r'asked for again, first\. <span class="badge badge-bad">bad</span>', page)
    assert "The room is too loud: -31 dBFS, at most -45 dBFS are wanted." in page
    takes.choose_take(bad, accepted=True, by=operator)
    page = text(client.get(detail))
    assert re.search(r'chosen all the same: <span class="badge badge-bad">bad</span>', page)
    assert "The room is too loud" not in page


def test_the_room_tone_is_asked_for_once_more_from_the_page(client, operator, session, detail):
    given = {"prompt": "room_tone", "act": "again"}
    page = text(client.post(address("session-prompt", session.public_id), given, follow=True))
    assert "The room tone is asked for once more." in page
    assert "Once more: room tone" in page
    page = text(
        client.post(
            address("session-prompt", session.public_id), given | {"act": "back"}, follow=True
        )
    )
    assert "No prompt" in page


def test_a_row_leads_to_the_form_with_its_prompt_chosen(client, operator, session, detail):
    chosen = session.places.last().prompt.public_id
    assert f'href="?prompt={chosen}#step-in"' in text(client.get(detail))
    page = text(client.get(f"{detail}?prompt={chosen}"))
    assert re.search(rf'<option value="{chosen}" selected>', page)


def test_nobody_steps_in_where_the_session_is_over_or_is_not_theirs(
    client, operator, session, detail
):
    assert 'id="step-in"' in text(client.get(detail))
    client.force_login(member(session.corpus, Role.RESEARCHER))
    page = text(client.get(detail))
    assert 'id="step-in"' not in page
    assert "#step-in" not in page
    client.force_login(operator)
    Session.objects.update(state="closed")
    assert 'id="step-in"' not in text(client.get(detail))


def test_home_shows_an_operator_their_sessions(client, operator, corpus):
    recording.session(corpus, title="Mine", operator=operator)
    recording.session(corpus, title="Over", operator=operator, state="closed")
    recording.session(corpus, title="Others")
    page = text(client.get("/"))
    assert "My sessions today" in page
    assert "Mine" in page
    assert "Over" not in page
    assert "Others" not in page


def test_a_speaker_leads_to_their_sessions(client, operator, session):
    page = text(client.get(address("corpus-speakers", "spoken")))
    assert f"?corpus=spoken&amp;speaker={session.speaker.code}" in page
    assert "1 session" in page
