from milepost.serving.log import Log
from milepost.serving.metrics import Metrics


def test_counts_and_histogram_are_shown(packages, tmp_path):
    log = Log(tmp_path, "m", "v")
    metrics = Metrics(packages["binary"].manifest, log)
    for seconds in (0.0002, 0.0005, 0.003, 9.0):
        metrics.add("predict", 200, 2, seconds)
    metrics.add("predict", 400, 0, 0.1)
    log.close()
    text = metrics.text().body.decode()
    assert 'milepost_requests_total{route="predict",code="200"} 4' in text
    assert 'milepost_requests_total{route="predict",code="400"} 1' in text
    assert "milepost_rows_total 8" in text
    assert 'milepost_prediction_seconds_bucket{le="0.0005"} 2' in text
    assert 'milepost_prediction_seconds_bucket{le="0.005"} 3' in text
    assert 'milepost_prediction_seconds_bucket{le="5.0"} 3' in text
    assert 'milepost_prediction_seconds_bucket{le="+Inf"} 4' in text
    assert "milepost_prediction_seconds_sum 9.003700" in text
    assert "milepost_log_dropped_total 0" in text
    assert text.endswith("\n")


def test_without_a_log_its_lines_are_left_out(packages):
    assert "milepost_log" not in Metrics(packages["binary"].manifest, None).text().body.decode()


def test_every_line_is_prometheus_text(served):
    reply = served.http.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    for line in reply.text.splitlines():
        name, _, value = line.rpartition(" ")
        assert line.startswith("# ") or (name.startswith("milepost_") and float(value) >= 0)
