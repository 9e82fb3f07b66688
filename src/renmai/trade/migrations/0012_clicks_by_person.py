from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):

    dependencies = [
        ('trade', '0011_earnings_months'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='click',
            name='click_once',
        ),
        migrations.AddConstraint(
            model_name='click',
            constraint=models.UniqueConstraint(fields=('visitor', 'link', 'person_id'), name='click_once', nulls_distinct=False),
        ),
        migrations.AddField(
            model_name='click',
            name='first_at',
            field=models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
        migrations.RunSQL('update trade_click set first_at = at', migrations.RunSQL.noop),
    ]
