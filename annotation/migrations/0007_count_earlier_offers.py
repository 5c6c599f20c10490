"""Number the offers and count the labels of campaigns that began before these were kept."""

from django.db import migrations
from django.db.models import Count, OuterRef, Q, Subquery


def count_earlier_offers(apps, schema_editor):
    """Offers are numbered by person in the order they were made, and answers get their scheme."""
    Annotation = apps.get_model("annotation", "Annotation")
    Assignment = apps.get_model("annotation", "Assignment")
    Campaign = apps.get_model("annotation", "Campaign")
    CampaignMember = apps.get_model("annotation", "CampaignMember")
    scheme = Campaign.objects.filter(pk=OuterRef("campaign_id")).values("scheme_id")
    Annotation.objects.filter(scheme=None).update(scheme_id=Subquery(scheme[:1]))
    for member in CampaignMember.objects.iterator():
        mine = Assignment.objects.filter(campaign=member.campaign_id, annotator=member.user_id)
        numbered = []
        for ordinal, assignment in enumerate(mine.order_by("pk").only("pk"), start=1):
            assignment.ordinal = ordinal
            numbered.append(assignment)
        Assignment.objects.bulk_update(numbered, ["ordinal"], batch_size=500)
        totals = mine.aggregate(offered=Count("pk"), done=Count("pk", filter=Q(state="done")))
        CampaignMember.objects.filter(pk=member.pk).update(**totals)


def forget(apps, schema_editor):
    """Nothing to undo: the columns go with the migration before."""


class Migration(migrations.Migration):
    dependencies = [("annotation", "0006_labelling")]
    operations = [migrations.RunPython(count_earlier_offers, forget)]
