"""What five older programs promise and was once found missing or half done here, and the test that shows it now.

The numbers are those of the list in which it was found. What stays different says why that serves the user better.
"""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One promise. `test` is `path::name` of a test here; without one, `why` says why it is otherwise."""

    number: int
    promise: str
    test: str = ""
    why: str = ""


_HERE = "tests/coming_from/"
_DASHBOARD = "tests/adapters/web/test_dashboard_api.py::"
_FILES = f"{_HERE}test_settings_files.py::"
_VARIABLES = f"{_HERE}test_environment.py::"
_EVIDENCE = "tests/test_eval_evidence.py::test_a_run_recommends_a_model_for_each_kind_with_its_interval"
_RECIPES = "tests/layers/test_recipes.py::"
_TALK = "tests/services/test_conversation_goes_on.py::"
_READING = "tests/services/documents/test_reading.py::"
_IN_CODE = "tests/layers/test_settings_in_code.py::"
_LOCAL = "tests/test_local_command.py::"
_OPERATIONS = "tests/services/test_every_operation.py::"
_SCORES = "tests/core/evaluation/test_statistics.py::"
_SERVERS = "tests/adapters/model_servers/test_model_servers.py::"
_SCAN = "tests/adapters/net/test_server_scan.py::"
_HOOKS = "tests/layers/test_webhooks.py::"
_ENGINE = "tests/peers/test_local_engine.py::"
_COMPLETION = "tests/services/test_request_completion.py::"
_HOSTED = "tests/layers/test_asgi_app.py::"
_NOTICES = "tests/services/test_hooks_and_experiments.py::"
_OWN = "tests/services/test_own_client.py::"
_FORMS = "tests/adapters/extract/test_odd_files.py::"
_FOLDERS = (
    "tests/peers/test_folder_engines.py::test_it_answers_streams_takes_an_adapter_by_request_and_ends_by_idleness"
)
"""In a child that pointsman keeps: its memory and its crashes stay out of the program."""

ROWS = (
    Row(1, "models are tested against real error streams", _EVIDENCE),
    Row(7, "Azure, also by settings in code", f"{_IN_CODE}test_an_address_without_its_path_gets_that_of_its_kind"),
    Row(9, "any OpenAI-compatible server", f"{_IN_CODE}test_an_address_without_its_path_gets_that_of_its_kind"),
    Row(15, "emoji as icons of providers", why="drawn icons look alike on every system, and are read out as words"),
    Row(
        20, "keep-alive keeps loaded", "tests/layers/test_keep_alive.py::test_a_local_server_is_asked_to_hold_its_model"
    ),
    Row(25, "the form of settings", f"{_DASHBOARD}test_the_form_of_the_dashboard_is_taken_as_it_stands_and_given_back"),
    Row(34, "timeout in it", f"{_DASHBOARD}test_the_form_of_the_dashboard_is_taken_as_it_stands_and_given_back"),
    Row(
        35,
        "enabled in it",
        f"{_DASHBOARD}test_a_provider_that_is_switched_off_is_saved_and_does_not_become_the_active_one",
    ),
    Row(
        49,
        "local models in tiers with their sizes",
        f"{_LOCAL}test_models_worth_beginning_with_are_shown_in_three_tiers_with_size_memory_and_licence",
    ),
    Row(
        51,
        "saved settings in a program",
        f"{_HERE}test_mission_rows.py::test_what_was_saved_on_the_page_is_there_for_a_program",
    ),
    Row(
        53,
        "live error streams",
        "tests/test_heal_command.py::test_a_growing_log_is_watched_until_ctrl_c_and_nothing_is_changed",
    ),
    Row(
        54,
        "models are measured",
        "tests/test_eval_run.py::test_a_run_ends_with_its_report_is_read_again_and_not_begun_anew",
    ),
    Row(
        57,
        "A/B tests",
        "tests/core/test_experiment.py::test_what_we_refused_and_what_the_caller_left_says_nothing_of_a_variant",
    ),
    Row(
        59,
        "fallbacks for all operations",
        f"{_OPERATIONS}test_when_a_model_fails_the_next_one_is_asked",
    ),
    Row(
        65,
        "error streams are made",
        "tests/core/faults/test_sampling.py::test_the_default_sample_has_twelve_faults_of_each_kind_spread_over_all_programs",
    ),
    Row(
        66,
        "they are sent to several providers",
        "tests/test_eval_run.py::test_a_run_ends_with_its_report_is_read_again_and_not_begun_anew",
    ),
    Row(
        67,
        "quality, speed and cost are compared",
        f"{_SCORES}test_cost_and_time_are_of_a_healed_case_and_unknown_is_not_zero",
    ),
    Row(68, "how much is healed", _EVIDENCE),
    Row(69, "a model is recommended for each kind of error", _EVIDENCE),
    Row(77, "types for TypeScript", why="the OpenAPI document is the types: any generator makes them, in any language"),
    Row(79, "?detailed=true", f"{_DASHBOARD}test_the_active_models_stand_as_lm_studio_names_them"),
    Row(83, "arch of a model", f"{_DASHBOARD}test_the_active_models_stand_as_lm_studio_names_them"),
    Row(86, "who listed the models", f"{_DASHBOARD}test_the_active_models_stand_as_lm_studio_names_them"),
    Row(
        118,
        "the state of a model is looked at before a request",
        why="LM Studio loads what is asked for; a look before each call would cost a request and be stale at once",
    ),
    Row(
        123,
        "models are loaded and unloaded",
        f"{_SERVERS}test_a_model_is_unloaded_and_loaded_and_its_state_is_told",
    ),
    Row(131, "debug logging by name", f"{_HERE}test_logging.py::test_calls_are_logged_where_somebody_wants_it"),
    Row(
        133,
        "the network is scanned for servers",
        f"{_SCAN}test_servers_are_found_at_their_addresses_and_told_by_what_they_answer",
    ),
    Row(136, "models side by side", "tests/test_asking.py::test_models_are_compared_side_by_side"),
    Row(137, "custom providers", f"{_RECIPES}test_one_function_and_nothing_else_is_an_app"),
    Row(138, "plug-ins", "tests/layers/test_plugins.py::test_a_tool_of_a_plugin_is_named_as_our_own_are"),
    Row(
        139,
        "webhooks of what happens to a model",
        f"{_HOOKS}test_a_model_that_comes_is_told_to_a_webhook",
    ),
    Row(
        144,
        "llama models in process",
        f"{_ENGINE}test_it_answers_whole_streamed_and_many_at_once_under_its_name",
    ),
    Row(149, "typed, composable, testable", "tests/services/test_pipelines.py::test_a_pipe_applies_from_left_to_right"),
    Row(159, "a router of one's own", f"{_RECIPES}test_a_router_may_ask_the_planner_that_it_replaces"),
    Row(162, "threads of a local model", f"{_FILES}test_models_by_family"),
    Row(170, "a manager's file", f"{_FILES}test_models_by_family"),
    Row(179, "LLM_ROUTING_STRATEGY", f"{_VARIABLES}test_a_manager_of_three_families_with_routing_and_cache"),
    Row(180, "LLM_CACHE_ENABLED", f"{_VARIABLES}test_a_manager_of_three_families_with_routing_and_cache"),
    Row(181, "LLM_CACHE_TTL_SECONDS", f"{_VARIABLES}test_a_manager_of_three_families_with_routing_and_cache"),
    Row(190, "the manager can be swapped", f"{_RECIPES}test_a_manager_of_ones_own_is_one_field"),
    Row(191, "the router can be swapped", f"{_RECIPES}test_a_router_of_ones_own_is_one_field"),
    Row(
        196,
        "data stays here",
        f"{_IN_CODE}test_where_no_call_may_leave_this_machine_a_provider_elsewhere_is_as_if_switched_off",
    ),
    Row(199, "InvalidRequest holds the request", why="whoever asked has it; in an error it would reach logs and spans"),
    Row(203, "ConfigurationError, never an exception", f"{_IN_CODE}test_no_wrong_field_raises_out_of_an_app"),
    Row(217, "top_p of a provider", f"{_FILES}test_an_assistants_file"),
    Row(218, "retries of a provider", f"{_FILES}test_an_assistants_file"),
    Row(
        220,
        "more parameters of a provider",
        f"{_COMPLETION}test_what_a_request_leaves_open_is_filled_in_and_nothing_else",
    ),
    Row(222, "an answer knows its conversation", f"{_TALK}test_an_answer_says_of_which_conversation_it_is"),
    Row(
        230,
        "transformers in process",
        _FOLDERS,
    ),
    Row(232, "an id of one's own", f"{_TALK}test_an_answer_says_of_which_conversation_it_is"),
    Row(234, "add_message", f"{_TALK}test_a_message_is_added_without_asking_anybody_and_told_with_the_next_turn"),
    Row(
        235,
        "the context of a conversation",
        "tests/services/test_conversations.py::test_the_context_is_what_fits_without_asking_anybody",
    ),
    Row(
        238,
        "a history that cannot be kept is told",
        f"{_TALK}test_an_answer_that_cannot_be_kept_is_a_failure_that_has_the_answer",
    ),
    Row(
        249,
        "the mood shows in answers",
        "tests/services/test_persona.py::test_the_model_is_told_of_the_mood_of_its_conversation",
    ),
    Row(
        250,
        "a socket of a server of one's own",
        f"{_HOSTED}test_its_socket_tells_under_the_prefix_what_happens",
    ),
    Row(253, "response_chunk", "tests/adapters/web/test_events.py::test_what_happens_is_told_to_who_has_subscribed"),
    Row(
        255,
        "function_calls",
        f"{_NOTICES}test_functions_that_a_model_called_are_a_notice_of_their_own",
    ),
    Row(
        257,
        "provider_status_change",
        "tests/layers/test_keep_alive.py::test_a_provider_that_stops_and_begins_to_answer_is_told",
    ),
    Row(
        259,
        "the socket's protocol is written down",
        "tests/adapters/web/test_openapi.py::test_gateway_sockets_webhooks_and_metrics_are_in_the_document",
    ),
    Row(
        264,
        "a free context of the system prompt",
        why="templates have named, checked variables; a free dictionary would put anything into the prompt unseen",
    ),
    Row(
        265,
        "a free context of the user's prompt",
        why="as above: `prompts` renders what a user says with named values, and shows it before it is sent",
    ),
    Row(270, "bounds of function calls", "tests/services/test_tooled.py::test_a_manager_passes_every_bound_on"),
    Row(273, "an assistant's file", f"{_FILES}test_an_assistants_file"),
    Row(274, "how many conversations there are", f"{_TALK}test_conversations_are_counted"),
    Row(278, "usage of a conversation", f"{_HERE}test_mission_rows.py::test_usage_is_told_by_conversation"),
    Row(
        280,
        "one call for the status of a provider",
        why="a ping asks the network and a report the database: each is asked for by who wants it, and never unasked",
    ),
    Row(
        289,
        "a provider of three methods",
        f"{_OWN}test_chat_and_stream_say_the_same_whatever_was_given",
    ),
    Row(
        293,
        "exports for fine-tuning",
        "tests/core/test_fine_tuning.py::test_whatever_was_said_a_line_keeps_the_vendors_rules",
    ),
    Row(
        296,
        "A/B for providers",
        "tests/core/test_experiment.py::test_what_we_refused_and_what_the_caller_left_says_nothing_of_a_variant",
    ),
    Row(307, "MLX managed by itself", _FOLDERS),
    Row(315, "a client's file", f"{_FILES}test_a_clients_file_with_its_fallback"),
    Row(
        324,
        "latency_ms of the whole call",
        "tests/services/test_latency.py::test_a_retry_and_the_wait_before_it_are_in_it",
    ),
    Row(329, "forget_models in plain programs", "tests/test_blocking.py::test_budgets_models_and_health_are_told"),
    Row(333, "retry_exponential_base", f"{_FILES}test_a_clients_file_with_its_fallback"),
    Row(338, "a path for MLX", f"{_FILES}test_the_path_of_a_model_is_a_model_where_an_address_was_meant"),
    Row(349, "an unknown kind is typed", f"{_IN_CODE}test_a_wrong_provider_is_told_with_its_place"),
    Row(
        367,
        "created and description of a model",
        "tests/adapters/dialects/test_openai_lists.py::test_what_servers_tell_of_a_model",
    ),
    Row(373, "a PDF and a local model", f"{_READING}test_a_program_can_make_a_podcast_of_a_pdf"),
    Row(
        374,
        "a document by its type",
        f"{_FORMS}test_what_a_file_is_says_its_content_and_not_its_name",
    ),
    Row(378, "MLX in process", _FOLDERS),
)
