"""Finding people by the beginnings of the words of their names."""

from django.db import migrations

MAKE = """
create index person_words on people_person
using gin (to_tsvector('simple', regexp_replace(lower(name), '([\\u3400-\\u9fff])', ' \\1 ', 'g')))
"""


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0008_erasure'),
    ]

    operations = [migrations.RunSQL(MAKE, "drop index person_words")]
