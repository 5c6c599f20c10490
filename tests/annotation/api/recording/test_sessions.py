"""Sessions by REST: planned, listed, in full, changed, with their notes, links and live state."""

from __future__ import annotations

import pytest

from annotation.models import Session, SessionPrompt
from speecheq.roles import Role, Scope
from tests import recording
from tests.annotation.services.recording.stored import take
from tests.factories import CorpusFactory, SpeakerFactory, client, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
URL = "/api/v1/sessions/"


@pytest.fixture
def corpus():
    return CorpusFactory(slug="spoken")


@pytest.fixture
def operator(corpus):
    return member(corpus, Role.SESSION_OPERATOR, username="omar")


@pytest.fixture
def api(operator):
    return client(operator, Scope.MANAGE)


@pytest.fixture
def session(corpus):
    return recording.session(corpus)


def at(session, part: str = "") -> str:
    return f"{URL}{session.public_id}/{part}"


def planned(corpus, **more):
    recording.script(3)
    speaker = SpeakerFactory(corpus=corpus, code="s1", language="en")
    return {"corpus": corpus.slug, "speaker": speaker.public_id, "script": "spoken", **more}


def test_a_session_is_planned_with_what_the_contract_names(api, corpus):
    answer = api.post(URL, planned(corpus, operator="omar", mode="auto_advance"))
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["state"], made["script"], made["mode"]) == ("planned", "spoken@1", "auto_advance")
    assert made["speaker"]["code"] == "s1"
    assert made["qc_rules"]["snr_db_red"] == 12
    assert made["consent"] == {"in_force": False, "purposes": []}
    nothing = {"takes": 0, "accepted": None, "verdict": None, "again": False}
    assert made["room_tone"] == nothing
    prompt = made["prompts"][0]
    assert (prompt["position"], prompt["state"], prompt["takes"]) == (1, "waiting", 0)
    assert (prompt["accepted"], prompt["verdict"], prompt["language"]) == (None, None, "en")
    assert made == {**api.get(at(Session.objects.get())).json(), "link": made["link"]}


def test_the_link_is_shown_once_and_only_if_wanted(api, corpus):
    asked = planned(corpus)
    made = api.post(URL, asked).json()
    assert made["link"].startswith("http://testserver/s/")
    assert api.get(f"{URL}{made['id']}/").json()["link"] is None
    assert api.post(URL, {**asked, "link_days": 0}).json()["link"] is None


@pytest.mark.parametrize(
    ("wrong", "status", "code"),
    [
        ({"corpus": "unheard"}, 422, "unknown_corpus"),
        ({"script": "unheard"}, 422, "unknown_script"),
        ({"speaker": "spk_none"}, 422, "unknown_speaker"),
        ({"operator": "nobody"}, 422, "not_an_operator"),
        ({"mode": "sung"}, 400, "malformed"),
        ({"bits": 32}, 400, "malformed"),
        ({"seed": -1}, 400, "malformed"),
        ({"seed": 2**31}, 400, "malformed"),
        ({"countdown_s": 11}, 400, "malformed"),
        ({"countdown_s": "3"}, 400, "malformed"),
        ({"qc_rules": []}, 400, "malformed"),
        ({"qc_rules": {"loudness": 3}}, 422, "qc_rules"),
        ({"qc_rules": {"snr_db_red": "low"}}, 400, "malformed"),
        ({"planned_for": "tomorrow"}, 400, "malformed"),
        ({"voice": "loud"}, 400, "malformed"),
    ],
)
def test_what_does_not_fit_is_refused(api, corpus, wrong, status, code):
    answer = api.post(URL, planned(corpus) | wrong)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not Session.objects.exists()


def test_the_list_is_filtered_and_counts_takes(api, corpus, operator):
    one, other = recording.session(corpus), recording.session(corpus, state="closed")
    recording.session()
    take(one, one.places.first().prompt, accepted=True)
    rows = {row["id"]: row for row in api.get(URL).json()["results"]}
    assert set(rows) == {one.public_id, other.public_id}
    assert rows[one.public_id]["progress"]["accepted"] == 1
    assert rows[one.public_id]["progress"]["target"] == 4
    for query, found in [
        ("?state=closed", [other]),
        (f"?speaker={one.speaker.public_id}", [one]),
        ("?corpus=spoken&state=open", [one]),
        ("?corpus=none", []),
    ]:
        listed = [row["id"] for row in api.get(URL + query).json()["results"]]
        assert listed == [each.public_id for each in found], query


