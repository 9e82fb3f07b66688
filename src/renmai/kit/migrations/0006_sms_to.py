from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('kit', '0005_audit_by_time'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='sms',
            index=models.Index(fields=['to'], name='sms_to'),
        ),
    ]
