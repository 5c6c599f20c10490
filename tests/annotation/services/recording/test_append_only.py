"""What was signed and taken back stays as it is: both databases refuse to change or remove it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotation.models import Consent, ConsentText, ConsentWithdrawal
from tests.factories import SpeakerFactory
from tests.recording import consent, consent_text

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(params=["text", "consent", "withdrawal"])
def row(request):
    speaker = SpeakerFactory()
    if request.param == "text":
        return consent_text()
    if request.param == "consent":
        return consent(speaker)
    return ConsentWithdrawal.objects.create(
        speaker=speaker, purposes=["record"], withdrawn_at=timezone.now()
    )


def test_a_row_is_not_changed(row):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        row.save()


def test_a_row_is_not_removed(row):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        type(row).objects.filter(pk=row.pk).delete()
    assert type(row).objects.filter(pk=row.pk).exists()


def test_sql_by_hand_gets_no_further(row):
    table = type(row)._meta.db_table
    with pytest.raises(IntegrityError), transaction.atomic():
        _sql(f"DELETE FROM {table}")


def test_no_row_takes_the_place_of_one_that_is_there(row):
    """INSERT OR REPLACE of SQLite removes the other row without a word to a trigger on DELETE."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL's ON CONFLICT is an UPDATE, which is refused
    table, before = type(row)._meta.db_table, type(row).objects.values().get(pk=row.pk)
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        _sql(f"REPLACE INTO {table} SELECT * FROM {table} WHERE id = {row.pk}")
    assert type(row).objects.values().get(pk=row.pk) == before


def test_nor_does_one_with_another_id_and_the_same_name():
    if connection.vendor != "sqlite":
        return
    signed = consent(SpeakerFactory())
    values = type(signed).objects.values().get(pk=signed.pk)
    columns = ", ".join(name for name in values if name not in ("id", "signed_name"))
    with pytest.raises(IntegrityError), transaction.atomic():
        _sql(
            f"REPLACE INTO annotation_consent (signed_name, {columns}) "
            f"SELECT 'Somebody else', {columns} FROM annotation_consent"
        )
    assert type(signed).objects.get().signed_name == signed.signed_name


def test_a_table_is_not_emptied_at_once(row):
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        _sql("SET CONSTRAINTS ALL IMMEDIATE")  # what is still to be checked forbids it as well
        _sql(f"TRUNCATE {type(row)._meta.db_table} CASCADE")
    assert type(row).objects.filter(pk=row.pk).exists()


def _sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_tests_that_commit_leave_no_signature_and_keep_the_built_in_texts(time):
    assert not Consent.objects.exists()
    assert ConsentText.objects.filter(is_builtin=True).count() == 2
    signed = consent(SpeakerFactory())
    with pytest.raises(IntegrityError), transaction.atomic():
        signed.delete()
