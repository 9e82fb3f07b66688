"""The schemas of facts as files."""

from __future__ import annotations

import jsonschema
import pytest
from django.test import Client

from renmai.trust.facts.rules import KINDS, SCHEMAS


@pytest.mark.django_db
def test_every_kind_leads_to_its_schema(client: Client) -> None:
    listed = client.get("/credit/schemas").json()
    assert [each["kind"] for each in listed["kinds"]] == list(KINDS)
    assert sorted(listed["weights"]["words"]) == ["0", "1", "2", "3"]
    for each in listed["kinds"]:
        answer = client.get(each["schema"])
        assert answer["Content-Type"] == "application/schema+json" and answer["Access-Control-Allow-Origin"] == "*"
        assert answer.json() == SCHEMAS[each["kind"]]
        jsonschema.Draft202012Validator.check_schema(answer.json())


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["parcel.lost/v1.json", "parcel.handed_over/v2.json", "parcel.handed_over/v1"])
def test_there_is_nothing_else(client: Client, path: str) -> None:
    assert client.get(f"/credit/schemas/{path}").status_code == 404
