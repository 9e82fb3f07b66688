"""Tables of gateways."""

from __future__ import annotations

from django.db import models

from renmai.kit.ids import new_id


class PayeeAccount(models.Model):
    """Where a payee is paid at a provider: a connected account, an openid. One for each provider."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payee = models.CharField(max_length=60)
    gateway = models.CharField(max_length=20)
    account = models.CharField(max_length=128)
    changed_by_id = models.UUIDField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["payee", "gateway"], name="payee_account_once")]
