"""Prompt templates: what is put in is put in once, what is missing or too much is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure, Success

from pointsman.adapters.prompts.built_in import BUILT_IN
from pointsman.core.prompts.personality import Exchange
from pointsman.core.prompts.prompt import PromptBook, PromptTemplate, Variable, problems_of, render, variables_in

GREET = PromptTemplate(
    name="greet",
    system="Speak {{ language }}.",
    text="Greet {{name}}, {{name}}! {not a variable} {{{language}}}",
    variables=(Variable(name="language", default="English"),),
    examples=(Exchange("Greet {{name}}", "Good day!"),),
)


def test_values_and_defaults_are_put_in_and_examples_stay_as_they_are() -> None:
    messages = render(GREET, {"name": "Ann"}).unwrap()
    assert [(message.role, message.text) for message in messages] == [
        ("system", "Speak English."),
        ("user", "Greet {{name}}"),
        ("assistant", "Good day!"),
        ("user", "Greet Ann, Ann! {not a variable} {English}"),
    ]


def test_everything_that_is_wrong_with_the_values_is_told_at_once() -> None:
    error = render(GREET, {"nam": "Ann", "lang": "x"}).failure()
    assert error.problems == (
        "lang: the prompt greet@1 has no such variable",
        "nam: the prompt greet@1 has no such variable",
        "name: it must be given for the prompt greet@1",
    )


@given(st.text(), st.text())
def test_what_is_put_in_is_never_read_again(name: str, language: str) -> None:
    template = PromptTemplate(name="t", text="<{{a}}|{{b}}>")
    messages = render(template, {"a": name, "b": language}).unwrap()
    assert messages[-1].text == f"<{name}|{language}>"


@given(st.text(alphabet="{} ab_1\n", max_size=30))
def test_a_text_without_problems_renders_with_all_its_variables(text: str) -> None:
    template = PromptTemplate(name="t", text=text)
    if not problems_of(template):
        filled = render(template, dict.fromkeys(variables_in(text), "x"))
        assert isinstance(filled, Success)
        assert "{{" not in filled.unwrap()[-1].text
        assert not variables_in(filled.unwrap()[-1].text)


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (PromptTemplate(name="t", text=" "), "text: it is empty"),
        (
            PromptTemplate(name="t", text="{{ }}"),
            "text: a {{ does not begin a variable such as {{name}}; write \\{{ for braces themselves",
        ),
        (
            PromptTemplate(name="t", text="a", system="{{1}}"),
            "system: a {{ does not begin a variable such as {{name}}; write \\{{ for braces themselves",
        ),
        (
            PromptTemplate(name="t", text="a", variables=(Variable(name="x"),)),
            "variables.x: it is not used; write {{x}} where it belongs",
        ),
        (
            PromptTemplate(name="t", text="{{x}}", variables=(Variable(name="x"), Variable(name="x"))),
            "variables.x: it is declared twice",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_told(template: PromptTemplate, problem: str) -> None:
    assert problems_of(template) == (problem,)


def test_the_newest_version_is_found_unless_another_is_named() -> None:
    book = PromptBook(tuple(PromptTemplate(name="t", text=f"v{n}", version=n) for n in (2, 10, 1)))
    assert book.find("t").unwrap().version == 10
    assert book.find("t@2").unwrap().text == "v2"
    assert [one.version for one in book.list_templates] == [1, 2, 10]
    wrong = [book.find("t@3"), book.find("t@x"), book.find("u")]
    assert [one.failure().detail for one in wrong if isinstance(one, Failure)] == [
        "the prompt 't' has no version '3'; there are 1, 2, 10",
        "the prompt 't' has no version 'x'; there are 1, 2, 10",
        "there is no prompt 'u'; there are t",
    ]


def test_the_built_in_prompts_are_in_order() -> None:
    assert {one.name: problems_of(one) for one in BUILT_IN} == {one.name: () for one in BUILT_IN}


@pytest.mark.parametrize(
    ("text", "values", "filled"),
    [
        (r"Vue: \{{name}}", {}, "Vue: {{name}}"),
        (r"Vue: \{{name}} of {{name}}", {"name": "Ada"}, "Vue: {{name}} of Ada"),
        (r"Helm: \{{ .Values.x }}", {}, "Helm: {{ .Values.x }}"),
        ("  {{code}}\n", {"code": "    return 1\n"}, "    return 1\n"),
        ("Hi {{имя}} and {{user-name}}", {"имя": "Ада", "user-name": "Bo"}, "Hi Ада and Bo"),
        ("{{a}}{{b}}", {"a": "{{b}}", "b": r"\{{a}}"}, r"{{b}}\{{a}}"),
    ],
)
def test_braces_can_be_written_names_have_any_letters_and_values_stay_as_they_are(
    text: str, values: dict[str, str], filled: str
) -> None:
    template = PromptTemplate(name="t", text=text)
    assert problems_of(template) == ()
    assert render(template, values).unwrap()[-1].text == filled
