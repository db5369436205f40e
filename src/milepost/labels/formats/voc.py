"""Pascal VOC's folder: an XML file a picture, boxes by their corners."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels.formats import folder
from milepost.labels.formats.bundle import Answer, Bad, Bundle, Gathered, Given, Taken, lost, said_besides
from milepost.labels.formats.naming import Naming, inside
from milepost.labels.formats.regions import size_of
from milepost.labels.labelset import LabelSet

CANNOT = (
    "Items that nobody labelled: there is a file for each that somebody did.",
    "Who labelled, when, how long it took; more than one answer an item, drafts, discarded items,"
    " suggestions and comments.",
    "Polygons and masks, and other parts of the content than the name and the size of the picture.",
    "What labels are beside their names, and labels that no box has.",
)
"""What it cannot hold."""
HOME = "Annotations"
LARGEST = 1 << 26
_PASSED = ("pose", "truncated", "difficult", "occluded", "part")
Element = ElementTree.Element


def write(bundle: Bundle, path: Path, person: str | None = None, media: Path | None = None) -> Given:
    """Writes a file below `Annotations` for each picture that was labelled.

    Corners are written as they are, from 0, without the one that the original set added. A turned box is a
    `robndbox`, as roLabelImg has it: centre, size and the angle in radians.

    Args:
        bundle: boxes; contents tell `image`, `width` and `height`.
        path: the folder.
        person: whose answers, or None for everybody's, as long as items have one at most.
        media: where the pictures lie, to copy them to `JPEGImages`; None leaves them where they are.

    Raises:
        InputError: the kind is another one, an item has several answers, or two files would meet.
    """
    if bundle.labels.kind != "boxes":
        raise InputError(
            f"Labels of the kind '{bundle.labels.kind}' cannot be written as Pascal VOC.",
            expected="It holds boxes.",
            todo="Choose COCO for shapes, and JSON lines, Parquet or Label Studio for the others.",
        )
    chosen, names, naming = bundle.settled(person), folder.files(bundle), Naming("", bundle.labels)
    written = []
    for item in bundle.items:
        if item.key not in chosen:
            continue
        root = Element("annotation")
        _texts(root, folder="JPEGImages", filename=names[item.key])
        if names[item.key] != item.key:
            _texts(root, key=item.key)
        wide, high = size_of(item.content, item.key)
        _texts(ElementTree.SubElement(root, "size"), width=wide, height=high, depth=3)
        for box in chosen[item.key].value:
            _object(root, box, naming.name(box["label"]))
        there = PurePosixPath(HOME, names[item.key]).with_suffix(".xml")
        (path / there).parent.mkdir(parents=True, exist_ok=True)
        ElementTree.indent(root)
        ElementTree.ElementTree(root).write(path / there, encoding="utf-8", xml_declaration=True)
        written.append(str(there))
    folder.copy((names[key] for key in chosen), media, path / "JPEGImages")
    left = [*said_besides(bundle, chosen), (folder.anonymous(chosen), "names and times of labellers")]
    left += [
        (len(bundle.items) - len(chosen), "items that nobody labelled"),
        (folder.other_parts(bundle.items), "other parts of contents"),
    ]
    return Given(tuple(written), len(chosen), len(chosen), 0, lost(left))


def _texts(parent: Element, **texts: object) -> None:
    for name, text in texts.items():
        ElementTree.SubElement(parent, name).text = str(text)


def _object(root: Element, box: dict[str, Json], name: str) -> None:
    made = ElementTree.SubElement(root, "object")
    _texts(made, name=name, difficult=0)
    x, y, w, h = (box[part] for part in "xywh")
    if "angle" in box:
        places = {"cx": x + w / 2, "cy": y + h / 2, "w": w, "h": h, "angle": math.radians(box["angle"])}
        _texts(
            ElementTree.SubElement(made, "robndbox"), **{name: repr(float(v)) for name, v in places.items()}
        )
        return
    places = {"xmin": x, "ymin": y, "xmax": x + w, "ymax": y + h}
    shown = {name: int(v) if v == int(v) else repr(float(v)) for name, v in places.items()}
    _texts(ElementTree.SubElement(made, "bndbox"), **shown)


def read(path: Path, labels: LabelSet | None = None) -> Taken:
    """Reads the files below `Annotations`, or below the folder itself where there is no such.

    Args:
        path: the folder.
        labels: the label set, or None: labels are then those that occur.

    Raises:
        InputError: the folder holds no such file.
    """
    home = path / HOME if (path / HOME).is_dir() else path
    into = Gathered(Naming("boxes", labels))
    names = [*folder.below(home, (".xml",))]
    if not names:
        raise InputError(
            f"'{path.name}' holds no XML file.", expected=f"A folder `{HOME}` with one a picture."
        )
    passed = 0
    for name in names:
        try:
            root = parsed((home / name).read_bytes())
            key, content = _picture(root)
        except InputError as problem:
            into.refuse(name, problem, counted=False)
            continue
        objects = root.findall("object")
        if not into.item(name, key, content):
            into.entries += len(objects)
            into.bad += [Bad(name, "its picture stands elsewhere")] * len(objects)
            continue
        boxes = []
        for at, entry in enumerate(objects, 1):
            into.entries += 1
            passed += any((entry.findtext(part) or "0") not in ("0", "Unspecified") for part in _PASSED)
            try:
                box = _box(entry, into.names)
                into.names.check([box])
                boxes.append(box)
            except InputError as problem:
                into.refuse(f"{name}, object {at}", problem)
        into.answer(name, Answer(key, "", boxes))
        into.entries -= 1  # its objects were counted
    if passed:
        into.notes.append(
            f"{passed:,} objects are marked ({', '.join(_PASSED)}); the marks were passed over."
        )
    return into.taken()


def parsed(body: bytes) -> Element:
    """The root of an XML file; document types, and so entities, are refused.

    Raises:
        InputError: it is no XML, too large, or has a document type.
    """
    if len(body) > LARGEST:
        raise InputError(f"it is larger than {LARGEST >> 20} MiB")
    builder, parser = ElementTree.TreeBuilder(), expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise InputError("it has a document type, which may name other files or grow without end")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(body, True)
        return builder.close()
    except (expat.ExpatError, ValueError, AssertionError) as problem:
        raise InputError(f"it is no XML ({problem})") from None


def _picture(root: Element) -> tuple[str, dict[str, Json]]:
    name = inside(root.findtext("filename"))
    size = root.find("size")
    if size is None:
        return root.findtext("key") or name, {"image": name}
    wide, high = (int(_number(size, part)) for part in ("width", "height"))
    return root.findtext("key") or name, folder.picture(name, (wide, high))


def _box(entry: Element, names: Naming) -> dict[str, Json]:
    label = {"label": names.id(entry.findtext("name"))}
    turned = entry.find("robndbox")
    if turned is not None:
        cx, cy, w, h, angle = (_number(turned, part) for part in ("cx", "cy", "w", "h", "angle"))
        return label | {"x": cx - w / 2, "y": cy - h / 2, "w": w, "h": h, "angle": math.degrees(angle)}
    upright = entry.find("bndbox")
    if upright is None:
        raise InputError("it has no box")
    left, top, right, bottom = (_number(upright, part) for part in ("xmin", "ymin", "xmax", "ymax"))
    return label | {"x": left, "y": top, "w": right - left, "h": bottom - top}


def _number(parent: Element, name: str) -> float:
    text = parent.findtext(name)
    try:
        found = float(text or "")
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise InputError(f"{name} is {text!r}, which is no number")
    return found
