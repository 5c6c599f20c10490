import re

from django.db import migrations

SESSION = re.compile(r"\((ses_\w+)\)$")


def link(apps, schema_editor):
    """A campaign of a session was known by its name alone, which ended with the session's id."""
    campaigns = apps.get_model("annotation", "Campaign").objects
    sessions = apps.get_model("annotation", "Session").objects
    for campaign in campaigns.filter(name__contains="(ses_", session=None):
        told = SESSION.search(campaign.name)
        session = told and sessions.filter(public_id=told[1], corpus=campaign.corpus_id).first()
        if session:
            campaigns.filter(pk=campaign.pk).update(session=session)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0024_session_of_campaign")]

    operations = [migrations.RunPython(link, migrations.RunPython.noop, elidable=True)]
