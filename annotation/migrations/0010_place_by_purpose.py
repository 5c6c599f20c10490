"""Number known clips among those of their purpose. The places counted all purposes, so that with much
practice before it everybody began the list of gold at its first clip."""

from collections import Counter

from django.db import migrations


def place_by_purpose(apps, schema_editor):
    ReferenceClip = apps.get_model("annotation", "ReferenceClip")
    places = Counter()
    moved = []
    for row in ReferenceClip.objects.order_by("campaign", "place", "pk").iterator():
        place = places[row.campaign_id, row.purpose]
        places[row.campaign_id, row.purpose] += 1
        if row.place != place:
            row.place = place
            moved.append(row)
    ReferenceClip.objects.bulk_update(moved, ["place"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("annotation", "0009_agreement_at_closing")]
    operations = [migrations.RunPython(place_by_purpose, migrations.RunPython.noop)]