@pytest.mark.parametrize(
    ("query", "status"), [("?colour=red", 400), ("?state=sung", 400), ("?page_size=0", 400)]
)
def test_filters_that_do_not_exist_are_refused(api, query, status):
    assert api.get(URL + query).status_code == status


def test_a_prompt_tells_its_chosen_take_or_else_the_newest(api, session):
    first, second, third, _ = [place.prompt for place in session.places.all()]
    chosen = take(session, first, accepted=True, verdict="yellow")
    take(session, first, verdict="red")
    take(session, second, verdict="green")
    newest = take(session, second, verdict="red")
    take(session, None, verdict="green")
    told = api.get(at(session)).json()
    rows = {row["id"]: row for row in told["prompts"]}
    one, two, three = (rows[prompt.public_id] for prompt in (first, second, third))
    assert (one["takes"], one["accepted"], one["verdict"]) == (2, chosen.public_id, "yellow")
    assert (two["accepted"], two["newest"], two["verdict"]) == (None, newest.public_id, "red")
    assert (three["takes"], three["newest"]) == (0, None)
    tone = {"takes": 1, "accepted": None, "verdict": "green", "again": False}
    assert told["room_tone"] == tone
    assert told["consent"] == {"in_force": True, "purposes": ["record", "label"]}


def test_two_hundred_prompts_cost_as_many_queries_as_two(
    api, corpus, django_assert_max_num_queries
):
    small = recording.session(corpus, of=recording.script(2, code="small"))
    large = recording.session(corpus, of=recording.script(200, code="large"))
    take(large, large.places.first().prompt, accepted=True)
    for session, n in ((small, 2), (large, 200)):
        with django_assert_max_num_queries(16):
            assert len(api.get(at(session)).json()["prompts"]) == n


def test_a_session_goes_through_its_states(api, session):
    for state in ("paused", "open", "closed"):
        answer = api.patch(at(session), {"state": state})
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    reopened = api.patch(at(session), {"state": "open"})
    assert (reopened.status_code, reopened.json()["code"]) == (403, "forbidden")
    paused = api.patch(at(session), {"state": "paused"})
    assert (paused.status_code, paused.json()["code"]) == (409, "session_state_conflict")
    trail = api.get(at(session, "events/?kind=state")).json()["results"]
    assert [row["data"]["state"] for row in trail] == ["closed", "open", "paused"]
    assert {row["actor"] for row in trail} == {"omar"}


@pytest.mark.parametrize("fixed", ["speaker", "script", "seed", "corpus", "prompts"])
def test_what_takes_hang_on_cannot_be_changed(api, session, fixed):
    assert api.patch(at(session), {fixed: "other"}).status_code == 400


def test_notes_once_more_and_leaving_out(api, session):
    prompt = session.places.first().prompt.public_id
    note = api.post(at(session, "notes/"), {"text": "A door.", "prompt": prompt})
    assert (note.status_code, note.json()["prompt"]) == (201, prompt)
    again = api.post(at(session, "again/"), {"prompt": prompt})
    assert again.json()["state"] == "again"
    skipped = api.post(at(session, "skip/"), {"prompt": prompt, "reason": "Cannot say it."})
    assert (skipped.json()["state"], skipped.json()["note"]) == ("skipped", "Cannot say it.")
    back = api.post(at(session, "bring-back/"), {"prompt": prompt})
    assert (back.json()["state"], back.json()["note"]) == ("waiting", "")
    kinds = [row["kind"] for row in api.get(at(session, "events/")).json()["results"]]
    assert kinds == ["skip", "skip", "again", "note"]


def test_the_room_tone_is_asked_for_once_more(api, session):
    revision = api.get(at(session)).json()["revision"]
    asked = api.post(at(session, "again/"), {"kind": "room_tone"})
    assert asked.json() == {"prompt": None, "position": None, "state": "again", "note": ""}
    told = api.get(at(session)).json()
    assert told["room_tone"] == {"takes": 0, "accepted": None, "verdict": None, "again": True}
    assert told["revision"] > revision  # so that an open recorder looks
    take(session, None)
    assert api.get(at(session)).json()["room_tone"]["again"] is False


