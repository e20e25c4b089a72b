"""Progress of bulk jobs: rates, time left, and how often it is reported."""

from __future__ import annotations

from cognito_async.bulk import Progress
from cognito_async.bulk._progress import ProgressReporter


def test_rate_and_time_left_are_those_of_this_run() -> None:
    progress = Progress(done=600, total=1000, failed=3, seconds=10.0, resumed=400)
    assert progress.rate == 20.0
    assert progress.seconds_left == 20.0


def test_without_a_total_the_time_left_is_unknown() -> None:
    assert Progress(1, None, 0, 1.0).seconds_left is None


def test_at_the_start_the_time_left_is_unknown() -> None:
    assert Progress(0, 10, 0, 0.0).rate == 0.0
    assert Progress(0, 10, 0, 0.0).seconds_left is None


def test_nothing_is_left_when_more_is_done_than_estimated() -> None:
    assert Progress(12, 10, 0, 0.0).seconds_left == 0.0


def test_progress_is_reported_at_most_ten_times_per_second() -> None:
    now = 0.0
    reports: list[Progress] = []
    reporter = ProgressReporter(reports.append, total=40, done=5, failed=1, clock=lambda: now)
    reporter.start()
    for _ in range(30):
        now += 0.125 / 4
        reporter.advance(failed=1)
    reporter.finish()
    assert reports[0] == Progress(5, 40, 1, 0.0, resumed=5)
    assert reports[-1] == Progress(35, 35, 31, 0.9375, resumed=5)
    assert 8 <= len(reports) - 2 <= 10


def test_without_a_callback_progress_is_counted() -> None:
    reporter = ProgressReporter(None)
    reporter.advance(60)
    reporter.finish()
    assert reporter.progress.done == reporter.progress.total == 60
