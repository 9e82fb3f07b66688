"""The victims' own team among the intruders: who runs the shop, who does words and goods, who orders and cases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.people.accounts.actions import token_hash
from renmai.people.accounts.models import Membership, Person, TeamInvitation

PARTS = ("manager", "content", "service")
# Calls for every person that a shop's service, or its content, answers for: what they read and write there is their work.
SERVICE_READS = {"list_own_orders", "read_order", "read_attribution", "list_own_cases", "read_case"}
SERVICE_WORK = {"refund", "answer_own_case", "upload_case_evidence"}

# Likewise by page or call: service reads the shop's messages, and so may report them; content keeps order below
# posts, and sees its own drafts.
TEAM_WORK = {
    ("report/<slug:kind>/<uuid:thing_id>", "service"), ("report_one_thing", "service"),
    ("comments/<uuid:comment_id>/hiding", "content"), ("hide_one_comment", "content"),
    ("set_reminder", "content"), ("take_reminder_back", "content"),
    ("unlike_one_post", "content"), ("posts/<uuid:post_id>/comments", "content"),
}  # fmt: skip


def part_of(person: Person, shop_id: UUID, part: str) -> None:
    """Make a creator's membership one of a part."""
    Membership.objects.filter(person=person, subject_id=shop_id, role="creator").update(part=part)


def invitation_of(person: Person, shop_id: UUID, by_id: UUID) -> tuple[str, TeamInvitation]:
    """Invite a person into the shop's team; return the secret and the row."""
    now = clock.now()
    row = TeamInvitation.objects.create(
        shop_id=shop_id, email=person.email or "", part="content", token_hash=token_hash("victims-invitation"),
        invited_by_id=by_id, created_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip
    return "victims-invitation", row
