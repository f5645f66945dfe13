"""The timeline's lanes and axis."""

from itertools import pairwise

from pytestqt.qtbot import QtBot

from app.gui.detail.lanes import Lane, lanes_of, scale_of
from app.gui.detail.timeline_view import TimelineView
from app.gui.drawing.ink import Tone
from app.gui.drawing.moments import gap, span
from app.model import Side
from tests.gui.conversions import START, Recording, pixel, refused, server


def test_every_send_is_a_lane_in_order_of_time_with_its_answer() -> None:
    group = Recording([pixel(), server(response=refused()), server(at_ms=START + 5000)]).groups[0]
    assert lanes_of(group, None) == (
        Lane(
            "Browser · captured", "answered · 200 · 48 ms", Tone.INFO, Side.BROWSER, START, START + 3, START + 51, "200"
        ),
        Lane(
            "Server · forwarded",
            "✕ rejected · 400 · 86 ms",
            Tone.BAD,
            Side.SERVER,
            (START + 840) // 1000 * 1000,
            START + 840,
            START + 926,
            "400",
        ),
        Lane(
            "Server · forwarded",
            "✓ accepted · 200 · 86 ms",
            Tone.GOOD,
            Side.SERVER,
            (START + 5000) // 1000 * 1000,
            START + 5000,
            START + 5086,
            "200",
        ),
    )


def test_attempts_of_one_send_are_numbered() -> None:
    tries = [server(at_ms=START + 900 * k, error="timed out", send="s") for k in (1, 2)]
    group = Recording([pixel(), *tries, server(at_ms=START + 4000, send="s")]).groups[0]
    assert [lane.outcome for lane in lanes_of(group, None)[1:]] == [
        "attempt 1 of 3 · ✕ failed",
        "attempt 2 of 3 · ✕ failed",
        "attempt 3 of 3 · ✓ accepted",
    ]


def test_a_linked_row_is_drawn_on_the_same_axis() -> None:
    groups = Recording([pixel(event_id="1"), server(event_id="1-server")]).groups
    assert [lane.title for lane in lanes_of(groups[0], groups[1])] == [
        "Browser · captured",
        "Server · forwarded · linked row",
    ]


def test_comparable_distances_are_to_scale() -> None:
    scale = scale_of((1000, 2000, 4000))
    assert (scale.true, scale.stops) == (True, ((1000, 0.0), (2000, 1 / 3), (4000, 1.0)))


def test_instants_two_days_and_three_milliseconds_apart_can_all_be_told_apart() -> None:
    scale = scale_of((0, 3, 90, 172_800_000))
    assert not scale.true
    places = [place for _, place in scale.stops]
    assert all(later - earlier > 0.08 for earlier, later in pairwise(places))


def test_spans_are_said_as_precisely_as_they_deserve() -> None:
    assert [span(ms) for ms in (0, 840, 1880, 2000, 200_000, 172_799_000, 172_801_000)] == [
        "0 ms",
        "840 ms",
        "1.88 s",
        "2 s",
        "3 min 20 s",
        "1 d 23 h",
        "2 d",
    ]
    assert [gap(ms) for ms in (None, -840, 840)] == ["–", "−840 ms", "+840 ms"]


def test_what_is_drawn_is_said_in_words_and_found_by_its_place(qtbot: QtBot) -> None:
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(1200, 300)
    view.show()
    view.show_group(Recording([pixel(), server()]).groups[0], None)
    canvas = view.canvas
    assert canvas.accessibleDescription().startswith(
        "Browser · captured: answered · 200 · 48 ms, event's own time 2026"
    )
    assert [canvas.lane_at(y) for y in (5.0, canvas.height() + 900.0)] == [None, None]
    assert canvas.lane_at(canvas.sizeHint().height() - 70.0) == canvas.lanes[1]


def test_a_conversion_without_any_time_can_be_drawn(qtbot: QtBot) -> None:
    view = TimelineView()
    qtbot.addWidget(view)
    view.canvas.show_lanes((Lane("Server · imported", "no answer seen", Tone.MUTED, Side.SERVER, None, None, None),))
    assert not view.grab().isNull()
