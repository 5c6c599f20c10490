"""Turn each member's one cursor into three. It went over everything, and began again with each round
and each change of groups; a cursor that would begin again now does so once more.

Where it stood among what a round had put first, the campaign's own order was still to come. What had
come back is found through the third cursor, which begins before all of it.
"""

from django.db import migrations
from django.db.models import F


def split_cursors(apps, schema_editor):
    Campaign = apps.get_model("annotation", "Campaign")
    Item = apps.get_model("annotation", "Item")
    Member = apps.get_model("annotation", "CampaignMember")
    ranked = Item.objects.filter(rank__lt=0).values("campaign")
    Campaign.objects.filter(pk__in=ranked).update(front_end=0.0)
    returned = Item.objects.filter(returned=True)
    Campaign.objects.filter(pk__in=returned.values("campaign")).update(returns=1)
    returned.update(came_back=1)
    valid = Member.objects.filter(front_version=F("campaign__order_version"))
    Member.objects.exclude(pk__in=valid.values("pk")).update(cursor_rank=None, cursor_item=0)
    further = Member.objects.filter(cursor_rank__gte=0)
    further.update(front_rank=0.0, front_item=0)
    Member.objects.filter(cursor_rank__lt=0).update(
        front_rank=F("cursor_rank"), front_item=F("cursor_item"), cursor_rank=None, cursor_item=0
    )


def start_again(apps, schema_editor):
    apps.get_model("annotation", "CampaignMember").objects.update(cursor_rank=None)
    Item = apps.get_model("annotation", "Item")
    Item.objects.filter(came_back__gt=0).update(returned=True)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0014_three_cursors")]
    operations = [migrations.RunPython(split_cursors, start_again)]
