from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("goods", "0008_catalogue_files"),
    ]

    operations = [
        migrations.AddField(
            model_name="pull",
            name="fault",
            field=models.JSONField(null=True),
        ),
    ]
