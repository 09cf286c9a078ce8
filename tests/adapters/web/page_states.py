"""Every state that the page shows, and the test that makes it false and sees it change.

A state stands where it is made: a badge or a dot by its text, a control by what switches it off or hides it. What is
found in the page's scripts and is not here, or the other way round, fails `test_page_states.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pointsman.adapters.web

PAGE = Path(pointsman.adapters.web.__file__).parent / "page"
_ELSEWHERE = ("docs.js", "docs-try.js", "dom.js", "ui.js")
"""The page of the API, which shows no state; and the pieces that the others make states of."""
_SHOWN = re.compile(r"\b(?:badge|dot)\(")
_SWITCHED = re.compile(r"\b(\w+)\.(disabled|hidden) = |[{,]\s+(disabled|hidden): (?!true)([^,}]+)")
_KEY = re.compile(r'(?:\bt|countOf)\("([\w.]+)"')

STATES: dict[str, tuple[str, ...]] = {
    "test_an_answer_is_from_the_cache_only_where_it_was": ("answer.js answer.fromTheCache",),
    "test_an_answer_says_what_it_remembered_only_where_it_did": ("answer.js answer.memories",),
    "test_a_failure_keeps_the_partial_answer_and_trying_again_stands_beside_it": (
        'answer.js error && status === "failed" ? `${state[0]}: ${outcomeWords(error)}` : state[0]',
    ),
    "test_asked_again_the_answers_stand_beside_each_other_also_after_a_reload": (
        "branches.js disabled: !(at + by in ids)",
        "branches.js node.hidden",
    ),
    "test_figures_stand_beside_a_chart_while_it_is_pointed_at": ("charts.js tip.hidden",),
    "test_controls_are_there_while_there_is_something_to_do_with_them": (
        "chat-drawer.js hidden: !chosen.on",
        "chat-drawer.js model.hidden",
        "chat.js drawer.hidden",
        "chat.js more.hidden",
        "composer.js action.disabled",
        "fields.js reset.disabled",
    ),
    "test_without_a_calculator_there_is_no_card_for_it": ('chat.js hidden: glyph === "tool"',),
    "test_models_answer_side_by_side_and_a_vote_is_counted_with_its_interval": (
        "compare-column.js compareColumn.preferred",
        "compare.js each.disabled",
    ),
    "test_a_comparison_can_be_stopped_while_it_goes_and_begun_when_it_does_not": (
        "compare.js run.disabled",
        "compare.js run.hidden",
        "compare.js stop.hidden",
    ),
    "test_a_model_that_fails_in_a_comparison_says_why_and_nobody_votes": ("compare.js compare.noVoteWithoutAll",),
    "test_an_image_by_the_file_button_can_be_removed_and_other_images_are_refused": ("composer.js thumbs.hidden",),
    "test_events_are_shown_filtered_paused_and_opened": ("events.js none.hidden",),
    "test_the_list_of_events_is_bounded_and_the_socket_comes_back": (
        'events.js ""',
        "events.js tone",
    ),
    "test_live_events_show_failures_as_failures": ("events.js title",),
    "test_an_experiment_runs_until_it_is_stopped": (
        "experiments.js experiments.running",
        "experiments.js experiments.stopped",
    ),
    "test_cases_are_chosen_and_opened_and_a_hostile_answer_is_text": ("healing-cases.js words",),
    "test_a_run_goes_is_unfinished_unreadable_or_done": (
        "healing.js common.done",
        "healing.js healing.running",
        "healing.js healing.unfinished",
        "healing.js healing.unreadable",
    ),
    "test_exports_of_three_programs_are_imported_each_told_and_a_bad_file_says_why": (
        "imports.js box.hidden",
        "imports.js button.disabled",
    ),
    "test_a_key_works_until_it_is_disabled_or_has_expired": (
        "keys.js common.works",
        "keys.js keys.disabled",
        "keys.js keys.expired",
        "keys.js scopeName(scope)",
    ),
    "test_nothing_is_asked_twice_while_it_is_asked": (
        "model-field.js fetchModels.disabled",
        "provider-form.js save.disabled",
        "provider-form.js test.disabled",
        "providers.js test.disabled",
    ),
    "test_a_provider_is_active_local_and_tagged_only_where_it_is": (
        'providers.js h("bdi"',
        "providers.js providers.active",
        "providers.js providers.local",
        "providers.js words",
    ),
    "test_a_provider_is_switched_off_failing_recovering_or_has_answered": ("providers.js tone",),
    "test_a_request_is_found_looked_at_and_asked_again": (
        "request-detail.js again.disabled",
        "request-detail.js disabled: !detail.replayable",
        "request-detail.js choiceText(strategy)",
    ),
    "test_a_failed_request_says_why_and_exports_are_files": ("request-detail.js outcomeWords(request.outcome)",),
    "test_a_request_is_from_the_cache_failed_or_tried_again_only_where_it_was": (
        "requests.js more.hidden",
        "requests.js common.fromTheCache",
        "requests.js outcomeWords(each.outcome)",
        "requests.js requests.tries",
    ),
    "test_a_route_says_price_window_and_speed_and_guesses_no_task": ("routing.js common.unset",),
    "test_a_route_is_explained_with_those_passed_over": ("routing.js routing.goesHere",),
    "test_the_view_follows_the_answer_until_the_reader_scrolls_up_a_little": ("scroll.js button.hidden",),
    "test_a_fallback_an_alias_and_the_cache_set_on_the_page_work_at_once": ("settings.js settings.savedHere",),
    "test_models_are_called_simulated_until_a_real_provider_is_there": (
        "shell.js hidden: !session.demo",
        "shell.js note.hidden",
    ),
    "test_it_is_offered_with_its_size_and_got_only_when_it_is_asked_for": ("small-model.js box.hidden",),
    "test_the_cache_is_cleared_after_asking": ("usage-panels.js clear.disabled",),
    "test_a_call_in_the_usage_failed_was_cached_or_retried_only_where_it_was": (
        "usage-panels.js outcomeWords(each.outcome)",
        "usage-panels.js usagePanels.attempts",
        "usage-panels.js usagePanels.cache",
        "usage-panels.js usagePanels.ok",
    ),
    "test_who_is_invited_comes_in_and_sees_what_a_member_may_do": (
        "users.js common.works",
        "users.js users.disabled",
    ),
}
"""By the name of the test: the scripts, and what they say or switch."""

SAID: dict[str, tuple[str, ...]] = {
    "test_a_budget_is_nearly_used_up_then_used_up_then_neither": ("a budget is nearly or wholly used up",),
    "test_a_conversation_is_marked_while_an_answer_comes": ("an answer is coming, in the list",),
    "test_an_answer_that_stalls_says_since_when": ("since when an answer stalls",),
    "test_escape_stops_the_answer_and_keeps_what_came": ("an answer was stopped",),
    "test_a_search_that_came_to_its_bounds_goes_on_by_itself_and_says_so_meanwhile": (
        "a search has looked at the newest alone",
    ),
    "test_the_first_key_warns_that_it_closes_the_gateway_and_stands_in_the_snippets": (
        "the gateway is open, or asks for a key",
    ),
    "test_unknown_tokens_and_costs_are_not_shown_as_zero": ("a cost is unknown",),
    "test_a_cost_that_is_unknown_is_not_drawn_as_none": ("a figure is not drawn where it is not known",),
    "test_empty_views_say_what_to_do": ("nothing is there yet",),
    "test_a_server_that_is_gone_is_told_in_a_sentence_with_a_way_to_try_again": ("the server is gone",),
    "test_a_session_that_ended_brings_the_sign_in_page": ("the session has ended",),
    "test_runs_are_listed_and_one_that_goes_moves_on_by_itself": ("how far a run is, and how long it will take",),
    "test_a_provider_says_not_tried_yet_then_answered_then_its_last_error": ("the last error of a provider",),
    "test_a_route_says_price_window_and_speed_and_guesses_no_task": ("a model's price, window and speed",),
    "test_models_answer_side_by_side_and_a_vote_is_counted_with_its_interval": (
        "how many votes there are, and what they say",
    ),
    "test_a_pinned_one_stands_at_the_top_until_it_is_unpinned": ("a conversation is pinned",),
    "test_the_chosen_model_and_the_parameters_are_sent": ("parameters are set",),
}
"""The same of sentences and figures that are no badge."""


def sites() -> Iterator[str]:
    """Where the page's scripts make a state."""
    for file in sorted(PAGE.glob("*.js")):
        script = "" if file.name in _ELSEWHERE else file.read_text("utf-8")
        for found in _SHOWN.finditer(script):
            inside = script[found.end() : _end(script, found.end())]
            for said in _KEY.findall(inside) or [inside.split(",")[0].strip()]:
                yield f"{file.name} {said}"
        for found in _SWITCHED.finditer(script):
            name, what, as_property, condition = found.groups()
            yield f"{file.name} {name}.{what}" if name else f"{file.name} {as_property}: {condition.strip()}"


def _end(script: str, at: int) -> int:
    """Where the call ends whose arguments begin at `at`."""
    depth = 1
    while depth:
        depth += {"(": 1, ")": -1}.get(script[at], 0)
        at += 1
    return at - 1
