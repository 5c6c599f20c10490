"""Pages that set a campaign up: what a form sends is what the services get, errors beside it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import Campaign, Scheme
from annotation.services.groups import groups_of
from annotation.services.references import references_of
from tests import factories

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def corpus():
    corpus = factories.CorpusFactory(slug="voices", name="Voices")
    speaker = factories.SpeakerFactory(corpus=corpus)
    for n in range(5):
        factories.ClipFactory(speaker=speaker, key=f"k{n}")
    return corpus


@pytest.fixture
def campaign(corpus):
    people = [factories.member(corpus, username=name) for name in ("anna", "ben")]
    return factories.campaign(corpus, annotators=people, name="Pilot")


@pytest.fixture
def manager(client, corpus):
    """A browser of the manager, with script off."""
    client.force_login(factories.member(corpus, "data_manager", username="mia"))
    return client


def address(name, campaign):
    return reverse(f"annotation:campaign-{name}", args=[campaign.public_id])


SETTINGS = {
    "cap": "200",
    "break_after_min": "45",
    "lease_s": "900",
    "full_listen": "on",
    "gold_share": "5",
    "repeat_share": "2.5",
    "practice_share": "80",
    "scheme": "seqd-1@1",
}


def test_settings_are_saved_and_shown_again(manager, campaign):
    assert manager.post(address("settings", campaign), SETTINGS).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.cap, campaign.break_after_min, campaign.lease_s) == (200, 45, 900)
    assert (campaign.gold_share, campaign.repeat_share, campaign.practice_share) == (
        0.05,
        0.025,
        0.8,
    )
    assert (campaign.full_listen, campaign.volume_check) == (True, False)
    html = manager.get(address("settings", campaign)).content.decode()
    assert 'value="2.5"' in html
    assert "after 45 min" in manager.get(address("detail", campaign)).content.decode()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gold_share": "30", "repeat_share": "30"}, "at most half"),
        ({"gold_share": "80"}, "less than or equal to 50"),
        ({"lease_s": ""}, "required"),
        ({"cap": "0"}, "greater than or equal to 1"),
        ({"scheme": "brighter-1@1"}, "Select a valid choice"),
    ],
)
def test_a_bad_setting_is_told_beside_its_field(manager, campaign, change, said):
    answer = manager.post(address("settings", campaign), {**SETTINGS, **change})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.cap, campaign.gold_share) == (None, 0)


def test_the_form_of_a_new_campaign_takes_the_same_settings(manager, corpus):
    form = {"corpus": "voices", "name": "New", "overlap": "2", "order": "random", "seed": "7"}
    answer = manager.post(reverse("annotation:campaign-create"), {**form, **SETTINGS})
    assert answer.status_code == 302, answer.content.decode()
    made = Campaign.objects.get(name="New")
    assert (made.cap, made.gold_share, made.full_listen) == (200, 0.05, True)


def test_a_bad_setting_opens_the_settings_of_a_new_campaign(manager, corpus):
    form = {"corpus": "voices", "name": "New", "overlap": "2", "order": "random", "seed": "7"}
    bad = {**form, **SETTINGS, "cap": "-1"}
    html = manager.post(reverse("annotation:campaign-create"), bad).content.decode()
    assert '<details class="more-settings" open>' in html


def test_a_newer_version_of_the_scheme_is_offered_and_taken(manager, campaign):
    old = campaign.scheme
    fields = {"code": old.code, "label_space": old.label_space, "esc": old.esc, "eis": old.eis}
    newer = Scheme.objects.create(version=2, **fields)
    assert "seqd-1@2" in manager.get(address("settings", campaign)).content.decode()
    manager.post(address("settings", campaign), {**SETTINGS, "scheme": "seqd-1@2"})
    campaign.refresh_from_db()
    assert campaign.scheme == newer


def test_caps_of_single_people_are_set_and_cleared(manager, campaign):
    sent = {"member": ["anna", "ben"], "cap": ["10", ""]}
    manager.post(address("caps", campaign), sent)
    caps = dict(campaign.members.values_list("user__username", "cap"))
    assert caps == {"anna": 10, "ben": None}


@pytest.mark.parametrize(("who", "cap"), [("anna", "many"), ("anna", "0"), ("zoe", "5")])
def test_a_bad_cap_is_explained_and_nothing_is_saved(manager, campaign, who, cap):
    sent = {"member": ["ben", who], "cap": ["3", cap]}
    answer = manager.post(address("caps", campaign), sent, follow=True)
    assert who in str(*answer.context["messages"])
    assert not campaign.members.exclude(cap=None).exists()


def test_a_group_is_made_changed_and_dissolved(manager, campaign):
    url = address("groups", campaign)
    made = {"action": "new", "name": "north", "members": ["anna"], "keys": "k0\r\n k1 \r\n"}
    assert manager.post(url, made).status_code == 302
    [group] = groups_of(campaign)
    assert (group.name, group.members, group.clips) == ("north", ["anna"], ["k0", "k1"])
    manager.post(url, {"name": "north", "members": ["anna", "ben"], "keys": ""})
    [group] = groups_of(campaign)
    assert (group.members, group.clips) == (["anna", "ben"], ["k0", "k1"])
    manager.post(url, {"name": "north", "members": ["ben"], "key_prefix": "k4"})
    assert groups_of(campaign)[0].clips == ["k4"]
    manager.post(url, {"name": "north", "members": ["ben"], "release": "on"})
    assert groups_of(campaign)[0].clips == []
    manager.post(url, {"name": "north", "action": "remove"})
    assert groups_of(campaign) == []


def test_a_clip_that_is_named_for_a_new_group_leaves_its_old_one(manager, campaign):
    url = address("groups", campaign)
    manager.post(url, {"action": "new", "name": "north", "keys": "k0\nk1"})
    manager.post(url, {"action": "new", "name": "south", "keys": "k1"})
    assert [(group.name, group.clips) for group in groups_of(campaign)] == [
        ("north", ["k0"]),
        ("south", ["k1"]),
    ]


def test_one_click_makes_a_group_of_one(manager, campaign):
    manager.post(address("groups", campaign), {"action": "alone", "name": "ben"})
    assert [(group.name, group.members) for group in groups_of(campaign)] == [("ben", ["ben"])]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"action": "new", "name": "south", "keys": "nowhere"}, "No clip with audio 'nowhere'"),
        ({"action": "new", "name": "north", "keys": "k3"}, "Two groups have the name"),
        ({"action": "new", "name": "south", "members": ["anna"]}, "one person, one group"),
        ({"action": "new", "name": "", "keys": "k3"}, "required"),
        ({"name": "north", "keys": "k1", "key_prefix": "k"}, "not both"),
        ({"name": "north", "keys": "nowhere"}, "No clip with audio 'nowhere'"),
    ],
)
def test_a_refused_group_is_told_in_its_form(manager, campaign, sent, said):
    url = address("groups", campaign)
    manager.post(url, {"action": "new", "name": "north", "members": ["anna"], "keys": "k0"})
    answer = manager.post(url, sent)
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&#x27;", "'")
    [group] = groups_of(campaign)
    assert (group.name, group.clips) == ("north", ["k0"])


def test_known_clips_are_added_by_key_and_removed(manager, campaign):
    url = address("references", campaign)
    sent = {
        "action": "add",
        "keys": "k0\nk1",
        "purpose": "practice",
        "esc": "SAD",
        "eis": "1",
        "feedback": "It falls.",
    }
    assert manager.post(url, sent).status_code == 302
    known = references_of(campaign)
    assert [(r.clip, r.labels, r.feedback) for r in known] == [
        ("k0", [("SAD", 1)], "It falls."),
        ("k1", [("SAD", 1)], "It falls."),
    ]
    first = campaign.references.first().public_id
    html = manager.get(url).content.decode()
    assert "Sad 1" in html
    assert first in html
    manager.post(url, {"action": "remove", "reference": first})
    assert [r.clip for r in references_of(campaign)] == ["k1"]


def test_adding_a_listed_clip_changes_its_answer(manager, campaign):
    url = address("references", campaign)
    sent = {"action": "add", "keys": "k0", "purpose": "gold", "esc": "SAD", "eis": "1"}
    manager.post(url, sent)
    manager.post(url, {**sent, "esc": "ANG"})
    assert [(r.clip, r.labels) for r in references_of(campaign)] == [("k0", [("ANG", 1)])]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"keys": "k0\nnowhere"}, "No clip with audio"),
        ({"eis": "0"}, "EIS 0 means no emotion"),
        ({"eis": ""}, "needs an intensity"),
        ({"esc": "JOY"}, "Select a valid choice"),
        ({"keys": " "}, "This field is required"),
    ],
)
def test_a_refused_known_clip_is_told_once_beside_its_choice(manager, campaign, change, said):
    sent = {"action": "add", "keys": "k0\nk1", "purpose": "gold", "esc": "SAD", "eis": "1"}
    answer = manager.post(address("references", campaign), {**sent, **change})
    assert answer.status_code == 422
    assert answer.content.decode().replace("&#x27;", "'").count(said) == 1
    assert references_of(campaign) == []


def test_in_multi_mode_each_emotion_has_its_level(manager, corpus):
    campaign = factories.campaign(corpus, annotators=[], scheme="brighter-1", name="multi")
    sent = {"action": "add", "keys": "k0", "purpose": "gold", "level-HAP": "2", "level-SAD": "0"}
    assert manager.post(address("references", campaign), sent).status_code == 302
    assert sorted(references_of(campaign)[0].labels) == [("HAP", 2), ("SAD", 0)]


def upload(manager, campaign, text: str | bytes):
    content = text if isinstance(text, bytes) else text.encode()
    file = SimpleUploadedFile("known.csv", content)
    return manager.post(address("references", campaign), {"action": "upload", "file": file})


def test_a_table_adds_known_clips(manager, campaign):
    text = "\ufeffclip,purpose,esc,eis,feedback\nk0,gold,HAP,2,\nk1,anchor,SAD,,listen\n\n"
    assert upload(manager, campaign, text).status_code == 302
    assert [(r.clip, r.purpose, r.labels, r.feedback) for r in references_of(campaign)] == [
        ("k0", "gold", [("HAP", 2)], ""),
        ("k1", "anchor", [("SAD", None)], "listen"),
    ]


def test_several_rows_of_one_clip_are_its_several_emotions(manager, corpus):
    campaign = factories.campaign(corpus, annotators=[], scheme="brighter-1", name="multi")
    upload(manager, campaign, "clip,purpose,esc,eis\nk0,gold,HAP,2\nk0,gold,SAD,1\n")
    assert references_of(campaign)[0].labels == [("HAP", 2), ("SAD", 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names columns"),
        ("clip,purpose\nk0,gold\n", "names columns"),
        ("clip,purpose,esc,colour\n", "names columns"),
        ("clip,purpose,esc,eis\n", "no row"),
        ("clip,purpose,esc,eis\nk0,gold,HAP\n", "line 2: 3 cells below 4 columns"),
        ("clip,purpose,esc,eis\nk0,silver,HAP,2\n", "line 2: no purpose 'silver'"),
        ("clip,purpose,esc,eis\nk0,gold,HAP,2.0\n", "not a whole number"),
        ("clip,purpose,esc,eis\nk0,gold,HAP,2\nk0,anchor,HAP,2\n", "one purpose a clip"),
        ("clip,purpose,esc,eis\nk0,gold,HAP,9\n", "EIS 9 is not one of"),
        ("clip,purpose,esc,eis\nzz,gold,HAP,2\n", "No clip with audio 'zz'"),
        ('clip,purpose,esc,eis\n"k0,gold,HAP,2\n', "not CSV"),
        (b"clip,purpose,esc\nk0,gold,\xff\n", "not UTF-8"),
    ],
)
def test_a_bad_table_is_told_and_nothing_is_stored(manager, campaign, text, said):
    answer = upload(manager, campaign, text)
    assert answer.status_code == 422
    assert said in answer.content.decode().replace("&#x27;", "'")
    assert references_of(campaign) == []


@pytest.mark.parametrize("name", ["settings", "groups", "references"])
@pytest.mark.parametrize("role", ["researcher", "annotator"])
def test_only_a_manager_sets_up(client, corpus, campaign, role, name):
    person = factories.member(corpus, role)
    campaign.members.create(user=person)
    client.force_login(person)
    assert client.get(address(name, campaign)).status_code == 403
    assert client.post(address(name, campaign), {}).status_code == 403


def test_annotators_do_not_read_what_decides_which_clips_check_them(client, campaign):
    Campaign.objects.filter(pk=campaign.pk).update(seed=987654, gold_share=0.1)
    client.force_login(campaign.members.get(user__username="anna").user)
    html = client.get(address("detail", campaign)).content.decode()
    assert "987654" not in html
    assert "Gold" not in html
