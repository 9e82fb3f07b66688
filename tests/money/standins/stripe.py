"""Stripe as far as the house speaks with it: sessions, intents, refunds, transfers, disputes, files, reports, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable
from typing import Any

from tests.money.standins.server import Call, Reply, StandIn, as_json

KEY, HOOK = "sk_test_standin", "whsec_standin"
REPORT = (
    b"balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,"
    b"payment_metadata[renmai_payment],refund_metadata[renmai_return],transfer_metadata[renmai_payout]\n"
    b"txn_1,2026-03-01 12:00:00,cny,68.00,2.33,65.67,charge,ch_1,ref1,,\n"
    b"txn_2,2026-03-01 12:05:00,cny,-8.00,0.00,-8.00,refund,re_1,ref1,key1,\n"
    b"txn_3,2026-03-01 12:06:00,cny,-60.00,15.00,-75.00,dispute,dp_1,ref1,,\n"
    b"txn_4,2026-03-01 12:07:00,cny,60.00,0.00,60.00,dispute_reversal,dp_1,ref1,,\n"
    b'txn_5,2026-03-01 12:08:00,cny,"-1,000.50",0.00,"-1,000.50",transfer,tr_1,,,out1-1\n'
    b"txn_6,2026-03-01 12:09:00,cny,-0.75,0.00,-0.75,fee,,,,\n"
    b"txn_7,2026-03-01 12:10:00,jpy,500,18,482,topup,tu_1,,,\n"
)


def signature(body: bytes, at: int, secret: str = HOOK, scheme: str = "v1") -> str:
    """Return the header `t=...,v1=...` of Stripe's webhooks."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},{scheme}={digest}"


