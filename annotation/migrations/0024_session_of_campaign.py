import re

import django.db.models.deletion
from django.db import migrations, models

SESSION = re.compile(r"\((ses_\w+)\)$")


def link(apps, schema_editor):
    """A campaign of a session was known by its name alone, which ended with the session's id."""
    campaigns = apps.get_model("annotation", "Campaign").objects
    sessions = apps.get_model("annotation", "Session").objects
    for campaign in campaigns.filter(name__contains="(ses_"):
        told = SESSION.search(campaign.name)
        session = told and sessions.filter(public_id=told[1], corpus=campaign.corpus_id).first()
        if session:
            campaigns.filter(pk=campaign.pk).update(session=session)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0023_take_frames")]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="session",
            field=models.ForeignKey(
                help_text="The recording session it was made of by one button.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="campaigns",
                to="annotation.session",
            ),
        ),
        migrations.RunPython(link, migrations.RunPython.noop, elidable=True),
    ]
