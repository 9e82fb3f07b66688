"""What each refund took from each part, and evidence by file. Refunds made before are worked out as they were then."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import renmai.kit.ids

# Of each line, in order of its refunds: floor(part x refunded so far / paid) less the same before; the platform has the
# rest of each (money/splits/rules.py: reverse_line). Every line had one part of the platform then, or one part only.
WORK_OUT = """
with steps as (
  select rl.refund_id, rl.line_id, rl.amount_minor, l.paid_minor,
         sum(rl.amount_minor) over (partition by rl.line_id order by r.at, r.id) as so_far
  from trade_refundline rl
  join trade_refund r on r.id = rl.refund_id
  join trade_orderline l on l.id = rl.line_id
),
taken as (
  select s.refund_id, s.line_id, s.amount_minor as refund_minor, p.id as part_id,
         case when p.payee = 'platform' then 0
              else div(p.amount_minor * s.so_far, s.paid_minor)
                   - div(p.amount_minor * (s.so_far - s.amount_minor), s.paid_minor) end as amount,
         p.payee = 'platform' as takes_rest
  from steps s join money_splitpart p on p.line_id = s.line_id
),
given as (
  select refund_id, part_id,
         case when takes_rest then refund_minor - sum(amount) over (partition by refund_id, line_id) else amount end as amount
  from taken
)
insert into trade_refundpart (id, refund_id, part_id, amount_minor, borne_by)
select gen_random_uuid(), refund_id, part_id, amount::bigint, '' from given where amount <> 0
"""


class Migration(migrations.Migration):
    dependencies = [("trade", "0004_figures_by_day"), ("money", "0003_orders_and_money")]

    operations = [
        migrations.CreateModel(
            name="RefundPart",
            fields=[
                (
                    "id",
                    models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("part_id", models.UUIDField()),
                ("amount_minor", models.BigIntegerField()),
                ("borne_by", models.CharField(blank=True, max_length=60)),
                (
                    "refund",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parts", to="trade.refund"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["part_id"], name="refundpart_part")],
                "constraints": [models.UniqueConstraint(fields=("refund", "part_id"), name="refundpart_once")],
            },
        ),
        migrations.RunSQL(WORK_OUT, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="caseentry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["media_ids"], name="case_entry_media", opclasses=["jsonb_path_ops"]
            ),
        ),
    ]
