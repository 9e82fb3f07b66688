"""Tables of models: what was fitted, how good it was, which one serves, and the rows it serves from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from renmai.kit.ids import new_id


class ModelName(models.TextChoices):
    """What a model tells: products that buyers take with one another; that creators pick with one another."""

    BUYERS = "buyers"
    CREATORS = "creators"


class ModelState(models.TextChoices):
    """fitted: compared, not served. serving: answers now (one a name). refused: not better, or worse on the guard slice.
    retired: served before; can be restored."""

    FITTED = "fitted"
    SERVING = "serving"
    REFUSED = "refused"
    RETIRED = "retired"


class Fit(models.Model):
    """A model: fitted from the signals up to `until` by the engine's `rules_version`; its artefact is a file, by its digest.

    `figures` and `guard` hold what decided: recall and NDCG at 20 of it and of the one that served, on held-out signals and
    on the guard slice (people with few signals). `base_id` is the whole fit that an incremental one adds to.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=8, choices=ModelName.choices)
    version = models.IntegerField()
    state = models.CharField(max_length=8, choices=ModelState.choices)
    rules_version = models.IntegerField()
    until = models.DateTimeField()
    base_id = models.UUIDField(null=True)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField()
    subjects = models.IntegerField()
    things = models.IntegerField()
    signals = models.BigIntegerField()
    seconds = models.FloatField()
    figures = models.JSONField(default=dict)
    guard = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True, default="")
    fitted_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="fit_version_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(state="serving"), name="fit_one_serving"),
        ]


class Near(models.Model):
    """The products nearest to one product in a model, best first; `weights` beside them. One sparse row."""

    fit = models.ForeignKey(Fit, on_delete=models.CASCADE, related_name="+", db_index=False)
    product_id = models.UUIDField()
    near = ArrayField(models.UUIDField())
    weights = ArrayField(models.FloatField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "product_id"], name="near_once")]
