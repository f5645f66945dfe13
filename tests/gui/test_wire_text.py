"""Text from the wire on the screen: nothing invisible, nothing that reorders, differences found."""

import pytest

from app.gui.drawing.wire_text import differing, shortened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        (" 12345 ", "␣12345␣"),
        ("   ", "␣␣␣"),
        ("a\tb\nc\r", "a⇥b⏎c␍"),
        ("\x00\x1b[31m", "␀␛[31m"),
        ("a\u00a0b", "a⍽b"),
        ("\u202egnp.exe\u202c", "⟨U+202E⟩gnp.exe⟨U+202C⟩"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("\ud800", "⟨U+D800⟩"),
        ("wide\u3000space", "wide⟨U+3000⟩space"),
        ("Valéry 日本 مرحبا", "Valéry 日本 مرحبا"),
        ("<b>&amp;</b>", "<b>&amp;</b>"),
    ],
)
def test_what_can_not_be_seen_is_spelled_out_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("one", "other", "in_one", "in_other"),
    [
        ("12345", "12345", "", ""),
        ("12345", "12345-server", "", "-server"),
        ("web_12345", "12345", "web_", ""),
        ("USD", "EUR", "USD", "EUR"),
        ("order-ABC-1", "order-abc-1", "ABC", "abc"),
        ("https://shop.example/a?x=1", "https://shop.example/b?x=1&y=2", "a", "b&y=2"),
        ("a" * 900, "b" * 900, "a" * 900, "b" * 900),
        ("", "x", "", "x"),
    ],
)
def test_the_differing_parts_of_two_texts_are_found(one: str, other: str, in_one: str, in_other: str) -> None:
    first, second = differing(one, other)
    assert ("".join(one[a:b] for a, b in first), "".join(other[a:b] for a, b in second)) == (in_one, in_other)


def test_texts_that_share_only_chance_letters_are_marked_whole() -> None:
    one, other = "836f82db99121b34", "1c0a97d3f2e64b58"
    assert differing(one, other) == (((0, 16),), ((0, 16),))


def test_a_long_value_is_shown_by_both_ends() -> None:
    assert shortened("0123456789abcdefghijklmnopqrstuvwxyz") == "0123456789…uvwxyz"
    assert shortened("short enough to read") == "short enou…o read"
    assert shortened("nineteen characters") == "nineteen characters"
