"""Label Studio's JSON: tasks with their annotations, drafts and predictions."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from milepost.digest import Json
from milepost.errors import InputError
from milepost.labels import values
from milepost.labels.formats.bundle import Act, Answer, Bad, Bundle, Gathered, Given, Suggestion, Taken
from milepost.labels.formats.naming import Naming
from milepost.labels.formats.regions import OF, TYPES, size_of, value_of, written
from milepost.labels.formats.rows import number, parsed
from milepost.labels.labelset import LabelSet

CANNOT = (
    "The label set: it lives in the labelling interface; without the set ids are made from the names.",
    "A draw of two that are compared: it is written as `same`, which Label Studio does not show.",
)
"""What it cannot hold."""
OURS = "milepost"
OBJECTS = ("image", "audio", "sound", "text", "video", "html")
Task = dict[str, Any]


def write(bundle: Bundle, path: Path) -> Given:
    """Writes tasks with annotations, drafts and predictions.

    Args:
        bundle: what to write; pictures with boxes or polygons tell `width` and `height` in their content.
        path: the file.

    Raises:
        InputError: the size of a picture is not known.
    """
    names = Naming("", bundle.labels)
    answers = bundle.by_item
    hints: dict[str, list[Suggestion]] = {}
    for hint in bundle.suggestions:
        hints.setdefault(hint.item, []).append(hint)
    tasks: list[Task] = []
    for at, item in enumerate(bundle.items, 1):
        to = next((name for name in (*OBJECTS, *item.content) if name in item.content), "item")
        given, hinted = answers[item.key], hints.get(item.key, [])
        everything: list[Answer | Suggestion] = [*given, *hinted]
        placed = bundle.labels.kind in ("boxes", "polygons") and any(said.value for said in everything)
        size = size_of(item.content, item.key) if placed else None

        def results(said: Answer | Suggestion, salt: str, to: str = to, size: Any = size) -> list[Json]:
            value = said.value
            return [] if value is None else [*written(value, names, to, size, salt)]

        task: Task = {"id": at, "data": dict(item.content), "meta": {OURS: {"key": item.key}}}
        for list_, acts in (("annotations", ("submitted", "discarded")), ("drafts", ("draft",))):
            some = [a for a in given if a.act in acts]
            task[list_] = [_told(a, results(a, f"{item.key} {list_} {n}")) for n, a in enumerate(some)]
        task["predictions"] = [
            {
                "model_version": hint.model,
                "score": hint.score,
                "result": results(hint, f"{item.key} hint {n}"),
            }
            for n, hint in enumerate(hinted)
        ]
        tasks.append(task)
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return Given((path.name,), len(bundle.items), len(bundle.answers), len(bundle.suggestions))


def _told(answer: Answer, result: list[Json]) -> Task:
    who = "user" if answer.act == "draft" else "completed_by"
    told: Task = {"result": result, who: {"email": answer.person}, "lead_time": answer.seconds}
    told["was_cancelled"] = answer.act == "discarded"
    if answer.at:
        told["created_at"] = told["updated_at"] = answer.at
    if answer.comment:
        told["meta"] = {OURS: {"comment": answer.comment}}
    return told


def read(path: Path, kind: str = "", labels: LabelSet | None = None, control: str = "") -> Taken:
    """Reads an export: a list of tasks, as Label Studio's "JSON" and its imports have it.

    Args:
        path: the file.
        kind: of the labels; "" takes it from the results.
        labels: the label set, or None: labels are then those that occur.
        control: `from_name` of the results that are read; "" takes all that fit the kind.

    Raises:
        InputError: it is no such file, or its results are of several kinds and none was named.
    """
    tasks = _tasks(path)
    kind = kind or (labels.kind if labels is not None else _kind(tasks, control, path.name))
    into = Gathered(Naming(kind, labels))
    passed: Counter[str] = Counter()
    for at, task in enumerate(tasks, 1):
        place = f"{path.name}, task {at}"
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            into.refuse(place, "it is no task with `data`", counted=False)
            continue
        said = [*_said(task, place)]
        key = _key(task)
        if not into.item(place, key, _content(task, said)):
            into.entries += len(said)
            into.bad += [Bad(where, "its task could not be used") for where, *_ in said]
            continue
        for where, list_, entry in said:
            _take(into, where, (key, list_, entry), control, passed)
    into.notes += [f"{n:,} results of the control '{name}' were passed over." for name, n in passed.items()]
    return into.taken()


def _tasks(path: Path) -> list[Json]:
    found = parsed(path.read_bytes())
    if not isinstance(found, list):
        raise InputError(
            f"'{path.name}' holds no list.", expected="A list of tasks, as Label Studio exports it."
        )
    return found


def _key(task: Task) -> str:
    """The key that was written, or the task's number, or its content."""
    meta = task.get("meta")
    ours = meta.get(OURS) if isinstance(meta, dict) else None
    if isinstance(ours, dict) and isinstance(ours.get("key"), str):
        return str(ours["key"])
    return str(task["id"]) if "id" in task else values.text(task["data"])


