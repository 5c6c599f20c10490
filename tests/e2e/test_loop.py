"""The whole loop over REST alone, on real speech: what a person does in the README, by a script.

Import, label, agree, settle, release, train, score, re-order, export. What the server says is
computed again here: alpha from the labels that were sent, splits from the rows that came back.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections import Counter, defaultdict
from itertools import combinations

import pytest

from tests.data import data_dir
from tests.e2e.platform_process import Api, home_env, manage, serving

pytestmark = [pytest.mark.processes, pytest.mark.e2e]

ACTORS = ["01", "02", "03", "04", "05", "06", "07", "08"]
CORE = {"NEU", "CAL", "HAP", "SAD", "ANG", "FEA", "DIS", "SUR"}


def nominal_alpha(votes: dict[str, list[str]]) -> float:
    """Krippendorff's alpha by counting every pair: slow, direct, and not the product's code."""
    observed, values = 0.0, Counter()
    for labels in votes.values():
        if len(labels) < 2:
            continue
        values.update(labels)
        unequal = sum(a != b for a, b in combinations(labels, 2))
        observed += 2 * unequal / (len(labels) - 1)
    n = sum(values.values())
    expected = sum(values[a] * values[b] for a in values for b in values if a != b) / (n - 1)
    return 1 - observed / expected


def opinion(rng: random.Random, truth: tuple[str, int], accuracy: float) -> tuple[str, int]:
    """What a rater of this accuracy answers where the actor meant `truth`."""
    if rng.random() < accuracy:
        return truth
    esc = rng.choice(sorted(CORE - {truth[0]}))
    return esc, 0 if esc == "NEU" else rng.choice([1, 2, 3])


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """A fresh platform with an administrator, and real speech below its import root.

    Of eight actors, which are all that is labelled: test_ingest imports the whole of RAVDESS.
    """
    home, imports = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("import")
    for actor in ACTORS:
        shutil.copytree(data_dir("ravdess") / "audio" / actor, imports / actor)
    env = home_env(
        home,
        SPEECHEQ_IMPORT_ROOT=str(imports),
        DJANGO_SUPERUSER_PASSWORD="a long enough pass phrase",
    )
    manage("createsuperuser", "--noinput", "--username", "root", "--email", "", env=env)
    token = manage("token", "root", "--scopes", "admin", env=env).strip().splitlines()[-1]
    with serving(env) as base:
        yield base, token


@pytest.fixture(scope="module")
def admin(installation):
    base, token = installation
    return Api(base, token)


@pytest.fixture(scope="module")
def people(installation, admin):
    """A client for each person of the story, invited by the administrator."""
    base, _token = installation
    corpus = {"slug": "ravdess", "name": "RAVDESS", "language": "en"}
    licence = {"licence": "CC BY-NC-SA 4.0", "licence_source": "doi:10.5281/zenodo.1188976"}
    admin.post("corpora/", {**corpus, **licence})

    def invite(name: str, role: str) -> Api:
        body = {
            "username": name,
            "memberships": [{"corpus": "ravdess", "role": role}],
            "issue_token": True,
        }
        return Api(base, admin.post("users/", body)["token"])

    annotators = {f"annotator{i}": "annotator" for i in (1, 2, 3)}
    roles = {"manager": "data_manager", "researcher": "researcher", **annotators}
    return {name: invite(name, role) for name, role in roles.items()}


@pytest.fixture(scope="module")
def clips(people):
    """The imported clips by id, as the manager sees them."""
    manager = people["manager"]
    asked = {"recipe": "ravdess", "path": "."}
    job = manager.job(manager.post("corpora/ravdess/imports/", asked, expect=202))
    assert job["result"]["imported"] == 479
    assert job["result"]["duplicates"] == 1
    assert job["result"]["refused"] == []
    return {clip["id"]: clip for clip in manager.all("clips/?corpus=ravdess&page_size=1000")}


@pytest.fixture(scope="module")
def campaign(people, clips):
    """An open campaign over all clips, three labels a clip."""
    manager = people["manager"]
    keys = [clip["key"] for clip in clips.values()]
    body = {
        "name": "loop",
        "corpus": "ravdess",
        "scheme": "seqd-1",
        "clips": keys,
        "overlap": 3,
        "order": "acquisition",
        "seed": 7,
        "members": ["annotator1", "annotator2", "annotator3"],
    }
    made = manager.post("campaigns/", body)
    manager.patch(f"campaigns/{made['id']}/", {"state": "open"})
    return made["id"]


@pytest.fixture(scope="module")
def votes(people, clips, campaign):
    """Every annotator labels 250 clips; what was sent is kept by clip."""
    sent: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    for number, accuracy in ((1, 0.9), (2, 0.8), (3, 0.65)):
        api, rng = people[f"annotator{number}"], random.Random(number)
        done = 0
        while done < 250:
            offered = api.post(f"campaigns/{campaign}/next/", {"count": 5}, expect=200)
            for one in offered["assignments"]:
                clip = clips[one["clip"]["id"]]
                esc, eis = opinion(rng, (clip["intended_esc"], clip["intended_eis"]), accuracy)
                body = {"labels": [{"esc": esc, "eis": eis}], "listened_ms": 1500, "replays": 0}
                key = {"Idempotency-Key": f"{number}-{one['id']}"}
                path = f"assignments/{one['id']}/submit/"
                stored = api.post(path, body, headers=key)
                assert stored["counted"]
                assert api.post(path, body, headers=key, expect=200) == stored
                sent[clip["id"]][f"annotator{number}"] = (esc, eis)
                done += 1
    return sent


def test_the_annotator_hears_the_clip_that_is_offered(people, campaign):
    api = people["annotator1"]
    [one] = api.post(f"campaigns/{campaign}/next/", {"count": 1}, expect=200)["assignments"]
    audio = api.fetch(one["clip"]["audio_url"])
    assert audio.status_code == 200
    assert audio.content[:4] == b"fLaC"
    part = api.fetch(one["clip"]["audio_url"], Range="bytes=0-9")
    assert (part.status_code, len(part.content)) == (206, 10)
    peaks = api.fetch(one["clip"]["peaks_url"]).json()
    assert peaks["data"]
    assert api.fetch(one["clip"]["spectrogram_url"]).content[:8] == b"\x89PNG\r\n\x1a\n"


def test_agreement_is_what_the_sent_labels_say(people, campaign, votes):
    answer = people["manager"].get(f"campaigns/{campaign}/agreement/")
    rows = {(r["scale"], r["coefficient"], r["emotion"]): r for r in answer["scales"]}
    row = rows["esc", "alpha_nominal", None]
    labels = {clip: [esc for esc, _eis in each.values()] for clip, each in votes.items()}
    assert row["value"] == pytest.approx(nominal_alpha(labels), abs=1e-9)
    assert row["ci_low"] < row["value"] < row["ci_high"]
    assert row["n_ratings"] == 750
    assert rows["eis", "alpha_ordinal", None]["value"] is not None


def test_consensus_is_the_plurality_of_the_sent_labels(people, campaign, votes):
    manager = people["manager"]
    asked = manager.post(f"campaigns/{campaign}/consensus/", {"method": "plurality"}, expect=202)
    manager.job(asked)
    rows = manager.all(f"campaigns/{campaign}/consensus/")
    assert {row["clip"] for row in rows} == set(votes)
    for row in rows:
        counts = Counter(esc for esc, _eis in votes[row["clip"]].values())
        assert row["votes"] == dict(counts)
        top = [esc for esc, n in counts.items() if n == max(counts.values())]
        assert row["esc"] == (top[0] if len(top) == 1 else "UNK")


@pytest.fixture(scope="module")
def release(people, campaign, votes):
    manager = people["manager"]
    body = {
        "name": "loop",
        "version": "1.0.0",
        "corpora": ["ravdess"],
        "campaigns": [campaign],
        "label_space": "ravdess-8",
        "consensus": "plurality",
        "splits": {
            "ratios": {"train": 0.5, "dev": 0.25, "test": 0.25},
            "seed": 1,
            "disjoint": ["speaker"],
        },
    }
    job = manager.job(manager.post("releases/", body, expect=202))
    return job["result"]["release"]


@pytest.fixture(scope="module")
def splits(people, release):
    """Rows of each split, as streamed."""
    lines = {
        split: people["manager"].http.get(f"releases/{release}/splits/{split}/").text.splitlines()
        for split in ("train", "dev", "test")
    }
    return {split: [json.loads(line) for line in rows] for split, rows in lines.items()}


def test_no_speaker_and_no_audio_stands_in_two_splits(splits):
    for a, b in combinations(splits, 2):
        for field in ("speaker", "audio_sha256", "key"):
            shared = {r[field] for r in splits[a]} & {r[field] for r in splits[b]}
            assert not shared, f"{field} {shared} in {a} and {b}"
    assert all(splits.values())


def test_neutral_is_zero_in_every_row(splits):
    for row in (row for rows in splits.values() for row in rows):
        assert (row["esc"] == "NEU") == (row["eis"] == 0), row


def test_the_leak_report_finds_nothing(people, release):
    leaks = people["manager"].get(f"releases/{release}/leaks/")
    for pair in leaks["pairs"]:
        assert (pair["speakers"], pair["audio"]) == (0, 0), pair


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet", "labelstudio"])
def test_an_export_downloads_in_parts_and_repeats_to_the_byte(people, release, kind):
    manager = people["manager"]

    def download() -> bytes:
        made = manager.post(f"releases/{release}/exports/", {"format": kind}, expect=202)
        export = manager.job(made)["result"]["export"]
        path = f"exports/{export}/download/"
        whole = manager.http.get(path)
        assert whole.status_code == 200
        half = len(whole.content) // 2
        first = manager.http.get(path, headers={"Range": f"bytes=0-{half - 1}"}).content
        rest = manager.http.get(path, headers={"Range": f"bytes={half}-"}).content
        assert first + rest == whole.content
        return whole.content

    first = download()
    assert first
    assert hashlib.sha256(first).digest() == hashlib.sha256(download()).digest()


@pytest.fixture(scope="module")
def model(people, release, splits):
    researcher = people["researcher"]
    asked = researcher.post(
        "runs/",
        {"release": release, "preset": "quick", "config": {"optimiser": {"epochs": 2}}},
        expect=202,
    )
    result = researcher.job(asked)["result"]
    run = researcher.get(f"runs/{result['run']}/")
    assert run["state"] == "succeeded"
    return result["model"]


def test_the_run_keeps_its_epochs_and_names_its_release(people, model, release):
    researcher = people["researcher"]
    found = researcher.get(f"models/{model}/")
    [run] = [r for r in researcher.all("runs/") if r["model"] == model]
    assert run["release_hash"] == people["manager"].get(f"releases/{release}/")["sha256"]
    assert len(researcher.get(f"runs/{run['id']}/epochs/")["results"]) == 2
    assert found["id"] == model


@pytest.fixture(scope="module")
def asked_for(people, campaign, model):
    """The items of a round of 40 clips, a quarter of them at random."""
    researcher = people["researcher"]
    body = {"campaign": campaign, "acquisition": "entropy", "budget": 40, "control_share": 0.25}
    job = researcher.job(researcher.post(f"models/{model}/score/", body, expect=202))
    return researcher.get(f"rounds/{job['result']['round']}/")["items"]


def test_scores_reorder_the_queue_and_say_why(people, campaign, asked_for, splits):
    assert Counter(item["arm"] for item in asked_for) == {"chosen": 30, "control": 10}
    assert all(0 < item["probability"] <= 1 for item in asked_for)

    queue = people["manager"].all(f"campaigns/{campaign}/queue/?page_size=1000")
    in_round = {item["clip"] for item in asked_for}
    waiting = [row["clip"] for row in queue if row["clip"] in in_round]
    assert [row["clip"] for row in queue[: len(waiting)]] == waiting
    assert {row["arm"] for row in queue[: len(waiting)]} == {"chosen", "control"}

    test_keys = {row["key"] for row in splits["test"]}
    keys = {row["clip"]: row["key"] for row in queue}
    assert not {keys.get(clip) for clip in in_round} & test_keys


def test_the_next_clip_is_one_the_model_asked_for(people, campaign, asked_for):
    wanted = {item["clip"] for item in asked_for}
    api = people["annotator3"]
    held = api.post(f"campaigns/{campaign}/next/", {"count": 5}, expect=200)["assignments"]
    assert {one["clip"]["id"] for one in held} & wanted
