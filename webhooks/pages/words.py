"""Texts as a page's own script fills them in: the facts stand in them as {name}."""

from bot.texts import facts_of, keys, say


def page_words(language: str, *families: str) -> dict[str, str]:
    """Every text whose key begins with one of these ("call."), for a page that speaks after it was loaded."""
    wanted = sorted(key for key in keys() if key.startswith(families))
    return {key: say(key, language, **{name: f"{{{name}}}" for name in facts_of(key, language)}) for key in wanted}
