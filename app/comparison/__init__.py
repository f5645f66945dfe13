"""Comparing two sides by meaning: amounts as numbers, lists as sets, JSON in text as JSON, IDs by how they relate."""

from __future__ import annotations

from app.comparison.hashed_ids import relate_compared
from app.comparison.identifiers import IdRelation, family_of, relate_ids
from app.comparison.rows import Relation, Row, compare
from app.comparison.values import (
    amount,
    on_site,
    same_amount,
    same_contents,
    same_cookie,
    same_currency,
    same_id,
    same_ip,
    same_meaning,
    same_page,
)

__all__ = [
    "IdRelation",
    "Relation",
    "Row",
    "amount",
    "compare",
    "family_of",
    "on_site",
    "relate_compared",
    "relate_ids",
    "same_amount",
    "same_contents",
    "same_cookie",
    "same_currency",
    "same_id",
    "same_ip",
    "same_meaning",
    "same_page",
]
