"""Static files: modules import each other under names that change with their content."""

from __future__ import annotations

import re

import pytest
from django.core.management import call_command

from speecheq.storage import ModuleStorage


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """The folder of collected static files."""
    folder = tmp_path_factory.mktemp("static")
    from django.test import override_settings

    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "speecheq.storage.ModuleStorage"},
    }
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield folder, ModuleStorage(location=folder)


def test_a_module_imports_the_others_under_hashed_names(collected):
    folder, storage = collected
    text = (folder / storage.stored_name("annotation/js/label.js")).read_text()
    imported = re.findall(r'from "\./([\w.]+)"', text)
    assert len(imported) >= 8
    for name in imported:
        assert re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name)
        assert (folder / "annotation/js" / name).exists()


def test_a_hashed_file_is_served_compressed_and_for_ever(collected):
    folder, storage = collected
    assert (folder / (storage.stored_name("annotation/js/label.js") + ".gz")).exists()
