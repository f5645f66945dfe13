"""The best total one-to-one assignment in a sparse bipartite graph."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

Edges = Mapping[str, Mapping[str, int]]


def assign(edges: Edges) -> dict[str, str]:
    """Match rows to columns one to one so that the sum of the edges' points is greatest.

    `edges` maps each row to its columns with positive whole points; a row or a column may stay alone. Rows and columns
    are taken in sorted order, so the same graph gives the same answer however it was put together, also where several
    answers are equally good. Rows join one by one, each by the exchange of partners that gains most.
    """
    row_of: dict[str, str] = {}
    column_of: dict[str, str] = {}
    for row in sorted(edges):
        for one, column in _best_exchange(row, edges, row_of, column_of):
            if column is None:
                del column_of[one]
            else:
                column_of[one] = column
                row_of[column] = one
    return column_of


def _best_exchange(
    start: str, edges: Edges, row_of: Mapping[str, str], column_of: Mapping[str, str]
) -> list[tuple[str, str | None]]:
    """Who takes which column when `start` joins: a chain of rows, each taking the column of the next.

    The chain ends at a free column, or at a row that is left alone (None). Empty when `start` had better stay alone.
    A longest-path search; it ends because no round of exchanges can gain while the assignment so far is the best.
    """
    gain = {start: 0}  # of the chain up to the row that has just lost its column
    taken: dict[str, tuple[str, str]] = {}  # row: who took which column from it
    queue = deque([start])
    while queue:
        row = queue.popleft()
        for column, points in sorted(edges[row].items()):
            holder = row_of.get(column)
            if holder is None or holder == row:
                continue
            left = gain[row] + points - edges[holder][column]
            if holder not in gain or left > gain[holder]:
                gain[holder], taken[holder] = left, (row, column)
                queue.append(holder)
    best = 0
    end: tuple[str, str | None] | None = None
    for row in sorted(gain):
        for column, points in sorted(edges[row].items()):
            if column not in row_of and gain[row] + points > best:
                best, end = gain[row] + points, (row, column)
        if row != start and gain[row] > best:
            best, end = gain[row], (row, None)
    if end is None:
        return []
    chain = [end]
    while chain[-1][0] != start:
        chain.append(taken[chain[-1][0]])
    return chain
