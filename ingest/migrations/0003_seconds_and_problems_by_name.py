"""Count events per second, and problems per event name.

The names of the problems counted before are unknown.
"""

import django.db.models.deletion
from django.db import migrations, models

OTHER_NAMES = "(other names)"


def rebuild(apps, schema_editor):
    """SQLite: in the tree of their own key, as events are."""
    if schema_editor.connection.vendor != "sqlite":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'ingest_second'")
        (statement,) = cursor.fetchone()
        cursor.execute('DROP TABLE "ingest_second"')
        cursor.execute(f"{statement} WITHOUT ROWID")


class Migration(migrations.Migration):
    dependencies = [("ingest", "0002_without_rowid")]
    operations = [
        migrations.CreateModel(
            name="Second",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "keypair",
                        "second",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("second", models.BigIntegerField(help_text="whole seconds since 1970 UTC")),
                ("valid", models.BigIntegerField()),
                ("warning", models.BigIntegerField()),
                ("invalid", models.BigIntegerField()),
                ("malformed", models.BigIntegerField()),
                ("refused", models.BigIntegerField()),
                (
                    "last_seq",
                    models.BigIntegerField(help_text="the newest number at its last change"),
                ),
                (
                    "keypair",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="ingest.keypair",
                    ),
                ),
            ],
        ),
        migrations.RunPython(rebuild, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="problemtally", name="one_tally_per_problem"),
        migrations.AddField(
            model_name="problemtally",
            name="name",
            field=models.TextField(blank=True, default=OTHER_NAMES, help_text="as in Tally"),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="problemtally",
            constraint=models.UniqueConstraint(
                fields=("keypair", "name", "code", "path"), name="one_tally_per_problem"
            ),
        ),
    ]
