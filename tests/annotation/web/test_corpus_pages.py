"""Corpus pages: who sees which, what the forms do, what a person reads there."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from annotation.models import Clip, Corpus, Membership, Speaker
from annotation.recipes import read as read_recipe
from annotation.services import imports
from speecheq.jobs import run_job
from speecheq.models import Job
from speecheq.roles import Role
from tests.annotation.api.test_imports import zipped
from tests.annotation.audio.sounds import speechlike
from tests.annotation.services.test_ingest import corpus_folder, row
from tests.factories import ClipFactory, CorpusFactory, SpeakerFactory, UserFactory, member

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TABS = ["detail", "import", "speakers", "members"]


def address(name: str, *args: str) -> str:
    return reverse(f"annotation:{name}", args=args)


def text(answer) -> str:
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    settings.IMPORT_ROOT = tmp_path / "import"
    settings.HOME = tmp_path / "home"
    settings.IMPORT_ROOT.mkdir()
    sound = speechlike()
    rows = [row("a", transcript="你好", intended_esc="HAP", intended_eis=2), row("b", speaker="s2")]
    return corpus_folder(settings.IMPORT_ROOT / "two", rows, a=sound, b=sound)


@pytest.fixture
def corpus():
    return CorpusFactory(slug="voices", name="Voices")


@pytest.fixture
def manager(corpus, client):
    person = member(corpus, Role.DATA_MANAGER, username="mia")
    client.force_login(person)
    return person


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_its_pages(corpus, client, role):
    client.force_login(member(corpus, role))
    clip = ClipFactory(speaker__corpus=corpus)
    staff = 403 if role == Role.ANNOTATOR else 200
    assert client.get(address("corpus-list")).status_code == staff
    assert client.get(address("clip-detail", clip.public_id)).status_code == staff
    for tab in TABS:
        wanted = staff if tab != "import" or role == Role.DATA_MANAGER else 403
        assert client.get(address(f"corpus-{tab}", "voices")).status_code == wanted


def test_a_corpus_of_others_is_not_there(corpus, client):
    clip = ClipFactory(speaker__corpus=corpus)
    client.force_login(member(CorpusFactory(), Role.DATA_MANAGER))
    for tab in TABS:
        assert client.get(address(f"corpus-{tab}", "voices")).status_code == 404
    assert client.get(address("clip-detail", clip.public_id)).status_code == 404
    assert "Voices" not in text(client.get(address("corpus-list")))


def test_a_new_corpus_leads_to_its_import(manager, client):
    body = {"slug": "new", "name": "New", "language": "zh", "licence": "CC0"}
    answer = client.post(address("corpus-create"), body)
    assert answer.url == address("corpus-import", "new")
    assert Membership.objects.get(corpus__slug="new").user == manager


@pytest.mark.parametrize(
    ("changes", "words"), [({"slug": "voices"}, "already"), ({"slug": "B A"}, "lower-case letters")]
)
def test_a_wrong_corpus_is_explained_beside_its_field(manager, client, changes, words):
    body = {"slug": "new", "name": "New", "language": "zh", "licence": "CC0", **changes}
    answer = client.post(address("corpus-create"), body)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert Corpus.objects.count() == 1


def test_an_import_by_path_shows_its_progress_and_its_duplicate(manager, client):
    url = address("corpus-import", "voices")
    assert client.post(url, {"recipe": "manifest", "path": "two"}).url == url
    job = Job.objects.get()
    waiting = text(client.get(url))
    assert f'hx-get="{reverse("job-detail", args=[job.public_id])}"' in waiting
    run_job(job.pk)
    done = text(client.get(url))
    assert "hx-get" not in done and "1 file has the samples of another" in done


def test_an_import_by_archive_is_taken_and_called_by_the_name_of_its_file(manager, client, root):
    url = address("corpus-import", "voices")
    archive = zipped(root)
    answer = client.post(url, {"recipe": "manifest", "archive": archive})
    assert answer.status_code == 302
    run_job(Job.objects.get().pk)
    assert Clip.objects.get().key == "a"
    assert f"<code>{archive.name}</code>" in text(client.get(url))


def test_each_refused_row_is_shown_with_its_line_and_its_reason(manager, client):
    rows = [row("a", intended_esc="NEU", intended_eis=3), row("b", audio="gone.wav"), row("c")]
    corpus_folder(imports.settings.IMPORT_ROOT / "three", rows, c=speechlike())
    url = address("corpus-import", "voices")
    client.post(url, {"recipe": "manifest", "path": "three"})
    job = Job.objects.get()
    run_job(job.pk)
    page = text(client.get(url))
    assert "2 rows were refused" in page and "NEU has no intensity: EIS 3 must be 0." in page
    assert re.search(r"<td[^>]*>1</td><th[^>]*>a</th>", page)
    assert re.search(r"<td[^>]*>2</td><th[^>]*>b</th>", page)
    job.refresh_from_db()
    assert (job.done, job.total) == (3, 3), "a refused row is a finished one"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"recipe": "manifest"}, "Choose an archive or give a path"),
        ({"recipe": "manifest", "path": "nowhere"}, "There is nothing at"),
        ({"recipe": "manifest", "path": "../.."}, "leads outside"),
        ({"recipe": "crema", "path": "two"}, "Select a valid choice"),
    ],
)
def test_a_wrong_import_is_explained(manager, client, body, words):
    answer = client.post(address("corpus-import", "voices"), body)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Job.objects.exists()


def test_clips_are_shown_with_their_sound_and_narrowed(manager, client, corpus, root):
    imports.ingest(corpus, read_recipe("manifest", root))
    ClipFactory(speaker=SpeakerFactory(corpus=corpus), key="other", intended_esc="SAD")
    clip = Clip.objects.get(key="a")
    url = address("corpus-detail", "voices")
    page = text(client.get(url))
    assert reverse("api:clip-audio", args=[clip.public_id]) in page and "你好" in page
    narrowed = text(client.get(url, {"esc": "HAP"}))
    assert ">a</code></a>" in narrowed and ">other</code></a>" not in narrowed
    nothing = text(client.get(url, {"speaker": clip.speaker.public_id, "key": "OTHER"}))
    assert "No clip matches" in nothing
    assert ">other</code></a>" in text(client.get(url, {"key": "OTHER"}))


def test_a_filter_stays_from_page_to_page(manager, client, corpus):
    speaker = SpeakerFactory(corpus=corpus)
    for _ in range(51):
        ClipFactory(speaker=speaker, intended_esc="SAD")
    page = text(client.get(address("corpus-detail", "voices"), {"esc": "SAD"}))
    assert "?page=2&amp;esc=SAD" in page


def test_the_page_of_a_clip_draws_it_and_names_its_duplicates(manager, client, corpus, root):
    imports.ingest(corpus, read_recipe("manifest", root))
    clip = Clip.objects.get()
    page = text(client.get(address("clip-detail", clip.public_id)))
    assert 'points="0.0,' in page and reverse("api:clip-spectrogram", args=[clip.public_id]) in page
    assert "s2" in page and ">b</th>" in page


def test_a_clip_of_ratings_alone_has_a_page(manager, client, corpus):
    speaker = SpeakerFactory(corpus=corpus)
    clip = ClipFactory(speaker=speaker, label_only=True, sha256="", audio16k="", duration_ms=None)
    assert "ratings only" in text(client.get(address("clip-detail", clip.public_id)))


def test_a_speaker_is_added_and_a_second_of_the_code_refused(manager, client, corpus):
    url = address("corpus-speakers", "voices")
    assert client.post(url, {"code": "s9", "sex": "female"}).status_code == 302
    again = client.post(url, {"code": "s9"})
    assert again.status_code == 422 and "already" in again.content.decode()
    assert Speaker.objects.count() == 1


def test_members_are_added_and_removed_but_never_the_last_manager(manager, client, corpus):
    UserFactory(username="anna")
    url, remove = address("corpus-members", "voices"), address("corpus-member-remove", "voices")
    client.post(url, {"username": "anna", "role": "annotator"})
    assert corpus.memberships.count() == 2
    answer = client.post(url, {"username": "nobody", "role": "annotator"})
    assert "No user" in answer.content.decode()
    client.post(remove, {"username": "anna", "role": "annotator"})
    answer = client.post(remove, {"username": "mia", "role": "data_manager"}, follow=True)
    assert "no data manager" in text(answer)
    assert list(corpus.memberships.values_list("user__username", flat=True)) == ["mia"]


def test_synthetic_speech_is_marked_wherever_it_is_shown(manager, client, corpus):
    corpus.is_synthetic = True
    corpus.save()
    clip = ClipFactory(speaker__corpus=corpus, label_only=True, sha256="", audio16k="")
    assert "synthetic" in text(client.get(address("corpus-list")))
    for tab in TABS:
        assert "synthetic speech" in text(client.get(address(f"corpus-{tab}", "voices")))
    assert "synthetic speech" in text(client.get(address("clip-detail", clip.public_id)))


def test_what_a_service_refuses_is_said_in_the_language_of_the_page(corpus, manager, client):
    form = {"slug": "voices", "name": "Twice", "language": "en", "licence": "CC0-1.0"}
    client.cookies["django_language"] = "zh-hans"
    html = client.post(address("corpus-create"), form).content.decode()
    assert "已有语料库 &#x27;voices&#x27;。" in html


def test_a_folder_outside_the_import_root_is_refused_beside_its_field(corpus, manager, client):
    form = {"recipe": "manifest", "path": "../../etc"}
    answer = client.post(address("corpus-import", "voices"), form)
    assert answer.status_code == 422
    assert 'id="id_path_error"' in answer.content.decode()


def test_a_person_is_added_as_annotator_unless_another_role_is_chosen(corpus, manager, client):
    html = text(client.get(address("corpus-members", "voices")))
    assert '<option value="annotator" selected>' in html


def test_the_home_page_of_a_session_operator_names_the_corpus(corpus, client):
    client.force_login(member(corpus, Role.SESSION_OPERATOR))
    html = text(client.get(reverse("home")))
    assert address("corpus-detail", "voices") in html
    assert "not a member of a corpus" not in html
