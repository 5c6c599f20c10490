"""Migration 0013: the built-in scheme's scales are named as everywhere else."""

from __future__ import annotations

import importlib

import pytest
from django.apps import apps

from annotation.models import Scheme

pytestmark = pytest.mark.django_db


def test_scales_of_an_earlier_installation_get_the_names_of_today():
    scheme = Scheme.objects.get(code="seqd-vad-1", version=1)
    seeded = [dict(scale) for scale in scheme.extras]
    scheme.extras[0] |= {"names": {"zh": "愉悦度", "en": "Valence"}}
    scheme.save(update_fields=["extras"])
    importlib.import_module("annotation.migrations.0013_name_scales_alike").rename(apps, None)
    scheme.refresh_from_db()
    assert scheme.extras == seeded
    assert scheme.extras[0]["names"]["zh"] == "效价"
