"""What ``OPTIONS`` answers."""

from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.request import Request


class Methods(BaseMetadata):
    """The verbs of an address; what they take and give says the API's document.

    The framework would answer names made of our classes, in English whatever the reader's language.
    """

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        return {"methods": view.allowed_methods}
