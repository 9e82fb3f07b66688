"""Experiments between two rankers of a list: start one, watch who is drawn, read what it says when its days are over."""

from __future__ import annotations

from math import ceil
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.kit.paging import cursor_of, moment_of, parts_of
from renmai.matching.engine.intervals import Interval
from renmai.matching.measures.experiments import Trial, access_trial, list_trials
from renmai.matching.measures.rules import GOALS, Arm
from renmai.matching.shown.experiments import BadExperiment, ExperimentRuns, end_experiment, start_experiment
from renmai.matching.shown.models import ShownList
from renmai.matching.shown.ranking import RANKERS as KNOWN
from renmai.matching.shown.ranking import choose_ranker, rankers_in_force
from renmai.matching.shown.rules import DAYS_MAX, DAYS_MIN
from renmai.web.desks.forms import PercentField, sent
from renmai.web.doors import Request, attempt, door, run_once
from renmai.web.operator.matching_words import LISTS, RANKERS, STATES, TAKERS, said
from renmai.web.operator.shown import amount, two_lines
from renmai.web.ui.components import Column, Row
from renmai.web.ui.formats import format_percent
from renmai.web.ui.templatetags.ui import pill, when

PER_PAGE = 24
DAY_SECONDS = 86_400


class StartForm(forms.Form):
    """Which list, which two rankers, for whom and how long."""

    pair = forms.ChoiceField(label=gettext_lazy("What is compared"))
    share = PercentField(
        label=gettext_lazy("Viewers who see the second one, in percent"), initial=5_000,
        help_text=gettext_lazy("Drawn by lot, once for each viewer. Halves say the most."),
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("How many days"), min_value=DAYS_MIN, max_value=DAYS_MAX, initial=14,
        help_text=gettext_lazy("Whole weeks, as weekends differ. There is no verdict before they are over."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        in_force = rankers_in_force()
        self.fields["pair"] = forms.ChoiceField(label=_("What is compared"), choices=_pairs(in_force))


def _pairs(in_force: dict[str, str]) -> list[tuple[str, str]]:
    """Return every comparison of the ranker in force with another of its list."""
    return [
        (f"{list}:{in_force[list]}:{other}", f"{said(LISTS, list)}: {_versus(in_force[list], other)}")
        for list in in_force
        for other in KNOWN[list]
        if other != in_force[list]
    ]


def _versus(a: str, b: str) -> str:
    return _("%(a)s against %(b)s") % {"a": said(RANKERS, a), "b": said(RANKERS, b)}


@door("operator", "GET", "POST")
def experiments(request: Request) -> HttpResponse:
    """List experiments, the latest first; POST starts one, or chooses which ranker orders a list (`do` choose)."""
    if request.method == "POST" and request.POST.get("do") == "choose":
        return _chosen(request, "/operator/matching/experiments")
    form = StartForm(request.POST or None)

    def start() -> None:
        list, a, b = form.cleaned_data["pair"].split(":")
        start_experiment(
            actor=request.actor, now=request.now, list=ShownList(list), a=a, b=b, share_bps=form.cleaned_data["share"],
            days=form.cleaned_data["days"],
        )  # fmt: skip

    beside = {ExperimentRuns: "pair", BadExperiment: "share"}
    if request.method == "POST" and sent(form, lambda: run_once(request, "experiment.start", start), beside):
        messages.success(request, _("It runs from now on."))
        return HttpResponseRedirect("/operator/matching/experiments")
    found, next_cursor = _page(request)
    context = {
        "form": form,
        "columns": [
            Column(_("Experiment")), Column(_("How it stands")), Column(_("Viewers drawn"), numeric=True),
            Column(_("Started")),
        ],
        "rows": [_row(trial, request) for trial in found],
        "next_cursor": next_cursor,
        "lists": _lists(),
    }  # fmt: skip
    return render(request, "operator/experiments.html", context, status=422 if form.errors else 200)


def _page(request: Request) -> tuple[list[Trial], str | None]:
    parts = parts_of(request.GET.get("cursor"), 1)
    before = moment_of(parts[0]) if parts else None
    found = list_trials(request.actor, now=request.now, before=before, limit=PER_PAGE + 1)
    last = found[PER_PAGE - 1].row if len(found) > PER_PAGE else None
    return found[:PER_PAGE], cursor_of(last.started_at.isoformat()) if last else None


def _row(trial: Trial, request: Request) -> Row:
    row = trial.row
    cells = [
        two_lines(_versus(row.a, row.b), said(LISTS, row.list)),
        two_lines(_pill(trial), _short(trial, request)),
        number_format(trial.drawn_a + trial.drawn_b),
        when(row.started_at),
    ]
    return Row(cells, f"/operator/matching/experiments/{row.id}")


def _pill(trial: Trial) -> SafeString:
    tone, word = STATES[trial.state]
    return pill("", str(word), tone)


def _short(trial: Trial, request: Request) -> str:
    if trial.state == "running":
        return _left(trial, request)
    if trial.state == "early":
        return ""
    return _headline(trial)


def _left(trial: Trial, request: Request) -> str:
    days = ceil((trial.ends_at - request.now).total_seconds() / DAY_SECONDS)
    return ngettext("%(n)s day left", "%(n)s days left", days) % {"n": number_format(days)}


def _headline(trial: Trial) -> str:
    """Return in a few words what an experiment that ran its days says."""
    if trial.a is None:
        return _("It is worked out when its last orders are counted: in an hour, or a day at most.")
    if trial.verdict is None:
        return _("Nobody was drawn for one side: nothing can be said.")
    if not trial.verdict.drawn_right:
        return _("The draw went wrong: no verdict.")
    if not trial.verdict.better:
        return _("No difference can be seen.")
    better = trial.row.a if trial.verdict.better == "a" else trial.row.b
    return _("Better: %(name)s") % {"name": said(RANKERS, better)}


def _lists() -> list[dict[str, Any]]:
    """Return the lists that can be ordered in more than one way: what orders each, and what else could."""
    return [
        {
            "list": list, "name": said(LISTS, list), "ranker": said(RANKERS, ranker),
            "others": [(other, said(RANKERS, other)) for other in KNOWN[list] if other != ranker],
        }
        for list, ranker in rankers_in_force().items()
    ]  # fmt: skip


def _chosen(request: Request, back: str) -> HttpResponse:
    list, _colon, ranker = request.POST.get("choice", "").partition(":")

    def choose() -> None:
        choose_ranker(actor=request.actor, now=request.now, list=list, ranker=ranker)

    attempt(request, _("It orders this list from now on."), lambda: run_once(request, "ranking.choose", choose))
    return HttpResponseRedirect(back)


@door("operator", "GET", "POST")
def experiment(request: Request, experiment_id: UUID) -> HttpResponse:
    """Show one experiment; POST ends it (`do` end) or lets the better ranker order the list (`do` choose)."""
    trial = access_trial(request.actor, experiment_id, now=request.now)
    if request.method == "POST":
        return _done(request, trial)
    row = trial.row
    better = _better(trial)
    context = {
        "trial": trial, "row": row, "list_name": said(LISTS, row.list), "versus": _versus(row.a, row.b),
        "pill": _pill(trial), "left": _left(trial, request) if trial.state == "running" else "",
        "columns": _columns(trial), "rows": [_arm_row(trial, "a"), _arm_row(trial, "b")],
        "verdict": _verdict(trial), "headline": _headline(trial) if trial.state == "over" else "",
        "choice": f"{row.list}:{better}" if better else "",
        "better": said(RANKERS, better) if better else "",
        "takes": rankers_in_force().get(row.list) == better,
    }  # fmt: skip
    return render(request, "operator/experiment.html", context)


def _done(request: Request, trial: Trial) -> HttpResponse:
    if request.POST.get("do") == "choose":
        return _chosen(request, request.path)

    def end() -> None:
        end_experiment(actor=request.actor, now=request.now, experiment_id=trial.row.id)

    attempt(
        request,
        _("It is over. Everybody sees the list's own order again."),
        lambda: run_once(request, "experiment.end", end),
    )
    return HttpResponseRedirect(request.path)


def _better(trial: Trial) -> str:
    if trial.verdict is None or not trial.verdict.better:
        return ""
    return trial.row.a if trial.verdict.better == "a" else trial.row.b


def _columns(trial: Trial) -> list[Column]:
    columns = [
        Column(_("Order of the list")),
        Column(_("Planned share"), numeric=True),
        Column(_("Viewers drawn"), numeric=True),
    ]
    if trial.a is not None:
        columns.append(Column(said(TAKERS, GOALS[trial.row.list]), numeric=True))
        if trial.verdict and trial.verdict.revenue:
            columns.append(Column(_("Bought by a viewer, on average"), numeric=True))
    return columns


def _arm_row(trial: Trial, name: str) -> Row:
    row = trial.row
    ranker, share, drawn, arm = (
        (row.a, 10_000 - row.share_bps, trial.drawn_a, trial.a)
        if name == "a"
        else (row.b, row.share_bps, trial.drawn_b, trial.b)
    )
    cells: list[object] = [said(RANKERS, ranker), format_percent(share)]
    if arm is None:
        return Row([*cells, number_format(drawn)])
    cells += [number_format(arm.viewers), two_lines(number_format(arm.takers), _part(arm))]
    if trial.verdict and trial.verdict.revenue:
        cells.append(amount(round(arm.mean)))
    return Row(cells)


def _part(arm: Arm) -> str:
    return format_percent(round(arm.takers * 10_000 / arm.viewers)) if arm.viewers else ""


def _verdict(trial: Trial) -> dict[str, Any] | None:
    """Return the verdict in sentences: the difference of shares, that of what was bought, and whether the draw held."""
    verdict = trial.verdict
    if verdict is None:
        return None
    if not verdict.drawn_right:
        planned = format_percent(trial.row.share_bps)
        said_of = {"a": number_format(trial.drawn_a), "b": number_format(trial.drawn_b), "share": planned}
        return {"wrong": _(
            "%(a)s and %(b)s viewers were drawn, with %(share)s planned for the second one. Chance does that less than once in"
            " a thousand: viewers were lost or doubled on one side, and what the sides did cannot be compared."
        ) % said_of}  # fmt: skip
    return {"share": _share_words(trial, verdict.share), "revenue": _revenue_words(verdict.revenue)}


def _points(value: float) -> str:
    return number_format(round(abs(value) * 100, 2), 2)


def _share_words(trial: Trial, share: Interval) -> str:
    second = said(RANKERS, trial.row.b)
    if share.low > 0 or share.high < 0:
        low, high = sorted((abs(share.low), abs(share.high)))
        words = (
            _("With “%(b)s”, between %(low)s and %(high)s points more of the viewers did what the list is for.")
            if share.low > 0
            else _("With “%(b)s”, between %(low)s and %(high)s points fewer of the viewers did what the list is for.")
        )
        return words % {"b": second, "low": _points(low), "high": _points(high)}
    return _(
        "With “%(b)s”, between %(low)s points fewer and %(high)s points more of the viewers did what the list is for."
    ) % {"b": second, "low": _points(share.low), "high": _points(share.high)}  # fmt: skip


def _revenue_words(revenue: Interval | None) -> str:
    if revenue is None:
        return ""
    low, high = round(revenue.low), round(revenue.high)
    return _("A viewer bought between %(low)s and %(high)s more with the second one (below zero: less).") % {
        "low": amount(low), "high": amount(high),
    }  # fmt: skip
