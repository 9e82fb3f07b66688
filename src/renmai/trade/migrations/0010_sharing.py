# Share links to anything of a shop, clicks and bindings as rows, and the evidence of whom an order credits.

import django.db.models.deletion
import renmai.kit.ids
from django.db import migrations, models

# A link to a pick stays one to that pick, a link to a shop one to that shop: still one link each for who shares it.
TO_SUBJECTS = """
update trade_sharelink set subject_kind = case when pick_id is null then 'shop' else 'pick' end,
                           subject_id = coalesce(pick_id, shop_id)
"""
TO_PICKS = "update trade_sharelink set pick_id = case when subject_kind = 'pick' then subject_id end"
# What an operator had set for all links holds for links to people and content.
TERM = "update people_standing set term = 'share_content_days' where term = 'share_window_days'"
TERM_BACK = "update people_standing set term = 'share_window_days' where term = 'share_content_days'"


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_people_first'),
        ('trade', '0009_late_parcels'),
    ]

    operations = [
        migrations.CreateModel(
            name='Binding',
            fields=[
                ('pk', models.CompositePrimaryKey('shop_id', 'person_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('shop_id', models.UUIDField()),
                ('person_id', models.UUIDField()),
                ('sharer_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('until_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Click',
            fields=[
                ('id', models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('visitor', models.CharField(max_length=40)),
                ('person_id', models.UUIDField(null=True)),
                ('kind', models.CharField(max_length=8)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='referral',
            name='referral_not_oneself',
        ),
        migrations.RemoveConstraint(
            model_name='sharelink',
            name='share_link_once',
        ),
        migrations.AddField(
            model_name='referral',
            name='evidence',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='referral',
            name='own',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name='sharelink',
            name='subject_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name='sharelink',
            name='subject_kind',
            field=models.CharField(max_length=8, null=True),
        ),
        migrations.RunSQL(TO_SUBJECTS, TO_PICKS),
        migrations.RunSQL(TERM, TERM_BACK),
        migrations.AlterField(
            model_name='sharelink',
            name='subject_id',
            field=models.UUIDField(),
        ),
        migrations.AlterField(
            model_name='sharelink',
            name='subject_kind',
            field=models.CharField(max_length=8),
        ),
        migrations.RemoveField(
            model_name='sharelink',
            name='pick_id',
        ),
        migrations.AlterField(
            model_name='referral',
            name='followed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='referral',
            name='link',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='trade.sharelink'),
        ),
        migrations.AlterField(
            model_name='referral',
            name='sharer_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AddIndex(
            model_name='referral',
            index=models.Index(fields=['buyer_id', '-order_id'], name='referral_buyer'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sharer_id', models.F('buyer_id')), _negated=True), ('own', True), _connector='OR'), name='referral_not_oneself'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('followed_at', None), ('link', None), ('sharer_bps', 0), ('sharer_id', None)), models.Q(('followed_at__isnull', False), ('link__isnull', False), ('sharer_id__isnull', False)), _connector='OR'), name='referral_whole'),
        ),
        migrations.AddConstraint(
            model_name='sharelink',
            constraint=models.UniqueConstraint(fields=('sharer_id', 'subject_kind', 'subject_id'), name='share_link_to_once'),
        ),
        migrations.AddConstraint(
            model_name='sharelink',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('subject_kind', 'shop'), _negated=True), ('subject_id', models.F('shop_id')), _connector='OR'), name='share_link_to_shop'),
        ),
        migrations.AddField(
            model_name='binding',
            name='link',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='trade.sharelink'),
        ),
        migrations.AddField(
            model_name='click',
            name='link',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='trade.sharelink'),
        ),
        migrations.AddIndex(
            model_name='binding',
            index=models.Index(fields=['until_at'], name='binding_over'),
        ),
        migrations.AddConstraint(
            model_name='binding',
            constraint=models.CheckConstraint(condition=models.Q(('until_at__gt', models.F('at'))), name='binding_lasts'),
        ),
        migrations.AddIndex(
            model_name='click',
            index=models.Index(condition=models.Q(('person_id__isnull', False)), fields=['person_id'], name='click_person'),
        ),
        migrations.AddIndex(
            model_name='click',
            index=models.Index(fields=['at'], name='click_old'),
        ),
        migrations.AddConstraint(
            model_name='click',
            constraint=models.UniqueConstraint(fields=('visitor', 'link'), name='click_once'),
        ),
    ]
