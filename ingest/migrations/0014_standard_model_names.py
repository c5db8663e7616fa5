"""Models get the field's terms as names. Tables keep theirs: nothing changes in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ingest", "0013_run_summary")]

    operations = [
        migrations.AlterModelTable("Stray", "ingest_stray"),
        migrations.RenameModel("Stray", "UnmatchedRequest"),
        migrations.AlterModelTable("Span", "ingest_span"),
        migrations.RenameModel("Span", "RunRange"),
        migrations.AlterModelTable("Second", "ingest_second"),
        migrations.RenameModel("Second", "SecondCount"),
    ]
