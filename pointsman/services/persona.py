"""Who speaks, with the state that what happens leaves behind: a mood that can be read and set, in each conversation its
own. It is kept in memory; what the states are, and how they change, is `pointsman.core.prompts.personality`."""

from __future__ import annotations

import attrs

from pointsman.core.prompts.personality import Happening, Mood, Personality, adjust, calm
from pointsman.services.ports.clock import Clock

MOST_CONVERSATIONS = 10_000
"""Of so many conversations the state is kept: the ones that were changed last."""


@attrs.define(eq=False)
class Persona:
    """A `personality` as it is at the moment. Give it to `Manager.enhanced`, and answers show its mood.

    Each conversation has its own state, by its id; without an id it is that of whoever is in none. Moods fade by the
    clock, half of them in an hour; traits that something has changed stay so.
    """

    personality: Personality
    """As it begins every conversation."""
    clock: Clock
    _states: dict[str, tuple[Personality, float]] = attrs.field(factory=dict, repr=False)

    def current(self, conversation: str = "") -> Personality:
        """The personality as it is now."""
        known = self._states.get(conversation)
        return self.personality if known is None else calm(known[0], self.clock.monotonic() - known[1])

    def mood(self, conversation: str = "") -> Mood:
        """The mood as it is now."""
        return self.current(conversation).mood

    def set_mood(self, mood: Mood, conversation: str = "") -> None:
        """Have this mood from now on; it fades as any other."""
        self._keep(attrs.evolve(self.current(conversation), mood=mood), conversation)

    def react(self, happening: Happening, conversation: str = "", strength: float = 1.0) -> Mood:
        """Let something happen, `strength` times as much of it as usual; gives the mood that it leaves."""
        changed = adjust(self.current(conversation), happening, strength)
        self._keep(changed, conversation)
        return changed.mood

    def _keep(self, personality: Personality, conversation: str) -> None:
        self._states.pop(conversation, None)
        self._states[conversation] = (personality, self.clock.monotonic())
        if len(self._states) > MOST_CONVERSATIONS:
            del self._states[next(iter(self._states))]
