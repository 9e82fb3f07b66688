"""Why a passport is refused: one class for each reason, kept as its code beside the passport."""

from __future__ import annotations

from renmai.kit.problems import DomainError


class PassportRefused(DomainError):
    """A passport that counts for nothing."""

    code = "passport.refused"
    status = 422
    message = "This passport is refused."


class PassportUnreadable(PassportRefused):
    """Larger than a passport may be, no JSON, or not of its shape to the letter."""

    code = "passport.unreadable"
    message = "This file is no passport: a byte of it is missing, added or changed, or it is of another kind."


class HouseUnknown(PassportRefused):
    """The operators of this house do not know the house that issued it, or know it no longer."""

    code = "passport.house_unknown"
    message = "The house that issued it, {house}, is not known here. The operators of this house can add it."


class SignatureBad(PassportRefused):
    """Not signed by the key that is known of its house."""

    code = "passport.signature_bad"
    message = "It was not signed by the key that is known of its house, or it was changed afterwards."


class ProofBad(PassportRefused):
    """A fact, its place in the log or the checkpoint does not hold."""

    code = "passport.proof_bad"
    message = "One of its facts is not proved to be in the log of its house."


class ScoreBad(PassportRefused):
    """Worked out again from its facts the score is another."""

    code = "passport.score_bad"
    message = "Worked out again from its facts the score is another."


class NotFresh(PassportRefused):
    """Its time is over, or has not come."""

    code = "passport.not_fresh"
    message = "It is too old, or from the future: ask for a new one."


class NotYours(PassportRefused):
    """It answers no challenge that this house gave to this seller, or one that is over or used."""

    code = "passport.not_yours"
    message = "It was not made for you and this house: ask for a code here first, and give it to the other house."


class RoleOther(PassportRefused):
    """It is about a supplier and the importer is a creator, or the other way round."""

    code = "passport.role_other"
    message = "It is the passport of somebody with another role."


class CarriedBefore(PassportRefused):
    """This passport was imported before, or this seller of that house is somebody else here."""

    code = "passport.carried_before"
    status = 409
    message = "It was imported before, or by somebody else."
