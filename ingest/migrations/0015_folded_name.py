from django.db import migrations, models


def fold(apps, schema_editor):
    KeyPair = apps.get_model("ingest", "KeyPair")
    for pk, name in list(KeyPair.objects.values_list("pk", "name")):
        KeyPair.objects.filter(pk=pk).update(folded_name=name.casefold())


class Migration(migrations.Migration):
    dependencies = [("ingest", "0014_standard_model_names")]

    operations = [
        migrations.AddField(
            model_name="keypair",
            name="folded_name",
            field=models.CharField(
                db_default="",
                editable=False,
                help_text="the name for sorting and searching without regard to case",
                max_length=300,
            ),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="keypair",
            index=models.Index(fields=["folded_name", "name"], name="keypairs_by_name"),
        ),
    ]
