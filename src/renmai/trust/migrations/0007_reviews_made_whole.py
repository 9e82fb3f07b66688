import django.db.models.deletion
import renmai.kit.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("trust", "0006_reviews_of_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name='ReviewAnswer',
            fields=[
                ('id', models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('side', models.CharField(choices=[('creator', 'creator'), ('supplier', 'supplier')], max_length=8)),
                ('by_id', models.UUIDField()),
                ('words', models.TextField()),
                ('at', models.DateTimeField()),
                ('changed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewAsk',
            fields=[
                ('order_id', models.UUIDField(primary_key=True, serialize=False)),
                ('buyer_id', models.UUIDField()),
                ('ask_at', models.DateTimeField()),
                ('asked_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewAskDeclined',
            fields=[
                ('person_id', models.UUIDField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReviewPicture',
            fields=[
                ('pk', models.CompositePrimaryKey('review_id', 'position', blank=True, editable=False, primary_key=True, serialize=False)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pictures', to='trust.review')),
                ('position', models.PositiveSmallIntegerField()),
                ('media_id', models.UUIDField()),
            ],
        ),
        migrations.CreateModel(
            name='ReviewVersion',
            fields=[
                ('id', models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('score', models.PositiveSmallIntegerField()),
                ('words', models.TextField(blank=True)),
                ('media_ids', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='ReviewVote',
            fields=[
                ('id', models.UUIDField(default=renmai.kit.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('person_id', models.UUIDField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveField(
            model_name='review',
            name='text',
        ),
        migrations.RemoveField(
            model_name='review',
            name='title',
        ),
        migrations.AlterField(
            model_name='review',
            name='buyer_id',
            field=models.UUIDField(),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['shop_id', '-at'], name='review_shop'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['supplier_id', '-at'], name='review_supplier'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['product_id', '-at'], name='review_product'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['buyer_id', '-at'], name='review_buyer'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['shop_id', '-rank_at'], name='review_shop_rank'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['supplier_id', '-rank_at'], name='review_supplier_rank'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['product_id', '-rank_at'], name='review_product_rank'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('weight_bps__lte', 10000)), name='review_weight'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('order_id', 'product_id'), name='review_once', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='reviewanswer',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='trust.review'),
        ),
        migrations.AddIndex(
            model_name='reviewask',
            index=models.Index(condition=models.Q(('asked_at', None)), fields=['ask_at'], name='reviewask_due'),
        ),
        migrations.AddField(
            model_name='reviewversion',
            name='review',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='before', to='trust.review'),
        ),
        migrations.AddField(
            model_name='reviewvote',
            name='review',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='votes', to='trust.review'),
        ),
        migrations.AddConstraint(
            model_name='reviewanswer',
            constraint=models.UniqueConstraint(fields=('review', 'side'), name='reviewanswer_once'),
        ),
        migrations.AddIndex(
            model_name='reviewvote',
            index=models.Index(fields=['person_id'], name='reviewvote_person'),
        ),
        migrations.AddConstraint(
            model_name='reviewvote',
            constraint=models.UniqueConstraint(fields=('review', 'person_id'), name='reviewvote_once'),
        ),
    ]