def test_the_room_is_neither_left_out_nor_brought_back(api, session):
    for part, more in (("skip/", {"reason": "loud"}), ("bring-back/", {})):
        assert api.post(at(session, part), {"kind": "room_tone", **more}).status_code == 400


@pytest.mark.parametrize(
    ("part", "body"),
    [
        ("notes/", {}),
        ("notes/", {"text": ""}),
        ("again/", {}),
        ("again/", {"kind": "speech"}),
        ("again/", {"kind": "room_tone", "prompt": "pmt_none"}),
        ("bring-back/", {}),
        ("skip/", {"prompt": "pmt_none"}),
        ("skip/", {"prompt": "pmt_none", "reason": " "}),
    ],
)
def test_a_form_that_lacks_something_is_refused(api, session, part, body):
    assert api.post(at(session, part), body).status_code == 400


def test_the_recorder_reports_and_the_operator_reads(api, session):
    prompt = session.places.first().prompt.public_id
    said = {"state": "recording", "prompt": prompt, "level_dbfs": -20, "peak_dbfs": None}
    assert api.put(at(session, "live/"), {**said, "waiting": 3}).status_code == 200
    told = api.get(at(session, "live/")).json()
    assert (told["state"], told["prompt"], told["waiting"]) == ("recording", prompt, 3)
    assert (told["session_state"], told["again"], told["revision"]) == ("open", [], 0)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"state": "Loud!"},
        {"state": "idle", "level_dbfs": 900},
        {"state": "idle", "waiting": -1},
        {"state": "idle", "colour": "red"},
    ],
)
def test_a_report_that_makes_no_sense_is_refused(api, session, said):
    assert api.put(at(session, "live/"), said).status_code == 400


def test_a_device_report_is_kept(api, session):
    device = {"label": "USB", "settings": {"autoGainControl": False}}
    assert api.put(at(session, "device/"), device).json() == device
    assert api.get(at(session)).json()["device"] == device
    assert api.put(at(session, "device/"), ["USB"]).status_code == 422


def test_progress_is_told_of_a_session_and_of_a_corpus(api, corpus, session):
    place = session.places.first()
    take(session, place.prompt, accepted=True)
    SessionPrompt.objects.filter(pk=session.places.last().pk).update(state="skipped")
    for url in (at(session, "progress/"), "/api/v1/corpora/spoken/recording/"):
        told = api.get(url).json()
        assert (told["overall"]["target"], told["overall"]["accepted"]) == (4, 1)
        assert told["overall"]["skipped"] == 1
        neutral = next(cell for cell in told["cells"] if cell["esc"] == "NEU")
        assert (neutral["eis"], neutral["counts"]["accepted"]) == (0, 1)


def test_links_are_made_listed_and_taken_back(api, session):
    made = api.post(at(session, "links/"), {"days": 3})
    assert made.status_code == 201
    assert made.json()["url"].startswith("http://testserver/s/")
    (row,) = api.get(at(session, "links/")).json()
    assert "url" not in row
    assert (row["id"], row["created_by"]) == (made.json()["id"], "omar")
    assert api.delete(f"/api/v1/links/{row['id']}/").status_code == 204
    assert api.get(at(session, "links/")).json()[0]["revoked_at"]
    assert api.delete("/api/v1/links/lnk_none/").status_code == 404


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("own", [True, False])
def test_who_may_do_what(corpus, session, role, own):
    """Looking: everybody of the corpus but annotators. Doing: operators and data managers."""
    person = member(corpus if own else CorpusFactory(), role)
    caller = client(person)
    does = role in (Role.SESSION_OPERATOR, Role.DATA_MANAGER)
    looking = 403 if role == Role.ANNOTATOR else 200 if own else 404
    assert caller.get(at(session)).status_code == looking
    assert caller.get(at(session, "progress/")).status_code == looking
    doing = 403 if not does else 200 if own else 404
    assert caller.patch(at(session), {"title": "Morning"}).status_code == doing
    made = 403 if not does else 201 if own else 404
    assert caller.post(at(session, "links/"), {}).status_code == made
    assert caller.post(at(session, "notes/"), {"text": "A note."}).status_code == made
