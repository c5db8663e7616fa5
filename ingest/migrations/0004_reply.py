"""The reply to each delivery. It is null for earlier deliveries, whose replies are unknown. SQLite
adds a nullable column in place; for any other it would rewrite both tables."""

from django.db import migrations, models

_HELP = "headers, empty line, body as sent; cut, secrets masked"


class Migration(migrations.Migration):
    dependencies = [("ingest", "0003_seconds_and_problems_by_name")]
    operations = [
        migrations.AddField("delivery", "reply", models.TextField(null=True, help_text=_HELP)),
        migrations.AddField("stray", "reply", models.TextField(null=True, help_text=_HELP)),
    ]
