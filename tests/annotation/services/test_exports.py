import hashlib
import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from annotation.exports import FORMATS
from annotation.models import Clip, Export
from annotation.services.exports import find_export, refuse_unmade, request_export
from annotation.services.releases import request_release
from speecheq import jobs
from speecheq.errors import Conflict, DomainError, Forbidden, NotFound
from speecheq.models import Job
from speecheq.roles import Role
from tests.annotation.releasing import asked, corpus_of, export_of, release_of, rows_of
from tests.factories import CorpusFactory, member
from tests.support.processes import PATIENCE_S

pytestmark = pytest.mark.django_db


def bytes_of(export):
    with default_storage.open(export.file.name, "rb") as file:
        return file.read()


def in_own_connection(release):
    barrier = threading.Barrier(6)

    def ask(_):
        try:
            barrier.wait(timeout=PATIENCE_S)
            return request_export(release, format="csv", by=None)[0].pk
        finally:
            connection.close()

    return ask


@pytest.fixture
def release():
    return release_of(corpus_of(5))


@pytest.mark.parametrize("format", FORMATS)
def test_the_stored_hash_and_size_are_those_of_the_file(release, format):
    export = export_of(release, format)
    content = bytes_of(export)
    assert export.sha256 == hashlib.sha256(content).hexdigest()
    assert (export.state, export.bytes) == ("ready", len(content))


@pytest.mark.parametrize("format", FORMATS)
def test_exporting_again_gives_the_same_bytes(release, format):
    first, second = export_of(release, format), export_of(release, format)
    assert first.pk != second.pk
    assert bytes_of(first) == bytes_of(second)


def test_the_jsonl_export_hashes_to_the_release(release):
    assert export_of(release, "jsonl").sha256 == release.sha256


def test_parquet_holds_the_audio_unless_it_is_declined(release):
    for clip in Clip.objects.all():
        sound = io.BytesIO()
        soundfile.write(sound, np.zeros(800), 16_000, format="FLAC")
        clip.audio16k.save(f"{clip.public_id}.flac", ContentFile(sound.getvalue()))
    table = pq.read_table(io.BytesIO(bytes_of(export_of(release, "parquet"))))
    samples, _ = soundfile.read(io.BytesIO(table.to_pylist()[0]["audio"]["bytes"]))
    assert len(samples) == 800
    without = export_of(release, "parquet", audio=False)
    assert "audio" not in pq.read_table(io.BytesIO(bytes_of(without))).column_names


def test_a_label_studio_task_names_where_its_clip_is_heard(release):
    tasks = json.loads(bytes_of(export_of(release, "labelstudio")))
    clip = Clip.objects.get(key=rows_of(release)[0]["key"])
    assert tasks[0]["data"]["audio"] == f"/api/v1/clips/{clip.public_id}/audio/"


def test_a_repeated_request_is_answered_with_the_export_underway(release):
    first, first_job = request_export(release, format="csv", by=None)
    again, job = request_export(release, format="csv", by=None)
    other, _ = request_export(release, format="csv", audio=False, by=None)
    assert (again, job) == (first, first_job)
    assert other != first


@pytest.mark.database
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_requests_in_one_moment_are_answered_with_one_export(release):
    with ThreadPoolExecutor(6) as pool:
        exports = list(pool.map(in_own_connection(release), range(6)))
    assert len(set(exports)) == 1


def test_an_unknown_format_is_refused_and_the_known_ones_named(release):
    with pytest.raises(DomainError, match="jsonl, csv, parquet, labelstudio") as caught:
        request_export(release, format="xls", by=None)
    assert caught.value.errors[0].field == "format"
    assert not Export.objects.exists()


def test_a_release_in_the_making_cannot_be_exported():
    release, _ = request_release(asked(corpus_of(5)), by=None)
    with pytest.raises(Conflict) as caught:
        request_export(release, format="csv", by=None)
    assert caught.value.code == "release_not_ready"


def test_a_cancelled_export_says_so_and_has_no_file(release):
    export, job = request_export(release, format="csv", by=None)
    jobs.cancel_job(job, by=None)
    export.refresh_from_db()
    assert (export.state, export.error["code"]) == ("failed", "cancelled")
    with pytest.raises(Conflict, match="failed"):
        refuse_unmade(export)


def test_a_second_attempt_replaces_the_file_of_the_first(release):
    export, job = request_export(release, format="jsonl", by=None)
    name = f"export/{export.public_id[-2:]}/{export.public_id}.jsonl"
    default_storage.save(name, ContentFile(b"half"))
    jobs.run_job(job.pk)
    export.refresh_from_db()
    assert export.file.name == name
    assert export.sha256 == hashlib.sha256(bytes_of(export)).hexdigest() == release.sha256
    assert Job.objects.get(pk=job.pk).result["export"] == export.public_id


def test_an_export_is_read_by_who_reads_its_release(release):
    corpus = release.corpora.get()
    export = export_of(release, "csv")
    assert find_export(export.public_id, user=member(corpus, Role.RESEARCHER)) == export
    with pytest.raises(Forbidden):
        find_export(export.public_id, user=member(corpus, Role.ANNOTATOR))
    with pytest.raises(NotFound):
        find_export(export.public_id, user=member(CorpusFactory(), Role.DATA_MANAGER))
