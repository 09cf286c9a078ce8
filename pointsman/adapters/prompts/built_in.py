"""The prompt templates that come with pointsman."""

from __future__ import annotations

from pointsman.core.prompts.personality import Exchange
from pointsman.core.prompts.prompt import PromptTemplate, Variable

BUILT_IN: tuple[PromptTemplate, ...] = (
    PromptTemplate(
        name="summarize",
        description="A text in short.",
        system="You summarise texts. You add nothing that is not in them, and keep names and numbers exact.",
        text="Summarise this text in {{length}}, in {{language}}:\n\n{{text}}",
        variables=(
            Variable(name="text", description="what is to be summarised"),
            Variable(name="length", default="three sentences", description="how long"),
            Variable(name="language", default="the language of the text", description="in which language"),
        ),
    ),
    PromptTemplate(
        name="translate",
        description="A text in another language.",
        system="You translate. You keep the tone, the formatting, names and code as they are, and add no remarks.",
        text="Translate into {{language}}:\n\n{{text}}",
        variables=(
            Variable(name="text", description="what is to be translated"),
            Variable(name="language", default="English", description="into which language"),
        ),
    ),
    PromptTemplate(
        name="repair-code",
        description="Faulty code, mended.",
        system=(
            "You mend code. You change as little as the fault needs, keep names and behaviour otherwise, and answer "
            "with the whole mended code in one code block and nothing else."
        ),
        text="This {{language}} code fails.\n\nCode:\n```\n{{code}}\n```\n\nWhat was reported:\n{{error}}",
        variables=(
            Variable(name="code", description="the faulty code"),
            Variable(name="error", default="(nothing)", description="the error message, or what is wrong"),
            Variable(name="language", default="Python", description="the programming language"),
        ),
    ),
    PromptTemplate(
        name="classify",
        description="Which of some labels fits a text.",
        system="You answer with exactly one of the labels and nothing else.",
        text="Labels: {{labels}}\n\nText: {{text}}",
        variables=(
            Variable(name="text", description="what is to be labelled"),
            Variable(name="labels", default="positive, negative, neutral", description="separated by commas"),
        ),
        examples=(
            Exchange("Labels: positive, negative, neutral\n\nText: It came in time and works.", "positive"),
            Exchange("Labels: question, complaint\n\nText: Why is it broken again?", "complaint"),
        ),
    ),
)
