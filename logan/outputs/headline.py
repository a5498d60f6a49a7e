"""The top of a summary: what could not be read, the result in words, what the number is made of."""

from collections.abc import Iterator
from typing import Final

from rich.text import Text

from logan.outputs.page import Page
from logan.outputs.sentences import (
    list_unread,
    write_asked,
    write_bound,
    write_doubt,
    write_headline,
    write_selection,
    write_unknown_searches,
)
from logan.outputs.words import count, join
from logan.tables.summary import Summary

#: Reasons that are shown, and sources that are named for each of them.
_REASONS: Final = 12
_NAMED: Final = 3


def show_incomplete(summary: Summary, page: Page) -> list[Text]:
    """Show why sources could not be used in full, which, and what to do; nothing if all were."""
    unread = list(list_unread(summary))
    if not unread:
        return []
    sources = len(summary.result.sources)
    lines = page.wrap(
        f"INCOMPLETE: {len(unread):,} of {count(sources, 'source')} could not be used in full. "
        f"{write_bound(summary)}.",
        style="bold red",
    )
    alike: dict[tuple[str, str], list[str]] = {}
    for name, *why in unread:
        alike.setdefault((why[0], why[1]), []).append(name)
    for (failure, advice), names in list(alike.items())[:_REASONS]:
        shown = names if len(names) <= _NAMED + 1 else names[:_NAMED]
        for name in shown:
            lines += page.wrap(name, first="  ", style="bold")
        if rest := len(names) - len(shown):
            more = f"and {rest:,} more like them: --json names all"
            lines += page.wrap(more, first=f"  {page.marks.ellipsis} ")
        lines += page.wrap(failure, first="    why  ")
        lines += page.wrap(advice, first="    do   ")
    hidden = sum(map(len, list(alike.values())[_REASONS:]))
    lines += page.more(hidden, "sources", "--json names all")
    return [*lines, Text()]


def show_headline(summary: Summary, page: Page) -> list[Text]:
    """Show the result in words, then what the number is made of."""
    sentences = write_headline(summary)
    lines = _show_result(sentences[0], page)
    width = max(len(sentence.split(" hit")[0]) for sentence in sentences)
    for sentence in sentences[1:]:
        lines += page.wrap(sentence, first=" " * (width - len(sentence.split(" hit")[0])))
    if selection := write_selection(summary):
        lines += page.wrap(selection, first="  ", style="dim")
    for warning in write_asked(summary):
        lines += page.wrap(warning, first="  ", style="bold")
    if doubt := write_doubt(summary):
        lines += page.wrap(doubt, first="  ")
    facts = list(_list_facts(summary))
    names = max((len(name) for name, _, _ in facts), default=0)
    numbers = max((len(f"{number:,}") for _, number, _ in facts), default=0)
    lines += [Text()] if facts else []
    for name, number, meaning in facts:
        lines += page.wrap(meaning, first=f"  {name:<{names}}  {number:>{numbers},}  ")
    return lines


def _show_result(sentence: str, page: Page) -> list[Text]:
    """Show the first sentence; if it needs two lines, break it before the period."""
    what, when, period = sentence.rpartition(" in ")
    if len(sentence) <= page.width or not what:
        return page.wrap(sentence, rest="  ", style="bold")
    return [
        *page.wrap(what, rest="  ", style="bold"),
        *page.wrap(when.strip() + " " + period, first="  ", style="bold"),
    ]


def _list_facts(summary: Summary) -> Iterator[tuple[str, int, str]]:
    totals = summary.totals
    if totals.hits:
        hosts_only = totals.host_only == totals.hits
        hidden = "cannot be seen here: every line shows a host only"
        yield "searches", totals.searches, hidden if hosts_only else _explain_searches(summary)
        if totals.attempts:
            yield "attempts", totals.attempts, "searches that the service refused: none was started"
        yield "uploads", totals.uploads, hidden if hosts_only else "a photo was sent to the service"
        if totals.possible_uploads:
            yield "possible uploads", totals.possible_uploads, "tunnels that sent a photo's worth"
        if totals.host_only:
            yield "host only", totals.host_only, "page, upload or search: the line cannot say which"
        if totals.opt_outs:
            yield "opt-outs", totals.opt_outs, "requests to be removed: no searches"
        yield "allowed", totals.allowed, "let through by the gateway"
        yield "blocked", totals.blocked, f"stopped by the gateway{_list_tries(summary)}"
        if totals.unknown:
            yield "unknown", totals.unknown, "the log does not say whether they were let through"
        yield "sessions", _count_sessions(summary), _explain_sessions(summary)
    if totals.mentions:
        yield "mentions", totals.mentions, "name a service elsewhere: listed, never counted"


def _explain_searches(summary: Summary) -> str:
    """Say what the number of searches does not prove, beside it."""
    meaning = "a face search was started"
    if inferred := summary.totals.inferred_searches:
        meaning += f"; {inferred:,} of them inferred, not shown by a request"
    if summary.unknown_searches:
        meaning += f". A lower bound. {write_unknown_searches(summary)}"
    return meaning


def _list_tries(summary: Summary) -> str:
    searches, uploads = summary.totals.blocked_searches, summary.totals.blocked_uploads
    tries = [count(searches, "search")] if searches else []
    tries += [count(uploads, "upload")] if uploads else []
    return f"; {join(tries)} tried" if tries else ""


def _count_sessions(summary: Summary) -> int:
    return summary.sessions[summary.result.session_gap_minutes]


def _explain_sessions(summary: Summary) -> str:
    chosen = summary.result.session_gap_minutes
    others = [f"{gap} min: {number:,}" for gap, number in summary.sessions.items() if gap != chosen]
    return f"one user on one service, pauses up to {chosen} min ({'; '.join(others)})"
