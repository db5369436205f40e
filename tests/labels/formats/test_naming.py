import pytest

from milepost.errors import InputError
from milepost.labels.formats.naming import Naming, inside
from milepost.labels.labelset import LabelSet


def test_names_and_ids_go_to_and_fro() -> None:
    labels = LabelSet.start("farm", "choice", ["Cow > Young", "Sheep > Young", "Old"])
    names = Naming("", labels)
    for label in labels.labels:
        assert names.id(names.name(label.id)) == label.id
        assert names.id(label.id) == label.id
    assert names.name("young") == "Cow > Young"
    assert names.name("old") == "Old"
    with pytest.raises(InputError, match="no label 'Goat'"):
        names.id("Goat")
    with pytest.raises(InputError, match="no name of a label"):
        names.id(3)


def test_without_a_set_names_become_labels() -> None:
    names = Naming("tags")
    assert names.check(names.identified(["Red", "Blue", "Red"])) == ["blue", "red"]
    assert [label.name for label in names.labels.labels] == ["Red", "Blue"]
    assert names.named(["blue"]) == ["Blue"]


def test_kinds_have_to_fit() -> None:
    with pytest.raises(InputError, match="of the kind 'boxes'"):
        Naming("boxes", LabelSet("x", "choice"))


def test_values_of_other_forms_are_refused() -> None:
    names = Naming("boxes")
    with pytest.raises(InputError, match="no list of shapes"):
        names.identified([1])
    with pytest.raises(InputError, match="no name of a label"):
        names.identified([{"x": 1}])
    with pytest.raises(InputError, match="no label 'cat'"):
        names.check([{"label": "cat", "x": 0, "y": 0, "w": 1, "h": 1}])


@pytest.mark.parametrize(
    "name",
    [
        "../x.jpg",
        "a/../../x",
        "/etc/passwd",
        "C:\\x",
        "c:x",
        "\\\\host\\x",
        "a\\..\\x",
        "",
        " ",
        "x\0.jpg",
        None,
        3,
        ".",
    ],
)
def test_names_that_lead_out_are_refused(name: object) -> None:
    with pytest.raises(InputError):
        inside(name)


def test_names_within_are_kept() -> None:
    assert inside("a/b c..d.jpg") == "a/b c..d.jpg"
    assert inside("a\\b.jpg") == "a/b.jpg"
