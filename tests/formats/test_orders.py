"""Order numbers out of whatever a backend exports, and nothing else of it."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.formats import orders
from app.formats.orders import LONGEST, OrdersError, read_orders

SHOPIFY = (
    "Name,Email,Financial Status,Total,Lineitem name,Billing Street,Notes,Id\n"
    '#1042,ann@shop.example,paid,59.90,Tea,"Main St 1, 2nd floor","call\nfirst",4571\n'
    "#1042,,,,Cup,,,\n"
    "#1043,joe@shop.example,paid,12.00,Tea,Side St 2,,4572\n"
)


def read(folder: Path, content: str | bytes, column: str = "", name: str = "orders.csv") -> tuple[str, ...]:
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_orders(file, column)


@pytest.mark.parametrize(
    "content",
    [
        "1042\n1043\n",
        "1042\r\n\r\n  1043  \r\n1042",
        "order_id\n1042\n1043",
        "Order number;Total\n1042;59,90\n1043;12,00\n",
        "Total\tOrder ID\n59.90\t1042\n12.00\t1043\n",
        "\ufefforder id,customer\n1042,Ann\n1043,Joe\n",
        "sep=;\r\nDate;ID\r\n2026-11-22;1042\r\n2026-11-22;1043\r\n",
        '"number","note"\n"1042","a ""b"", c;d;e"\n"1043","x\ny"\n',
        "id,name,email\n1042,Ann Smith,ann@shop.example\n1043,Joe,joe@shop.example\n",
        "id,order_number\n9,1042\n10,1043\n",
        "name|transaction_id\nAnn|1042\nJoe|1043\n",
        "1042,2026-11-22,59.90\n1043,2026-11-22,12.00\n",
        "1042;59,90\n1043;12,00\n",
        "Bestellnummer;Größe\n1042;Ü\n1043;ß\n".encode("cp1252"),
        "order_id\n1042\n1043\n".encode("utf-16"),
        "order_id\n1042.0\n1043.00\n",
        '["1042", "1043"]',
        "[1042, 1043.0]",
        '[{"email": "a@b.example", "order_id": "1042"}, {"order_id": 1043}, {}]',
        '{"count": 2, "orders": [{"id": 1042, "lines": [1]}, {"id": 1043}]}',
        '{"id": 1042}\n{"id": 1043}\n',
    ],
)
def test_the_order_numbers_are_found_in_any_export(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content) == ("1042", "1043")


def test_shopifys_export_gives_its_names_and_nothing_of_its_customers(tmp_path: Path) -> None:
    assert read(tmp_path, SHOPIFY) == ("#1042", "#1043")


@pytest.mark.parametrize("column", ["Id", "id", "8", " ID "])
def test_another_column_can_be_chosen_by_name_or_place(tmp_path: Path, column: str) -> None:
    assert read(tmp_path, SHOPIFY, column) == ("4571", "4572")


def test_a_column_without_a_name_is_chosen_by_its_place(tmp_path: Path) -> None:
    assert read(tmp_path, "2026-11-22,A7,x\n2026-11-23,A8,y\n", "2") == ("A7", "A8")
    assert read(tmp_path, "when,which,x\n2026-11-23,A8,y\n", "2") == ("A8",)


@pytest.mark.parametrize(
    ("content", "column", "reason"),
    [
        ("", "", "is empty"),
        ("\ufeff \r\n\n", "", "is empty"),
        (b"PK\x03\x04\x14\x00\x06\x00", "", "no text file"),
        (b"\x89PNG\r\n\x1a\n", "", "no text file"),
        ("Kunde;Summe\nAnn;59,90\n", "", "Its columns are: Kunde, Summe. Choose one with --order-column"),
        ("order_id,total\n1042,1\n", "bill", "no column named bill. Its columns are: order_id, total."),
        ("order_id,total\n1042,1\n", "3", "no column named 3"),
        ("order_id,total\n1042,1\n", "0", "no column named 0"),
        ("2026-11-22,1042\n2026-11-23,1043\n", "", "2 columns without names"),
        ("2026-11-22,1042\n", "bill", "no column named bill. Its columns have no names."),
        ("name\nAnn Smith\nJoe\n", "", "no column"),
        ("order_id\n", "", "holds no order number"),
        ("email\nann@shop.example\n", "", "holds no order number"),
        ("order_id\n4.57E+12\n4,58E+12\n", "", "rounded numbers (4.57E+12)"),
        ("[1, 2", "", "broken JSON"),
        ('{"id": 1}\n{"id": \n', "", "broken JSON"),
        ("[" * 100_000, "", "nested too deeply"),
        ('[{"total": 1}]', "", "Its columns are: total."),
        ("{}", "", "no column"),
        ("[]", "", "holds no order number"),
    ],
)
def test_a_file_of_no_use_is_refused_with_its_name_and_the_reason(
    tmp_path: Path, content: str | bytes, column: str, reason: str
) -> None:
    with pytest.raises(OrdersError) as refused:
        read(tmp_path, content, column, "export 7.csv")
    assert str(refused.value).startswith("export 7.csv ")
    assert reason in str(refused.value)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(OrdersError, match="can not be read"):
            read_orders(path)


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MOST_ORDERS", 10)
    assert len(read(tmp_path, "\n".join(map(str, range(10, 20))))) == 10
    with pytest.raises(OrdersError, match="more than 10 orders"):
        read(tmp_path, "\n".join(map(str, range(10, 21))))
    monkeypatch.setattr(orders, "MOST_BYTES", 100)
    with pytest.raises(OrdersError, match="larger than"):
        read(tmp_path, "1042\n" * 21)
    assert read(tmp_path, "1042\n" * 20) == ("1042",)


def test_a_cell_that_can_be_no_order_number_is_left_out(tmp_path: Path) -> None:
    odd = "order_id,x\nann@shop.example,\n--,\n" + "9" * (LONGEST + 1) + ",\n" + "8" * LONGEST + ",\n1042,\n"
    assert read(tmp_path, odd) == ("8" * LONGEST, "1042")


ANY_FILE = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
    st.lists(
        st.sampled_from(['"', ",", ";", "\t", "\n", "\r", "1042", "#7", "name", "id", "{", "[", "]", "}", ":", "\0"])
    )
    .map("".join)
    .map(str.encode),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=ANY_FILE, column=st.sampled_from(["", "id", "1", "2", "²", "99999"]))
def test_any_file_is_read_or_refused_in_words(tmp_path: Path, content: bytes, column: str) -> None:
    try:
        found = read(tmp_path, content, column)
    except OrdersError:
        return
    assert found
    assert len(set(found)) == len(found)
    assert all(number and number == number.strip() and len(number) <= LONGEST and "@" not in number for number in found)


CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12).map(str.strip)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(1, 10**12), CELLS, CELLS), min_size=1, max_size=20),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    heading=st.sampled_from(["order_id", "Order ID", "orderNumber", "transaction_id"]),
)
def test_what_a_table_was_written_with_is_read_from_it(
    tmp_path: Path, rows: list[tuple[int, str, str]], delimiter: str, quoting: int, heading: str
) -> None:
    table = StringIO(newline="")
    writer = csv.writer(table, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type] # one of csv's own
    writer.writerows([["street", heading, "town"], *((street, number, town) for number, street, town in rows)])
    expected = tuple(dict.fromkeys(str(number) for number, _, _ in rows))
    assert read(tmp_path, table.getvalue()) == expected
    assert read(tmp_path, json.dumps([{"town": town, heading: number} for number, _, town in rows])) == expected
