from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("annotation", "0013_name_scales_alike")]
    operations = [
        migrations.AddField(
            model_name="campaign",
            name="front_end",
            field=models.FloatField(
                help_text="A round has put first what is below this rank; empty: no round.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="returns",
            field=models.PositiveBigIntegerField(
                default=0, help_text="The last number that was given to what came back."
            ),
        ),
        migrations.RenameField("campaignmember", "cursor_version", "front_version"),
        migrations.AddField(
            model_name="campaignmember",
            name="front_rank",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="campaignmember",
            name="front_item",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="campaignmember",
            name="back_number",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="campaignmember",
            name="back_item",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="item",
            name="came_back",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="Numbered when a slot came back, or the item went where people had looked.",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=Q(("came_back__gt", 0), ("free__gt", 0)),
                fields=["campaign", "came_back", "id"],
                name="item_came_back",
            ),
        ),
    ]
