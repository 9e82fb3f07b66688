"""Models of matching for operators: which serves, how good each was, fit now, let an earlier one serve again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.kit.paging import cursor_of, parts_of
from renmai.matching.fits.actions import ask_fit, ask_restore
from renmai.matching.fits.models import Fit, FitRun, ModelName, ModelState, RunWhat
from renmai.matching.fits.queries import list_fits, list_under_way, newest_runs, served_before, serving_fits
from renmai.matching.fits.runs import STEPS
from renmai.trade.reports.persons import Named, name_subjects
from renmai.web.doors import Request, attempt, door, run_once, uuid_or_404
from renmai.web.operator.shown import two_lines
from renmai.web.operator.words import Word
from renmai.web.ui.templatetags.ui import pill, when

ROOT = "/operator/matching/models"
PER_PAGE = 20
NAMES: dict[str, Word] = {
    ModelName.BUYERS: gettext_lazy("Taken together by buyers"),
    ModelName.CREATORS: gettext_lazy("Picked together by creators"),
}
STEP_WORDS: dict[str, Word] = {
    "": gettext_lazy("It waits for a worker"),
    "reading": gettext_lazy("Signals are read"),
    "comparing": gettext_lazy("It is compared on held-out signals"),
    "fitting": gettext_lazy("It is fitted from all signals"),
    "writing": gettext_lazy("Its rows are written"),
}
STATES: dict[str, tuple[Word, str]] = {
    ModelState.FITTED: (gettext_lazy("Fitted"), ""),
    ModelState.SERVING: (gettext_lazy("In use"), "good"),
    ModelState.REFUSED: (gettext_lazy("Refused"), "warn"),
    ModelState.RETIRED: (gettext_lazy("Served before"), ""),
}
REASON_WORDS: dict[str, Word] = {
    "first": gettext_lazy("The first, and better than what is most popular."),
    "better": gettext_lazy("Better than the one before."),
    "grew": gettext_lazy("Not worse than the one before, and it knows more signals."),
    "restored": gettext_lazy("An operator let it serve again."),
    "too_few": gettext_lazy("Too few new signals to compare by."),
    "popular": gettext_lazy("What is most popular does as well."),
    "lower": gettext_lazy("Worse than the one that serves."),
    "guard": gettext_lazy("Worse for people with few signals."),
    "same": gettext_lazy("No better than the one that serves, and nothing new in it."),
    "cut_off": gettext_lazy("The worker was cut off."),
}
ERROR_WORDS: dict[str, Word] = {
    "cut_off": gettext_lazy("Every worker that began was cut off. Look at the worker's log."),
    "broken": gettext_lazy("Something went wrong. Look at the worker's log."),
    "model.not_restorable": gettext_lazy("Neither its rows nor its file are kept any more."),
}


@door("operator", "GET", "POST")
def models(request: Request) -> HttpResponse:
    """Show what serves, what is under way and every fit; POST asks for a fit or for an earlier version."""
    if request.method == "POST":
        _ask(request)
        return HttpResponseRedirect(ROOT)
    parts = parts_of(request.GET.get("cursor"), 1)
    fits = list_fits(request.actor, before=uuid_or_404(parts[0]) if parts else None, limit=PER_PAGE + 1)
    shown = fits[:PER_PAGE]
    under_way = {run.name: run for run in list_under_way(request.actor)}
    names, restorable = name_subjects(request.actor, [fit.by_id for fit in shown]), served_before(shown)
    serving, over = serving_fits(request.actor), newest_runs(request.actor)
    context = {
        "working": bool(under_way),
        "here": request.get_full_path(),
        "cards": [_card(name, serving.get(name), under_way.get(name), over.get(name)) for name in NAMES],
        "fits": [_row(fit, names, fit.id in restorable and fit.name not in under_way) for fit in shown],
        "next_cursor": cursor_of(shown[-1].id) if len(fits) > PER_PAGE else None,
    }
    return render(request, "operator/matching_models.html", context)


def _ask(request: Request) -> None:
    name, do = request.POST.get("name", ""), request.POST.get("do", "")
    version = int(said) if (said := request.POST.get("version", "")).isdecimal() and len(said) < 9 else 0

    def ask() -> object:
        if do == "restore":
            return ask_restore(actor=request.actor, now=request.now, name=name, version=version)
        return ask_fit(actor=request.actor, now=request.now, name=name)

    done = _("It is asked for. A worker begins within seconds.")
    attempt(request, done, lambda: run_once(request, "model.ask", ask))


def _card(name: str, fit: Fit | None, run: FitRun | None, over: FitRun | None) -> dict[str, Any]:
    figures = fit.figures if fit else {}
    return {
        "name": name,
        "title": NAMES[name],
        "fit": fit,
        "figures": [
            (_("NDCG at 20"), _figure(figures.get("ndcg"))),
            (_("Recall at 20"), _figure(figures.get("recall"))),
            (_("Popularity, NDCG at 20"), _figure(figures.get("popular_ndcg"))),
            (_("Products"), number_format(fit.rows if fit else 0)),
            (_("of them added since"), number_format(fit.added if fit else 0)),
            (_("Signals"), number_format(fit.signals if fit else 0)),
        ],
        "until": date_format(localtime(fit.until), "SHORT_DATE_FORMAT") if fit else "",
        "progress": _progress(run),
        "failed": ERROR_WORDS.get(over.error, "") if over and over.error and not run else "",
    }


def _progress(run: FitRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    place = ""
    if run.what == RunWhat.FIT and run.step in STEPS:
        place = _("step %(n)d of %(all)d") % {"n": STEPS.index(run.step) + 1, "all": len(STEPS)}
    if run.total:
        place = f"{number_format(run.done)} / {number_format(run.total)}"
    return {
        "label": STEP_WORDS.get(run.step, run.step),
        "value": run.done if run.total else "",
        "max": run.total or 100,
        "note": place,
    }


def _row(fit: Fit, names: Mapping[UUID, Named], can_restore: bool) -> dict[str, Any]:
    label, tone = STATES[fit.state]
    figures, guard = fit.figures, fit.guard
    base = figures.get("serving_ndcg", figures.get("popular_ndcg"))
    return {
        "fit": fit,
        "title": two_lines(NAMES[fit.name], _("Version %(n)d") % {"n": fit.version}),
        "state": _stacked(
            [
                pill("", str(label), tone),
                format_html('<span class="small soft">{}</span>', REASON_WORDS.get(fit.reason, fit.reason)),
            ]
        ),
        "ndcg": _against(figures.get("ndcg"), base) if figures.get("held") else "–",
        "guard": _against(guard.get("ndcg"), guard.get("base_ndcg")) if guard.get("held") else "–",
        "size": two_lines(number_format(fit.things), filesizeformat(fit.size_bytes) if fit.size_bytes else ""),
        "when": two_lines(when(fit.fitted_at), _("%(n)s s") % {"n": number_format(fit.seconds, 1)}),
        "who": _who(names.get(fit.by_id)) if fit.by_id else _("Automatic"),
        "can_restore": can_restore,
    }


def _who(named: Named | None) -> str:
    return named.name if named else "–"


def _stacked(parts: Sequence[object]) -> SafeString:
    return format_html("<span>{}<br>{}</span>", *parts)


def _against(figure: float | None, base: float | None) -> SafeString:
    return two_lines(_figure(figure), _("against %(n)s") % {"n": _figure(base)})


def _figure(figure: float | None) -> str:
    return "–" if figure is None else number_format(figure, 4)
