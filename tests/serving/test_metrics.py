"""What is counted is what was asked."""

import re

from tests.serving.running import metric

from seqpipe.serving.metrics import Metrics


def test_a_histogram_adds_up():
    metrics = Metrics()
    for seconds in (0.01, 0.05, 0.2, 700.0):
        metrics.answered(seconds)
    metrics.refused("too_large")
    text = metrics.text(queue=2, restarts=1, ready=1, memory={"server": 5})
    assert 'request_seconds_bucket{le="0.05"} 2\n' in text
    assert 'request_seconds_bucket{le="60.0"} 3\n' in text
    assert 'request_seconds_bucket{le="+Inf"} 4\n' in text
    assert "request_seconds_count 4\n" in text
    assert "request_seconds_sum 700.26\n" in text
    assert 'requests_total{outcome="answered"} 4\n' in text
    assert 'requests_total{outcome="too_large"} 1\n' in text
    assert "queue_length 2\n" in text
    assert all(re.fullmatch(r"# (HELP|TYPE) \w+ .+|\w+(\{\w+=\"[^\"]+\"\})? \S+", line) for line in text.splitlines())


def test_requests_are_counted_once_each(client, clip):
    def counts():
        outcomes = "answered", "unreadable", "empty"
        return [metric(client, f'requests_total{{outcome="{outcome}"}}') for outcome in outcomes]

    before, seconds = counts(), metric(client, "request_seconds_count")
    for body in (clip.read_bytes(), clip.read_bytes(), b"no video", b""):
        client.post("/predict", files={"file": ("a.mp4", body)})
    assert [after - b for after, b in zip(counts(), before, strict=True)] == [2, 1, 1]
    assert metric(client, "request_seconds_count") == seconds + 2
    assert metric(client, "queue_length") == 0
    assert metric(client, "workers_ready") == 1
