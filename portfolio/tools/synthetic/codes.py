"""Well-formed codes for companies and projects that do not exist."""

import random

REGISTRATION_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(company: str, region: str) -> str:
    """Gives the 统一社会信用代码 of a company, the same for the same name (GB 32100-2015)."""
    digits = random.Random(company)  # noqa: S311 - not a secret
    organisation = "MA" + "".join(digits.choice("0123456789") for _each in range(6))
    body = f"91{region}{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)


def organisation_check(code: str) -> str:
    """The check character of eight characters of an organisation code (GB 11714-1997)."""
    total = sum(
        weight * int(letter, 36) for weight, letter in zip(ORGANISATION_WEIGHTS, code, strict=True)
    )
    rest = 11 - total % 11
    return {10: "X", 11: "0"}.get(rest, str(rest))


def credit_check(body: str) -> str:
    """The check character of the first 17 characters of a credit code (GB 32100-2015)."""
    total = sum(
        pow(3, place, 31) * REGISTRATION_LETTERS.index(letter) for place, letter in enumerate(body)
    )
    return REGISTRATION_LETTERS[-total % 31]


def approval_code(*, month: str, region: str, serial: int) -> str:
    """Gives a 项目代码 of the national shape (GB/T 40058-2021): ``2403-150203-04-01-100001``."""
    return f"{month}-{region}-04-01-{serial:06d}"
