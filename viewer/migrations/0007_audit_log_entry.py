"""The model of the audit log gets its name. The table keeps its own: nothing changes in the database."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("viewer", "0006_links_end_with_their_maker")]

    operations = [
        migrations.AlterModelTable("RecordEntry", "viewer_recordentry"),
        migrations.RenameModel("RecordEntry", "AuditLogEntry"),
        migrations.AlterModelOptions("AuditLogEntry", {"verbose_name_plural": "audit log entries"}),
    ]
