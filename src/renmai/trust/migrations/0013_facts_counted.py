import django.db.models.deletion
from django.db import migrations, models

# What was written before it was counted. How a fact came out is in its leaf: kind and the member that says it.
COUNT = """
insert into trust_factcount (subject_id, month, kind, outcome, facts)
select f.subject_id, date_trunc('month', f.day::timestamp)::date, f.kind,
       coalesce(convert_from(e.data, 'UTF8')::jsonb -> 'data' ->> o.member, ''), count(*)
from trust_fact f join trust_logentry e on e.index = f.leaf_index
left join (values
  ('parcel.handed_over', 'in_time'), ('parcel.delivered', 'by_estimate'), ('stock.kept', 'kept'), ('refund.paid', 'in_time'),
  ('recourse.answered', 'answered'), ('case.closed', 'upheld'), ('price.checked', 'within_band'),
  ('review.verified', 'score'), ('screening.decided', 'passed'), ('product.recalled', 'scope'), ('show.held', 'outcome'),
  ('contract.ended', 'by'), ('seller.began', 'role')
) as o (kind, member) on o.kind = f.kind
group by 1, 2, 3, 4
"""
DAYS = "insert into trust_factday (day, facts) select day, count(*) from trust_fact group by day"
SUMS = """
insert into trust_factsum (name, count)
select kind, count(*) from trust_fact group by kind
union all select 'sellers', count(distinct subject_id) from trust_fact having count(*) > 0
"""
PLACES = "update trust_factopening o set leaf_index = f.leaf_index from trust_fact f where f.id = o.fact_id"


class Migration(migrations.Migration):
    dependencies = [
        ("trust", "0012_scores_claimed"),
    ]

    operations = [
        migrations.CreateModel(
            name="FactCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject_id",
                        "month",
                        "kind",
                        "outcome",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "subject",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="trust.subject",
                    ),
                ),
                ("month", models.DateField()),
                ("kind", models.CharField(max_length=30)),
                ("outcome", models.CharField(max_length=20)),
                ("facts", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FactDay",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("facts", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="FactSum",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("count", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name="fact",
            name="fact_kind",
        ),
        migrations.RemoveIndex(
            model_name="factopening",
            name="opening_buyer",
        ),
        migrations.AddField(
            model_name="factopening",
            name="leaf_index",
            field=models.BigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.RunSQL([PLACES, COUNT, DAYS, SUMS], migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="fact",
            index=models.Index(fields=["subject", "kind", "-leaf_index"], name="fact_subject_kind"),
        ),
        migrations.AddIndex(
            model_name="factopening",
            index=models.Index(
                condition=models.Q(("buyer_id__isnull", False)), fields=["buyer_id", "-leaf_index"], name="opening_buyer"
            ),
        ),
    ]
