"""Which format an answer has."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer


class ContentNegotiation(DefaultContentNegotiation):
    """Chooses by ``?format=`` or ``Accept``; both are refused alike, as 406."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> Any:  # DRF's name
        try:
            return super().filter_renderers(renderers, format)
        except Http404 as error:
            raise NotAcceptable() from error
