"""Reviews were of whole orders; now each is of a line. An old one goes to the line that cost most, so that no voice is doubled."""

from django.db import migrations, models
from django.db.models.functions import Now

import renmai.kit.ids

# Its buyer is the order's; a title becomes the first line of the words.
MOVE = """
update trust_review r set
  buyer_id = o.buyer_id, line_id = l.id, supplier_id = l.supplier_id, product_id = s.product_id, rank_at = r.at,
  words = btrim(concat_ws(E'\\n', nullif(r.title, ''), nullif(r.text, '')))
from trade_order o
left join lateral (
  select id, supplier_id, sku_id from trade_orderline
  where order_id = o.id and kind <> 'freight' order by paid_minor desc, id limit 1
) l on true
left join goods_sku s on s.id = l.sku_id
where o.id = r.order_id
"""
# Of an order that is not there any more nobody can say whose it is.
ORPHANS = "delete from trust_review where buyer_id is null"
DUE = "insert into trust_weighingdue (shop_id, at) select shop_id, min(at) from trust_review group by shop_id"


class Migration(migrations.Migration):

    dependencies = [
        ("trust", "0005_scores"),
        ("trade", "0016_after_shows"),
        ("goods", "0009_pull_fault"),
    ]

    operations = [
        migrations.RemoveIndex("review", "review_shop"),
        migrations.AlterField("review", "order_id", models.UUIDField()),
        migrations.AddField("review", "line_id", models.UUIDField(null=True)),
        migrations.AddField("review", "product_id", models.UUIDField(null=True)),
        migrations.AddField("review", "supplier_id", models.UUIDField(null=True)),
        migrations.AddField("review", "buyer_id", models.UUIDField(null=True)),
        migrations.AddField("review", "words", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("review", "named", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("review", "changed_at", models.DateTimeField(null=True)),
        migrations.AddField("review", "more", models.TextField(blank=True, db_default="")),
        migrations.AddField("review", "more_at", models.DateTimeField(null=True)),
        migrations.AddField("review", "helpful", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("review", "rank_at", models.DateTimeField(db_default=Now())),
        migrations.AddField("review", "weight_bps", models.PositiveSmallIntegerField(db_default=10000, default=10000)),
        migrations.AddField("review", "reasons", models.JSONField(db_default=[], default=list)),
        migrations.AddField("review", "weighing_version", models.PositiveSmallIntegerField(db_default=0, default=0)),
        migrations.AddField("review", "hidden_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="WeighingDue",
            fields=[
                ("shop_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["at"], name="weighingdue_at")]},
        ),
        migrations.RunSQL([MOVE, ORPHANS, DUE], migrations.RunSQL.noop),
    ]
