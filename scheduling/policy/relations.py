"""The closed list of relations between visitors and residents, with the words a facility file may use for them."""

RELATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "mother": {"en": ("mother", "mom"), "es": ("madre", "mamá")},
    "father": {"en": ("father", "dad"), "es": ("padre", "papá")},
    "parent": {"en": ("parent",), "es": ("padre o madre",)},
    "wife": {"en": ("wife",), "es": ("esposa",)},
    "husband": {"en": ("husband",), "es": ("esposo",)},
    "partner": {"en": ("partner", "girlfriend", "boyfriend", "fiancé", "fiancée"), "es": ("pareja", "novia", "novio")},
    "daughter": {"en": ("daughter",), "es": ("hija",)},
    "son": {"en": ("son",), "es": ("hijo",)},
    "child": {"en": ("child",), "es": ("niño", "niña")},
    "sister": {"en": ("sister",), "es": ("hermana",)},
    "brother": {"en": ("brother",), "es": ("hermano",)},
    "sibling": {"en": ("sibling",), "es": ("hermano o hermana",)},
    "grandmother": {"en": ("grandmother", "grandma"), "es": ("abuela",)},
    "grandfather": {"en": ("grandfather", "grandpa"), "es": ("abuelo",)},
    "granddaughter": {"en": ("granddaughter",), "es": ("nieta",)},
    "grandson": {"en": ("grandson",), "es": ("nieto",)},
    "aunt": {"en": ("aunt",), "es": ("tía",)},
    "uncle": {"en": ("uncle",), "es": ("tío",)},
    "niece": {"en": ("niece",), "es": ("sobrina",)},
    "nephew": {"en": ("nephew",), "es": ("sobrino",)},
    "cousin": {"en": ("cousin",), "es": ("prima", "primo")},
    "stepmother": {"en": ("stepmother",), "es": ("madrastra",)},
    "stepfather": {"en": ("stepfather",), "es": ("padrastro",)},
    "stepdaughter": {"en": ("stepdaughter",), "es": ("hijastra",)},
    "stepson": {"en": ("stepson",), "es": ("hijastro",)},
    "stepsister": {"en": ("stepsister",), "es": ("hermanastra",)},
    "stepbrother": {"en": ("stepbrother",), "es": ("hermanastro",)},
    "mother-in-law": {"en": ("mother-in-law",), "es": ("suegra",)},
    "father-in-law": {"en": ("father-in-law",), "es": ("suegro",)},
    "sister-in-law": {"en": ("sister-in-law",), "es": ("cuñada",)},
    "brother-in-law": {"en": ("brother-in-law",), "es": ("cuñado",)},
    "daughter-in-law": {"en": ("daughter-in-law",), "es": ("nuera",)},
    "son-in-law": {"en": ("son-in-law",), "es": ("yerno",)},
    "godmother": {"en": ("godmother",), "es": ("madrina",)},
    "godfather": {"en": ("godfather",), "es": ("padrino",)},
    "guardian": {"en": ("guardian",), "es": ("tutor", "tutora")},
    "relative": {"en": ("relative", "family"), "es": ("pariente", "familiar")},
    "friend": {"en": ("friend",), "es": ("amiga", "amigo")},
    "clergy": {"en": ("clergy", "pastor", "chaplain"), "es": ("clero", "pastora", "capellán")},
    "attorney": {"en": ("attorney", "lawyer"), "es": ("abogada", "abogado")},
    "other": {"en": ("other",), "es": ("otra", "otro")},
}
"""Key of a relation -> language -> the words for it. The first word is displayed."""

_BY_WORD = {word: key for key, spoken in RELATIONS.items() for words in spoken.values() for word in words}


def relation_key(word: str) -> str | None:
    """The relation that a word names in any supported language; None when it is not in the list."""
    return _BY_WORD.get(word.strip().casefold())
