"""Routes with and without the closing slash, from each app's list of resources."""

from rest_framework.routers import SimpleRouter


class BothSlashesRouter(SimpleRouter):
    """``/projects/`` and ``/projects`` are the same address."""

    def __init__(self) -> None:
        super().__init__(trailing_slash=False)
        self.trailing_slash = "/?"
