"""Threads that were kept by clip belong to its first offer: a repeat came later, if at all."""

from django.db import migrations


def attach_questions(apps, schema_editor):
    Assignment = apps.get_model("annotation", "Assignment")
    Question = apps.get_model("annotation", "Question")
    for question in Question.objects.filter(assignment=None).iterator():
        offered = Assignment.objects.filter(
            campaign=question.campaign_id, clip=question.clip_id, annotator=question.annotator_id
        )
        question.assignment = offered.order_by("pk").first()
        question.save(update_fields=["assignment"])


class Migration(migrations.Migration):
    dependencies = [("annotation", "0011_question_of_offer")]
    operations = [migrations.RunPython(attach_questions, migrations.RunPython.noop)]
