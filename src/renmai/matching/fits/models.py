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

    `until` is the first moment of a day of the house: whole days only, as a day's signals change until it is over. `figures`
    and `guard` hold what decided: recall and NDCG at 20 of it and of the one that served, on held-out signals and on the
    guard slice (people with few signals); `reason` is a code of `rules.py: REASONS`. A refused one has no artefact.
    `rows` are in the table now (0: put away, or never written; -1: some, of use to nobody), `added` of them after the fit: see `adding.py`, which has
    read signals up to the one at `added_until` with the identifier `added_id`. `by_id`: who asked; null: the night, or the command line.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=8, choices=ModelName.choices)
    version = models.IntegerField()
    state = models.CharField(max_length=8, choices=ModelState.choices)
    rules_version = models.IntegerField()
    until = models.DateTimeField()
    by_id = models.UUIDField(null=True)
    rows = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    added_until = models.DateTimeField(null=True)
    added_id = models.UUIDField(null=True)
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
    """The products nearest to one product in a model, best first; `weights` beside them. One sparse row.

    `taken`: how much was taken of the product when it was fitted. `added`: the row was written after the fit.
    """

    fit = models.ForeignKey(Fit, on_delete=models.CASCADE, related_name="+", db_index=False)
    product_id = models.UUIDField()
    near = ArrayField(models.UUIDField())
    weights = ArrayField(models.FloatField())
    taken = models.FloatField(default=0)
    added = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fit", "product_id"], name="near_once")]


class RunWhat(models.TextChoices):
    """What a run does: fit a model anew, or let an earlier version serve again."""

    FIT = "fit"
    RESTORE = "restore"


class RunState(models.TextChoices):
    """waiting: for a worker. running: one has it, or had it and died; the next goes on. done, failed: over."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class FitRun(models.Model):
    """That somebody asked for a fit, or for an earlier version, and how far it is. One a name at a time.

    `step` says what is done now; of steps that count, `done` of `total`. `fit_id`: what came of it. `error`: why not, a code.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=8, choices=ModelName.choices)
    what = models.CharField(max_length=8, choices=RunWhat.choices)
    version = models.IntegerField(null=True)
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    step = models.CharField(max_length=20, blank=True, default="")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    tries = models.IntegerField(default=0)
    fit_id = models.UUIDField(null=True)
    error = models.CharField(max_length=60, blank=True, default="")
    asked_at = models.DateTimeField()
    asked_by_id = models.UUIDField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state__in=["waiting", "running"]), name="fitrun_one_a_name"
            ),
        ]
        indexes = [models.Index(fields=["name", "-asked_at"], name="fitrun_newest")]
