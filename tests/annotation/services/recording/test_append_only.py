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
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("time", ["first", "second"])
def test_tests_that_commit_leave_no_signature_and_keep_the_built_in_texts(time):
    assert not Consent.objects.exists()
    assert ConsentText.objects.filter(is_builtin=True).count() == 2
    signed = consent(SpeakerFactory())
    with pytest.raises(IntegrityError), transaction.atomic():
        signed.delete()
