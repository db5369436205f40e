"""The commented file: every key shown, notes where values were inferred, and nothing that breaks TOML."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from milepost.brief import Brief
from milepost.brief.toml import commented, literal

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
values = st.recursive(
    st.one_of(
        texts,
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
)


@given(values)
def test_what_is_written_as_toml_is_read_back(value: object) -> None:
    assert tomllib.loads(f"x = {literal(value)}")["x"] == value


def test_every_key_is_shown_whether_set_or_not() -> None:
    text = commented(Brief(), {})
    assert tomllib.loads(text) == {name: {} for name in Brief.sections() if name != "columns"}
    for name, field in Brief.model_fields.items():
        if name != "columns":
            for key in field.annotation.model_fields:  # type: ignore[union-attr]
                assert f"\n#{key} = " in text


def test_the_keys_that_are_shown_unset_would_be_valid() -> None:
    lines = [
        line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line
        for line in commented(Brief(), {}).splitlines()
        if not line.startswith(("#rule", "#method"))
    ]
    brief = Brief.of(tomllib.loads("\n".join(lines)))
    assert brief.target.columns == ("late",)
    assert brief.columns["age"].modality == "number"


def test_notes_say_what_was_inferred_and_why() -> None:
    brief = Brief.of({"target": {"task": "binary"}, "columns": {"a b": {"role": "ignored"}}})
    notes = {
        "target.task": "two values,\n'no' and 'yes'",
        "data.split": "no column of times",
        "columns.a b.role": "every value is another",
    }
    text = commented(brief, notes)
    assert "(inferred: two values, 'no' and 'yes')\ntask = \"binary\"" in text
    assert '(inferred: no column of times)\nsplit = ""' in text
    assert '[columns."a b"]\n# (inferred: every value is another)\nrole = "ignored"' in text
    assert Brief.of(tomllib.loads(text)) == brief
