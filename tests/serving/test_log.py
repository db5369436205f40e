import json
import time
from datetime import UTC, datetime

import pytest

from milepost.errors import EnvironmentProblem
from milepost.serving.log import Log, Record

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


def record(number, at=NOON, rows=1):
    return Record(at, f"r{number}", "predict", rows, lambda: [{"x": number}], lambda: [{"y": 1.5}], 0.0012)


def lines(folder):
    return {
        path.name.split(".")[0]: [json.loads(line) for line in path.read_bytes().splitlines()]
        for path in sorted(folder.glob("*.jsonl"))
        if path.stat().st_size
    }


def test_every_record_is_in_the_log_after_closing(tmp_path):
    log = Log(tmp_path / "logs", "m", "v1")
    for number in range(3000):
        log.put(record(number))
    log.close()
    (found,) = lines(tmp_path / "logs").values()
    assert [line["id"] for line in found] == [f"r{number}" for number in range(3000)]
    assert found[7] == {
        "time": "2026-03-01T12:00:00.000+00:00", "id": "r7", "model": "m", "version": "v1",
        "route": "predict", "rows": [{"x": 7}], "answers": [{"y": 1.5}], "ms": 1.2,
    }  # fmt: skip
    assert (log.waiting, log.dropped) == (0, 0)
    log.close()


def test_the_log_begins_a_new_file_a_day(tmp_path):
    log = Log(tmp_path, "m", "v")
    for number, at in enumerate((NOON, NOON + 3600, NOON + 86400, NOON + 2 * 86400)):
        log.put(record(number, at))
    log.close()
    found = lines(tmp_path)
    assert {day: len(rows) for day, rows in found.items()} == {
        "requests-2026-03-01": 2, "requests-2026-03-02": 1, "requests-2026-03-03": 1,
    }  # fmt: skip


@pytest.mark.alone
def test_a_full_queue_drops_and_counts_and_never_blocks(tmp_path):
    log = Log(tmp_path, "m", "v", most=10)
    start = time.perf_counter()
    log.put(record(0, rows=9))
    log.put(record(1, rows=2))
    log.put(record(2, rows=1))
    assert time.perf_counter() - start < 0.04
    assert log.dropped == 1
    log.close()
    (found,) = lines(tmp_path).values()
    assert [line["id"] for line in found] == ["r0", "r2"]


def test_it_is_written_while_the_server_runs(tmp_path):
    log = Log(tmp_path, "m", "v")
    log.put(record(1))
    for _ in range(100):
        if lines(tmp_path):
            break
        time.sleep(0.02)
    assert lines(tmp_path)
    log.close()


def test_a_disk_that_refuses_is_counted_and_the_log_goes_on(tmp_path, monkeypatch, capsys):
    log = Log(tmp_path, "m", "v")
    real = log._write
    monkeypatch.setattr(log, "_write", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
    log.put(record(1))
    for _ in range(100):
        if log.dropped:
            break
        time.sleep(0.02)
    monkeypatch.setattr(log, "_write", real)
    log.put(record(2))
    log.close()
    assert log.dropped == 1
    assert "1 log lines lost" in capsys.readouterr().err
    (found,) = lines(tmp_path).values()
    assert [line["id"] for line in found] == ["r2"]


def test_a_line_cut_by_a_crash_is_ended(tmp_path):
    today = datetime.now(UTC).timestamp()
    log = Log(tmp_path, "m", "v")
    log.put(record(1, today))
    log.close()
    (path,) = tmp_path.glob("*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"time": "cut')
    again = Log(tmp_path, "m", "v")
    again.put(record(2, today))
    again.close()
    first, cut, second = path.read_bytes().splitlines()
    assert [json.loads(first)["id"], cut, json.loads(second)["id"]] == ["r1", b'{"time": "cut', "r2"]


def test_a_folder_that_cannot_be_is_an_error(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        Log(tmp_path / "file" / "logs", "m", "v")


def test_a_refused_request_is_logged_with_its_reason_and_no_rows(tmp_path):
    log = Log(tmp_path, "shop", "abc")
    log.put(Record(0.0, "r", "predict", 0, list, list, 0.001, 400, "age: expected a number"))
    log.close()
    (line,) = [json.loads(text) for text in next(tmp_path.glob("requests-1970*")).read_text().splitlines()]
    assert (line["status"], line["error"], line["rows"]) == (400, "age: expected a number", [])
