from django.db import migrations

# A search looks at some thousands of cards: their words, which only the index reads, lie elsewhere, so that the rows are
# narrow and many stand on a page. The words of titles are looked at and stay.
NARROW = """
alter table matching_card alter column words set storage external;
alter table matching_card alter column spelled set storage external;
alter table matching_card alter column title_words set storage main;
alter table matching_card set (toast_tuple_target = 512);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('matching', '0001_cards'),
    ]

    operations = [migrations.RunSQL(NARROW, migrations.RunSQL.noop)]
