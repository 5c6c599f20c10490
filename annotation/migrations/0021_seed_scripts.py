"""Give every installation the scripts it starts with."""

from __future__ import annotations

from django.db import migrations

from annotation.recording.builtin import BUILT_IN, built_in
from speecheq import publicids


def seed(apps, schema_editor):
    """Scripts are made once; a later change of one is another code in a new migration."""
    Script = apps.get_model("annotation", "Script")
    for code in BUILT_IN:
        found = built_in(code)
        made = Script.objects.create(
            code=code,
            version=found.script.version,
            title=found.script.title,
            language=found.script.language,
            is_builtin=True,
        )
        seed_prompts(apps, made, found)


def seed_prompts(apps, script, found):
    """The id of a prompt derives from script and key: the same in every installation."""
    ScriptSection = apps.get_model("annotation", "ScriptSection")
    Prompt = apps.get_model("annotation", "Prompt")
    name = f"{script.code}@{script.version}"
    for place, section in enumerate(found.script.sections, start=1):
        made = ScriptSection.objects.create(
            script=script, position=place, name=section.name, kind=section.kind, order=section.order
        )
        Prompt.objects.bulk_create(
            Prompt(
                public_id=publicids.derived("pmt", name, prompt.key),
                script=script,
                section=made,
                position=position,
                key=prompt.key,
                text=prompt.text,
                transcript=prompt.text,
                phonemes=found.phonemes[prompt.key],
                target_esc=prompt.target_esc,
                target_eis=prompt.target_eis,
                hint=prompt.hint,
                scenario=prompt.scenario,
            )
            for position, prompt in enumerate(section.prompts, start=1)
        )


def unseed(apps, schema_editor):
    """Fails where a session has spoken one: what was recorded is not forgotten."""
    apps.get_model("annotation", "Script").objects.filter(
        is_builtin=True, code__in=BUILT_IN
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("annotation", "0020_append_only_consents")]
    operations = [migrations.RunPython(seed, unseed)]
