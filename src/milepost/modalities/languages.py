"""In which scripts and languages texts are written: by their letters, and by their commonest words."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

COMMON: Mapping[str, str] = {
    "English": "the of and to in is that it was for on are with as his they at be this have from you not but",
    "German": "der die und das ist nicht ein eine zu den mit sich des auf für im dem auch es an werden aus",
    "French": "le la les et des est une dans que qui pour pas sur au avec il ce se sont du plus je vous",
    "Spanish": "el los las una que por con para es se no lo como más pero sus al está muy su y del",
    "Italian": "il di che la non per una sono è gli con si dei della nel anche più ma questo alla le del",
    "Portuguese": "o os as que não uma para com por dos da se mais como mas ao foi em é um do das",
    "Dutch": "de het een van en dat niet zijn op te met voor er maar om hij ook naar bij aan heb deze",
    "Swedish": "och att det som är en på för av med den till inte har om ett jag var men så de kan",
    "Polish": "nie na się że jest do to jak ale po co tak za od przez dla ma czy już są być tym",
    "Turkish": "bir ve bu için da çok ne gibi daha ile o var mi ben kadar sonra değil olarak ama en",
    "Indonesian": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga ke karena bisa ada",
    "Russian": "и в не на что он с как это по но они к из у за от так о же был для бы",
    "Ukrainian": "і в не на що з як це та до він за але по від про у його й так є бути",
}
"""Words that a text of a language can hardly do without, by their commonness."""
WORD = re.compile(r"[^\W\d_]+")
LEAST = 0.1
"""Share of a text's words that must be common ones of its language."""
NAMED = {"CJK": "Han", "HIRAGANA": "Japanese kana", "KATAKANA": "Japanese kana"}
WRITTEN = {
    "Greek": "Greek",
    "Hangul": "Korean",
    "Hebrew": "Hebrew",
    "Japanese kana": "Japanese",
    "Thai": "Thai",
    "Georgian": "Georgian",
    "Armenian": "Armenian",
}
"""Scripts that hardly more than one language is written in."""
_COMMON = {name: frozenset(words.split()) for name, words in COMMON.items()}


@lru_cache(maxsize=65_536)
def script(letter: str) -> str:
    """The script of a letter, by the first word of its Unicode name.

    >>> script("é"), script("ж"), script("東")
    ('Latin', 'Cyrillic', 'Han')
    """
    first = unicodedata.name(letter, "UNKNOWN").split()[0].split("-")[0]
    return NAMED.get(first, first.capitalize())


def scripts(texts: Sequence[str]) -> dict[str, float]:
    """The share of letters in each script, largest first."""
    counts: Counter[str] = Counter()
    for letter, times in Counter("".join(texts)).items():
        if letter.isalpha():
            counts[script(letter)] += times
    total = sum(counts.values())
    return {name: count / total for name, count in counts.most_common()}


def language(text: str) -> str:
    """The language of a text, a guess: the one with most common words in it, or "" where there are few.

    >>> language("Das ist nicht der Weg, und es wird auch nicht besser."), language("ok lol")
    ('German', '')
    """
    words = WORD.findall(text.lower())
    found = {name: sum(word in common for word in words) for name, common in _COMMON.items()}
    best = max(found, key=lambda name: found[name])
    if found[best] >= max(1, LEAST * len(words)):
        return best
    here = next(iter(scripts([text])), "")
    return WRITTEN.get(here, "")


def languages(texts: Sequence[str]) -> dict[str, float]:
    """The share of texts in each language, largest first; "unknown" where nothing says it."""
    counts = Counter(language(text) or "unknown" for text in texts)
    return {name: count / len(texts) for name, count in counts.most_common()}
