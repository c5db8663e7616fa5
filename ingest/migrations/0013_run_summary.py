import json

from django.db import migrations, models


def summarize(apps, schema_editor):
    Run = apps.get_model("ingest", "Run")
    finished = Run.objects.exclude(report="").values_list("pk", flat=True)
    for pk in list(finished):
        run = Run.objects.get(pk=pk)
        report = json.loads(run.report)
        failures = [text[:300] for text in report["failures"][:2]]
        run.summary = json.dumps(
            {"passed": report["passed"], "counts": report["counts"], "failures": failures}
        )
        run.save(update_fields=["summary"])


class Migration(migrations.Migration):
    dependencies = [("ingest", "0012_stored_bytes")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="summary",
            field=models.TextField(
                blank=True, db_default="", help_text="JSON: the part of the report that lists show"
            ),
        ),
        migrations.RunPython(summarize, migrations.RunPython.noop),
    ]
