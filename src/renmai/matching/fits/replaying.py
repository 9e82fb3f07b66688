"""Fit a version again from the signals it was made of, and compare: the same file, bit for bit, or why not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from renmai.kit.problems import DomainError
from renmai.matching.fits.artefacts import digest_of
from renmai.matching.fits.fitting import make
from renmai.matching.fits.models import Fit
from renmai.matching.fits.reading import read_pairs
from renmai.matching.fits.rules import RULES_VERSION


class NoVersion(DomainError):
    """No fit of that name has that version."""

    code = "model.no_version"
    status = 404
    message = "There is no version {version} of the model {name}."


class NotReplayable(DomainError):
    """A refused fit has no artefact to be compared with."""

    code = "model.not_replayable"
    status = 409
    message = (
        "Version {version} of the model {name} was refused before it was fitted whole; there is nothing to replay."
    )


@dataclass(frozen=True, slots=True)
class Replayed:
    """A version made again: its digest then and now, and what it was made of then and now. `rules_same`: by the same rules."""

    name: str
    version: int
    same: bool
    sha256: str
    sha256_now: str
    signals: int
    signals_now: int
    subjects: int
    subjects_now: int
    things: int
    things_now: int
    rules_version: int
    rules_version_now: int
    rows_added: int

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def find_fit(name: str, version: int) -> Fit:
    """Return a fit. Errors: NoVersion."""
    fit = Fit.objects.filter(name=name, version=version).first()
    if fit is None:
        raise NoVersion(name=name, version=version)
    return fit


def replay_fit(name: str, version: int) -> Replayed:
    """Return how a version comes out from its signals as they are now. Errors: NoVersion, NotReplayable.

    It comes out the same unless signals were cleared, erased or grew too old since, a person turned their profile off, the
    rules are others, or the libraries that count are. Rows that were added between two fits are no part of it.
    """
    fit = find_fit(name, version)
    if not fit.sha256:
        raise NotReplayable(name=name, version=version)
    pairs = read_pairs(name, fit.until)
    sha256 = digest_of(make(name, pairs, fit.until).content())
    return Replayed(
        name, version, sha256 == fit.sha256, fit.sha256, sha256, fit.signals, pairs.signals, fit.subjects,
        len(pairs.subjects), fit.things, len(pairs.things), fit.rules_version, RULES_VERSION, fit.added,
    )  # fmt: skip