class StripeStandIn(StandIn):
    """Its books are in memory; what is asked twice under one Idempotency-Key is done once."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[dict[str, Any]] = []
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.disputes: dict[str, dict[str, Any]] = {}
        self.files: list[bytes] = []
        self.kept: dict[str, tuple[bytes, Reply]] = {}
        self.refund_states = ["succeeded"]
        self.report_states = ["pending", "succeeded"]
        self.balance = 10**9

    def answer(self, call: Call) -> Reply:
        """Answer an authorised call."""
        if call.headers.get("authorization") != f"Bearer {KEY}":
            return as_json({"error": {"type": "invalid_request_error", "message": "Invalid API Key"}}, 401)
        key = call.headers.get("idempotency-key")
        if call.method == "POST" and key is not None:
            return self._once(key, call)
        return self._route(call)

    def _once(self, key: str, call: Call) -> Reply:
        if key in self.kept:
            body, reply = self.kept[key]
            wrong = {
                "error": {"type": "idempotency_error", "message": "Keys can only be used with the same parameters"}
            }
            return reply if body == call.body else as_json(wrong, 400)
        reply = self._route(call)
        self.kept[key] = (call.body, reply)
        return reply

    def _route(self, call: Call) -> Reply:
        table: dict[tuple[str, str], Callable[..., Reply]] = {
            ("POST", r"/v1/checkout/sessions"): self._session,
            ("GET", r"/v1/payment_intents/search"): self._search,
            ("GET", r"/v1/payment_intents/(pi_\w+)"): self._intent,
            ("GET", r"/v1/refunds"): self._list_refunds,
            ("POST", r"/v1/refunds"): self._refund,
            ("GET", r"/v1/transfers"): self._list_transfers,
            ("POST", r"/v1/transfers"): self._transfer,
            ("POST", r"/v1/disputes/(dp_\w+)"): self._evidence,
            ("POST", r"/v1/files"): self._file,
            ("POST", r"/v1/reporting/report_runs"): self._report,
            ("GET", r"/v1/reporting/report_runs/(frr_\w+)"): self._report_state,
            ("GET", r"/v1/files/(\w+)/contents"): self._contents,
        }
        for (method, pattern), act in table.items():
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return act(call, *found.groups())
        return as_json({"error": {"type": "invalid_request_error", "message": f"no {call.path}"}}, 404)

    def _session(self, call: Call) -> Reply:
        form = call.form
        number = len(self.sessions) + 1
        session = {
            "id": f"cs_{number}",
            "object": "checkout.session",
            "url": f"https://checkout.stripe.example/c/pay/cs_{number}",
            "client_reference_id": form["client_reference_id"],
            "metadata": {"renmai_payment": form["metadata[renmai_payment]"]},
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "payment_status": "unpaid",
            "payment_intent": None,
        }
        self.sessions.append(session)
        return as_json(session)

    def pay(self, session: dict[str, Any]) -> dict[str, Any]:
        """Let the payer pay a session; return it."""
        intent = f"pi_{session['id'][3:]}"
        self.intents[intent] = {
            "id": intent,
            "object": "payment_intent",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "metadata": session["metadata"],
            "status": "succeeded",
        }
        session.update(payment_status="paid", payment_intent=intent)
        return session

    def _search(self, call: Call) -> Reply:
        wanted = re.fullmatch(r"metadata\['renmai_payment'\]:'(\w+)' AND status:'succeeded'", call.asked["query"])
        assert wanted is not None
        found = [i for i in self.intents.values() if i["metadata"].get("renmai_payment") == wanted.group(1)]
        return as_json({"object": "search_result", "data": found, "has_more": False, "url": call.path})

    def _intent(self, call: Call, intent: str) -> Reply:
        return as_json(self.intents[intent])

    def _list_refunds(self, call: Call) -> Reply:
        found = [one for one in self.refunds if one["payment_intent"] == call.asked["payment_intent"]]
        return as_json({"object": "list", "data": found, "has_more": False, "url": call.path})

    def _refund(self, call: Call) -> Reply:
        intent, amount = self.intents[call.form["payment_intent"]], int(call.form["amount"])
        gone = sum(r["amount"] for r in self.refunds if r["payment_intent"] == intent["id"] and r["status"] != "failed")
        if amount + gone > intent["amount"]:
            wrong = {
                "type": "invalid_request_error",
                "code": "charge_already_refunded",
                "message": "More than is left.",
            }
            return as_json({"error": wrong}, 400)
        state = self.refund_states.pop(0) if len(self.refund_states) > 1 else self.refund_states[0]
        refund = {
            "id": f"re_{len(self.refunds) + 1}",
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "payment_intent": intent["id"],
            "status": state,
            "metadata": {"renmai_return": call.form["metadata[renmai_return]"]},
        }
        if state == "failed":
            refund["failure_reason"] = "lost_or_stolen_card"
        self.refunds.append(refund)
        return as_json(refund)

    def _list_transfers(self, call: Call) -> Reply:
        found = [one for one in self.transfers if one["transfer_group"] == call.asked["transfer_group"]]
        return as_json({"object": "list", "data": found, "has_more": False, "url": call.path})

    def _transfer(self, call: Call) -> Reply:
        form = call.form
        amount = int(form["amount"])
        if amount > self.balance:
            wrong = {"type": "invalid_request_error", "code": "balance_insufficient", "message": "Too little is there."}
            return as_json({"error": wrong}, 400)
        self.balance -= amount
        transfer = {
            "id": f"tr_{len(self.transfers) + 1}",
            "object": "transfer",
            "amount": amount,
            "amount_reversed": 0,
            "currency": form["currency"],
            "destination": form["destination"],
            "transfer_group": form["transfer_group"],
            "metadata": {"renmai_payout": form["metadata[renmai_payout]"]},
        }
        self.transfers.append(transfer)
        return as_json(transfer)

    def dispute(self, session: dict[str, Any], due_by: int, reason: str = "fraudulent") -> dict[str, Any]:
        """Open a dispute of a paid session; return it."""
        dispute = {
            "id": f"dp_{len(self.disputes) + 1}",
            "object": "dispute",
            "amount": session["amount_total"],
            "currency": session["currency"],
            "payment_intent": session["payment_intent"],
            "reason": reason,
            "status": "needs_response",
            "evidence_details": {"due_by": due_by},
        }
        self.disputes[dispute["id"]] = dispute
        return dispute

    def _evidence(self, call: Call, name: str) -> Reply:
        dispute = self.disputes[name]
        if dispute["status"] != "needs_response":
            wrong = {"type": "invalid_request_error", "code": "dispute_closed", "message": "It is over."}
            return as_json({"error": wrong}, 400)
        evidence = {key[9:-1]: value for key, value in call.form.items() if key.startswith("evidence[")}
        dispute.update(status="under_review", evidence=evidence, submitted=call.form["submit"])
        return as_json(dispute)

    def _file(self, call: Call) -> Reply:
        self.files.append(call.body)
        return as_json({"id": f"file_{len(self.files)}", "object": "file", "purpose": "dispute_evidence"})

    def _report(self, call: Call) -> Reply:
        assert call.form["report_type"] == "balance_change_from_activity.itemized.3"
        return as_json({"id": "frr_1", "object": "reporting.report_run", "status": "pending"})

    def _report_state(self, call: Call, name: str) -> Reply:
        state = self.report_states.pop(0)
        run: dict[str, Any] = {"id": name, "object": "reporting.report_run", "status": state, "result": None}
        if state == "succeeded":
            run["result"] = {"id": "file_9", "object": "file", "url": f"{self.origin}/v1/files/file_9/contents"}
        return as_json(run)

    def _contents(self, call: Call, name: str) -> Reply:
        return Reply(REPORT, headers={"Content-Type": "text/csv"})


def event(kind: str, thing: dict[str, Any], at: int, name: str) -> bytes:
    """Return the body of a webhook about an object."""
    return json.dumps({"id": name, "object": "event", "type": kind, "created": at, "data": {"object": thing}}).encode()
