"""Scripts and languages of plain sentences."""

import pytest

from milepost.modalities.languages import language, languages, scripts

SENTENCES = {
    "English": "It was not the first time that they have been there with us.",
    "German": "Das war nicht das erste Mal, dass wir mit dem Zug auf die Insel fahren.",
    "French": "Ce n'est pas la première fois que nous sommes dans le train avec une amie.",
    "Spanish": "No es la primera vez que vamos con los niños por la playa, pero está muy bien.",
    "Italian": "Non è la prima volta che il treno arriva in ritardo, ma questo non si può più dire.",
    "Portuguese": "Não é a primeira vez que ele vai com uma amiga, mas foi mais do que isso.",
    "Dutch": "Het is niet de eerste keer dat ik met een trein naar zee ga, maar ook dat is goed.",
    "Swedish": "Det är inte den första gången jag åker med ett tåg till havet, men det var bra.",
    "Polish": "To nie jest tak, jak się wydaje, bo od dawna już po prostu tam nie ma nic dla nas.",
    "Russian": "Это не в первый раз, как он был на море, но там так же хорошо.",
    "Greek": "Δεν είναι η πρώτη φορά",
    "Japanese": "これははじめてではありません",
    "Korean": "처음이 아닙니다",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence(name):
    assert language(SENTENCES[name]) == name


def test_shares():
    assert scripts(["abж"]) == {"Latin": 2 / 3, "Cyrillic": 1 / 3}
    assert scripts(["123 !"]) == {}
    found = languages([SENTENCES["German"]] * 3 + ["xx yy zz"])
    assert found == {"German": 0.75, "unknown": 0.25}
