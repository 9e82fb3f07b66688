"""Is what serves whole? For `renmai check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count

from renmai.matching.fits.artefacts import is_whole
from renmai.matching.fits.models import Fit, ModelState, Near


@dataclass(frozen=True, slots=True)
class FitFault:
    """A serving model whose rows or file are not what they should be."""

    rule: str
    fit_id: UUID
    detail: str

    def sentence(self) -> str:
        """Return it as a sentence."""
        return f"{self.rule}: {self.detail}"

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        return {"name": self.rule, "subject_id": str(self.fit_id), "detail": self.detail}


def check_fits() -> Iterator[FitFault]:
    """Yield each serving model that lacks rows, or whose file was changed. A file that is not there is no fault: see `list_fileless`."""
    for fit in Fit.objects.filter(state=ModelState.SERVING).order_by("name"):
        rows = Near.objects.filter(fit=fit).aggregate(rows=Count("id"))["rows"]
        said = f"the model {fit.name}, version {fit.version},"
        if rows != fit.rows or not rows:
            yield FitFault("models have their rows", fit.id, f"{said} has {rows} rows, not {fit.rows}")
        if is_whole(fit.sha256) is False:
            yield FitFault("models are what was fitted", fit.id, f"{said} has a file of another content")


def list_fileless() -> list[Fit]:
    """Return serving models whose file is not there: they serve from their rows, as after a restore of a backup."""
    serving = Fit.objects.filter(state=ModelState.SERVING).order_by("name")
    return [fit for fit in serving if is_whole(fit.sha256) is None]