def _said(task: Task, place: str) -> Iterator[tuple[str, str, Json]]:
    for list_ in ("annotations", "drafts", "predictions"):
        told = task.get(list_) or ()
        for at, entry in enumerate(told if isinstance(told, list | tuple) else (told,), 1):
            yield f"{place}, {list_} {at}", list_, entry


def _content(task: Task, said: list[tuple[str, str, Json]]) -> dict[str, Json]:
    """The task's data; the size of the picture is added where a result tells it and the data do not."""
    content = dict(task["data"])
    for _, _, entry in said:
        for result in _results(entry):
            if isinstance(result, dict) and "original_width" in result and "original_height" in result:
                content.setdefault("width", result["original_width"])
                content.setdefault("height", result["original_height"])
                return content
    return content


def _results(entry: Json) -> list[Json]:
    """The results of an annotation, draft or prediction; none where it is no such."""
    found = entry.get("result") if isinstance(entry, dict) else None
    return found if isinstance(found, list) else []


def _take(
    into: Gathered, place: str, told: tuple[str, str, Json], control: str, passed: Counter[str]
) -> None:
    key, list_, entry = told
    if not isinstance(entry, dict) or not isinstance(entry.get("result", []), list):
        into.refuse(place, "it is no annotation with `result`", counted=False)
        return
    results = []
    for result in entry.get("result", []):
        fits = isinstance(result, dict) and result.get("type") in OF[into.names.kind]
        if fits and control in ("", result.get("from_name")):
            results.append(result)
        else:
            passed[str(result.get("from_name", "?")) if isinstance(result, dict) else "?"] += 1
    try:
        if list_ == "predictions":
            hint = Suggestion(key, value_of(results, into.names), str(entry.get("model_version") or ""))
            score = number(entry, "score")
            into.suggestion(place, Suggestion(key, hint.value, hint.model, score))
            return
        act: Act = (
            "draft" if list_ == "drafts" else "discarded" if entry.get("was_cancelled") else "submitted"
        )
        value = None if act == "discarded" else value_of(results, into.names)
        seconds = number(entry, "lead_time")
    except InputError as problem:
        into.refuse(place, problem, counted=False)
        return
    at = str(entry.get("updated_at") or entry.get("created_at") or "")
    person = _person(entry.get("user" if list_ == "drafts" else "completed_by"))
    into.answer(place, Answer(key, person, value, act, seconds, at, _comment(entry)))


def _person(told: Json) -> str:
    """Who it was: an address, a name, or a number."""
    if isinstance(told, dict):
        told = next((told[name] for name in ("email", "username", "id") if told.get(name)), "")
    return "" if told is None else str(told)


def _comment(entry: Task) -> str:
    meta = entry.get("meta")
    ours = meta.get(OURS) if isinstance(meta, dict) else None
    return str(ours.get("comment", "")) if isinstance(ours, dict) else ""


def _kind(tasks: list[Json], control: str, name: str) -> str:
    """The kind of all results; choices are tags where one annotation chooses not exactly one."""
    found: set[str] = set()
    several = False
    for task in tasks:
        for _, _, entry in _said(task, "") if isinstance(task, dict) else ():
            mine = [
                result
                for result in _results(entry)
                if isinstance(result, dict) and control in ("", result.get("from_name"))
            ]
            found |= {TYPES[t] for result in mine if isinstance(t := result.get("type"), str) and t in TYPES}
            parts = [result.get("value") for result in mine if result.get("type") == "choices"]
            chosen = [value.get("choices") if isinstance(value, dict) else None for value in parts]
            several |= len(chosen) > 1 or any(isinstance(names, list) and len(names) != 1 for names in chosen)
    if len(found) != 1:
        told = ", ".join(sorted(found)) or "none that is known"
        raise InputError(
            f"The results of '{name}' are of these kinds: {told}.",
            expected="One kind at a time.",
            todo=f"Name the kind, one of {', '.join(values.KINDS)}, and the control where there are several.",
        )
    (kind,) = found
    return "tags" if kind == "choice" and several else kind
