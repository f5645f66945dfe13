"""What must not leave: secrets are masked before anything is recorded, people get pseudonyms when evidence is shown."""

from app.redaction.covering import share_salt
from app.redaction.people import Redactor, Veil
from app.redaction.secrets import Masker, mask, mask_bytes, mask_text

__all__ = ["Masker", "Redactor", "Veil", "mask", "mask_bytes", "mask_text", "share_salt"]
