import renmai.kit.ids
from django.db import migrations, models

COPY = """
insert into people_consent (id, person_id, given_to_id, at)
select id, follower_id, followed_id, reachable_at from people_follow where reachable_at is not null
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0010_entry")]

    operations = [
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("person_id", models.UUIDField()),
                ("given_to_id", models.UUIDField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["given_to_id", "-id"], name="consent_customers")],
                "constraints": [
                    models.UniqueConstraint(fields=("person_id", "given_to_id"), name="consent_once"),
                    models.CheckConstraint(
                        condition=models.Q(("person_id", models.F("given_to_id")), _negated=True),
                        name="consent_not_oneself",
                    ),
                ],
            },
        ),
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="follow", name="reachable_at"),
    ]
