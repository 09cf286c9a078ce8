"""How an assistant speaks, as data: who it is, its traits, its mood, its rules. What happens changes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import attrs

from pointsman.core.records.values import FieldInfo

_Level: TypeAlias = Annotated[float, FieldInfo(low=-1, high=1)]

MOOD_HALF_LIFE = 3600.0
"""Seconds after which half of a mood is gone."""


@attrs.frozen
class Exchange:
    """An example: what somebody says, and how it is answered."""

    user: str
    assistant: str


@attrs.frozen
class Mood:
    """`cheer` is -1 (gloomy) to 1 (cheerful), `energy` -1 (tired) to 1 (lively); 0 is even-tempered."""

    cheer: _Level = 0.0
    """-1 (gloomy) to 1 (cheerful)."""
    energy: _Level = 0.0
    """-1 (tired) to 1 (lively)."""


@attrs.frozen(kw_only=True)
class Personality:
    """Who speaks, and how."""

    name: str = ""
    """Its name."""
    role: str = ""
    """What it is."""
    tone: str = ""
    """How it sounds."""
    traits: Mapping[str, Annotated[float, FieldInfo(high=1)]] = attrs.field(factory=dict)
    """By name, 0 to 1: those of `POLES` have words for both ends, any other is said to be high or low; 0.5 says
    nothing."""
    mood: Mood = Mood()
    rules: tuple[str, ...] = ()
    """What it always or never does."""
    examples: tuple[Exchange, ...] = ()
    """Exchanges that show how it speaks."""


POLES: Mapping[str, tuple[str, str]] = {
    "warmth": ("reserved", "warm"),
    "formality": ("casual", "formal"),
    "humour": ("serious", "humorous"),
    "verbosity": ("brief", "thorough"),
    "directness": ("tactful", "direct"),
    "curiosity": ("to the point", "curious"),
    "patience": ("brisk", "patient"),
    "confidence": ("cautious", "confident"),
}

Happening: TypeAlias = Literal["praised", "criticised", "confused", "hurried", "succeeded", "failed", "joked"]

EFFECTS: Mapping[Happening, Mapping[str, float]] = {
    "praised": {"cheer": 0.3, "warmth": 0.05, "confidence": 0.05},
    "criticised": {"cheer": -0.2, "confidence": -0.1, "verbosity": 0.05},
    "confused": {"patience": 0.15, "verbosity": 0.1, "directness": -0.05},
    "hurried": {"energy": 0.2, "verbosity": -0.2, "directness": 0.1},
    "succeeded": {"cheer": 0.2, "energy": 0.1, "confidence": 0.05},
    "failed": {"cheer": -0.1, "energy": -0.1, "confidence": -0.05},
    "joked": {"cheer": 0.2, "humour": 0.1, "formality": -0.05},
}
"""What each happening does to traits and mood."""


def adjust(personality: Personality, happening: Happening, strength: float = 1.0) -> Personality:
    """`personality` after something happened, `strength` times as much of it as usual; all stays within its bounds."""
    effects = EFFECTS[happening]
    traits = dict(personality.traits)
    for name, change in effects.items():
        if name not in _MOODS:
            traits[name] = _within(traits.get(name, 0.5) + change * strength, 0.0)
    mood = personality.mood
    mood = Mood(
        _within(mood.cheer + effects.get("cheer", 0.0) * strength, -1.0),
        _within(mood.energy + effects.get("energy", 0.0) * strength, -1.0),
    )
    return attrs.evolve(personality, traits=traits, mood=mood)


def calm(personality: Personality, seconds: float) -> Personality:
    """`personality` after `seconds` in which nothing happened: the mood fades, the traits stay."""
    left = 0.5 ** (max(0.0, seconds) / MOOD_HALF_LIFE)
    mood = personality.mood
    return attrs.evolve(personality, mood=Mood(mood.cheer * left, mood.energy * left))


def describe_personality(personality: Personality) -> str:
    """What a model is told of who it is; empty where there is nothing to tell."""
    lines = [
        _who(personality),
        _sentence("Speak in this tone: {}.", personality.tone),
        _sentence("You are {}.", ", ".join(_words(personality.traits))),
        _sentence("At the moment you are {}.", " and ".join(_moods(personality.mood))),
    ]
    if personality.rules:
        lines.append("Rules:\n" + "\n".join(f"- {rule}" for rule in personality.rules))
    if personality.examples:
        lines.append("Examples of how you answer:\n" + "\n".join(map(_example, personality.examples)))
    return "\n".join(line for line in lines if line)


_MOODS = ("cheer", "energy")


def _within(value: float, low: float) -> float:
    return min(1.0, max(low, value))


def _who(personality: Personality) -> str:
    named = f"You are {personality.name}" if personality.name else ""
    if personality.role:
        return f"{named or 'You are'}{', ' if named else ' '}{personality.role}."
    return f"{named}." if named else ""


def _sentence(form: str, text: str) -> str:
    return form.format(text) if text else ""


def _words(traits: Mapping[str, float]) -> list[str]:
    found = []
    for name in sorted(traits):
        level = traits[name]
        low, high = POLES.get(name, (f"low in {name}", f"high in {name}"))
        far = round(abs(level - 0.5), 6)
        if far >= _TELLING:
            degree = "very " if far >= _STRONG else ""
            found.append(degree + (high if level > 0.5 else low))
    return found


_TELLING, _STRONG = 0.1, 0.35


def _moods(mood: Mood) -> list[str]:
    found = []
    for level, low, high in ((mood.cheer, "a little gloomy", "in good spirits"), (mood.energy, "tired", "lively")):
        if abs(level) >= 2 * _TELLING:
            found.append(high if level > 0 else low)
    return found


def _example(example: Exchange) -> str:
    return f"User: {example.user}\nYou: {example.assistant}"
