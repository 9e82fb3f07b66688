"""Finding shops by the beginnings of the words of their names and addresses."""

from django.db import migrations

MAKE = """
create index shop_words on places_shop using gin (to_tsvector('simple', regexp_replace(
  lower(name || ' ' || name_zh || ' ' || handle), '([\\u3400-\\u9fff])', ' \\1 ', 'g')))
"""


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0005_posts'),
    ]

    operations = [migrations.RunSQL(MAKE, "drop index shop_words")]
