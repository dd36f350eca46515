"""Which of the offered media types a client prefers (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offers: Sequence[str]) -> str:
    """The offer that the `Accept` header rates highest; the first offer when the header is absent or fits none.

    The most specific range that matches an offer gives its quality; ranges that cannot be read are passed over,
    since a careless header should not cost a client its answer.
    """
    ranges = [_parsed(part) for part in (accept or "*/*").split(",")]

    def quality(offer: str) -> float:
        kind = offer.partition("/")[0]
        for wanted in (offer, f"{kind}/*", "*/*"):
            values = [value for name, value in ranges if name == wanted]
            if values:
                return max(values)
        return 0.0

    # `max` keeps the first of equals, so that the order of the offers decides.
    return max(offers, key=quality)


def _parsed(media_range: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in media_range.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return name, min(1.0, max(0.0, float(value)))
            except ValueError:
                return "", 0.0
    return name, 1.0
