"""The best total one-to-one assignment in a sparse bipartite graph.

Shortest augmenting paths with prices, one row after the other: each search looks only as far as rows may have to give
way, so a long thin graph costs little more than its size. After R. Jonker and A. Volgenant, "A Shortest Augmenting Path
Algorithm for Dense and Sparse Linear Assignment Problems", Computing 38 (1987); besides, any row may stay alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush

Edges = Mapping[str, Mapping[str, int]]

_FREE, _ALONE, _HELD = range(3)  # how a step ends; of two that cost the same, the search takes the one that ends it


def assign(edges: Edges) -> dict[str, str]:
    """Match rows to columns one to one so that the sum of the edges' points is greatest.

    `edges` maps each row to its columns with positive whole points; a row or a column may stay alone. Rows and columns
    are taken in sorted order, so the same graph gives the same answer however it was put together, also where several
    answers are equally good.
    """
    work = _Assignment({row: sorted(edges[row].items()) for row in sorted(edges)})
    for row in work.edges:
        work.place(row)
    return work.column_of


class _Assignment:
    """The best assignment of the rows placed so far.

    A column has a price, nothing while it is free, and a row a profit: the most that any column's points leave it above
    the price, and never less than the nothing that it has alone. Every row is where its profit says.
    """

    def __init__(self, edges: Mapping[str, list[tuple[str, int]]]) -> None:
        self.edges = edges
        self.column_of: dict[str, str] = {}
        self._row_of: dict[str, str] = {}
        self._price: dict[str, int] = {}
        self._profit: dict[str, int] = {}

    def place(self, start: str) -> None:
        """Find the chain that costs the others least: `start` takes a column, whose row takes another, and so on.

        It ends at a free column, or with a row that is left alone, which may be `start` itself.
        """
        self._profit[start] = max([0, *(points - self._price.get(column, 0) for column, points in self.edges[start])])
        reached = {start: 0}  # each row that may have to give way, and what the chain up to it costs
        takers: dict[str, str] = {}  # each of their columns, and who would take it
        steps: list[tuple[int, int, str, str]] = []
        row, cost = start, 0
        while True:
            whole = cost + self._profit[row]
            heappush(steps, (whole, _ALONE, row, ""))
            for column, points in self.edges[row]:
                if column not in takers:
                    end = _HELD if column in self._row_of else _FREE
                    heappush(steps, (whole - points + self._price.get(column, 0), end, row, column))
            cost, end, taker, column = heappop(steps)
            while end == _HELD and column in takers:
                cost, end, taker, column = heappop(steps)
            if end != _HELD:
                break
            takers[column] = taker
            row = self._row_of[column]
            reached[row] = cost
        self._settle(reached, cost)
        self._hand_over(start, taker, column, takers)

    def _settle(self, reached: Mapping[str, int], cost: int) -> None:
        """Raise the prices of the columns that are fought for, by as much as the fight costs."""
        for row, spent in reached.items():
            self._profit[row] -= cost - spent
            if row in self.column_of:
                column = self.column_of[row]
                self._price[column] = self._price.get(column, 0) + cost - spent

    def _hand_over(self, start: str, row: str, column: str, takers: Mapping[str, str]) -> None:
        while True:
            held = self.column_of.pop(row, "")
            if column:
                self.column_of[row] = column
                self._row_of[column] = row
            if row == start:
                return
            row, column = takers[held], held
