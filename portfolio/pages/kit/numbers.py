"""Numbers that stand in addresses of pages."""

from django.http import HttpRequest

MOST_PAGES = 10_000


def page_number(request: HttpRequest, name: str = "page") -> int:
    """Returns the page that is asked for; what is no such number is the first."""
    asked = request.GET.get(name, "")
    return min(int(asked), MOST_PAGES) if asked.isdecimal() and len(asked) < 9 and int(asked) else 1
