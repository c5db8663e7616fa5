"""What the sender got. Null for requests from before: nobody knows it any more. A column that
may be null is added in place; any other would have SQLite write both tables anew."""

from django.db import migrations, models

_HELP = "headers, empty line, body as sent; cut, secrets masked"


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_seconds_and_problems_by_name")]
    operations = [
        migrations.AddField("delivery", "reply", models.TextField(null=True, help_text=_HELP)),
        migrations.AddField("stray", "reply", models.TextField(null=True, help_text=_HELP)),
    ]
