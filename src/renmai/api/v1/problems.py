"""Refusals of the API itself. Those of the rooms stand beside their actions; docs/problems.md lists them all."""

from __future__ import annotations

from renmai.kit.problems import DomainError


class BadJson(DomainError):
    """A body that is no JSON, or no form, where one is needed."""

    code = "bad_json"
    status = 400
    message = "The body cannot be read: {why}."


class TooLarge(DomainError):
    """A body beyond what is taken in."""

    code = "too_large"
    status = 413
    message = "The body is too large."


class MethodNotAllowed(DomainError):
    """The address exists, but not with this method. `allowed` lists those it has."""

    code = "method_not_allowed"
    status = 405
    message = "This address does not take {method}."


class ScopeMissing(DomainError):
    """The token is valid but too narrow. `scope` is one that would do."""

    code = "token.scope_missing"
    status = 403
    message = "This token has no scope {scope}."


class Unexpected(DomainError):
    """A fault of ours. Nothing was half done; details are in the log only."""

    code = "unexpected"
    status = 500
    message = "Something broke on our side. Nothing was half done. Please try again."
