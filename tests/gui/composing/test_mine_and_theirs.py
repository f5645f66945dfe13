"""What was sent from here beside what the backend sent, field by field, in the details pane."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.detail.details import DetailsPane
from app.model import Exchange, Provenance, Side
from tests.gui.conversions import START, Recording, pixel, server

_H = Qt.Orientation.Horizontal
MINE = {"custom_data": {"value": 49.9, "currency": "USD"}}


def mine() -> Exchange:
    return server(at_ms=START + 9000, more=MINE, provenance=Provenance.SENT, send="s1")


def shown(qtbot: QtBot, *exchanges: Exchange) -> DetailsPane:
    recording = Recording(exchanges)
    pane = DetailsPane(recording.ask, recording.group)
    qtbot.addWidget(pane, before_close_func=DetailsPane.stop)
    pane.show_group(recording.groups[0])
    qtbot.waitUntil(lambda: pane.compare.model.rowCount() > 0)
    return pane


def compared(pane: DetailsPane) -> tuple[str, str]:
    headings = [str(pane.compare.model.headerData(column, _H)) for column in (1, 3)]
    return headings[0], headings[1]


def items(pane: DetailsPane, side: Side) -> list[str]:
    chooser = pane.choosers[side]
    return [chooser.itemText(index).partition(" · ")[0] for index in range(chooser.count())]


def test_the_backends_event_can_be_put_beside_ours(qtbot: QtBot) -> None:
    pane = shown(qtbot, pixel(), server(), mine())
    assert items(pane, Side.BROWSER)[1:] == ["backend's server event"]
    pane.choosers[Side.BROWSER].setCurrentIndex(1)
    pane.choosers[Side.BROWSER].activated.emit(1)
    qtbot.waitUntil(lambda: compared(pane)[0].startswith("Server, the backend's · forwarded"))
    assert compared(pane)[1].startswith("Server · sent")
    copied = [line.copied for line in pane.compare.model.lines if not line.section]
    assert ("59.9", "49.9") in {(cells[1], cells[3]) for cells in copied if "value" in cells[0]}


def test_without_a_browser_event_theirs_stands_beside_mine_at_once(qtbot: QtBot) -> None:
    pane = shown(qtbot, server(), mine())
    assert compared(pane)[0].startswith("Server, the backend's · forwarded")
    assert compared(pane)[1].startswith("Server · sent")


def test_one_side_alone_is_not_compared_with_itself(qtbot: QtBot) -> None:
    assert items(shown(qtbot, server()), Side.BROWSER) == []
    assert items(shown(qtbot, mine()), Side.BROWSER) == []
