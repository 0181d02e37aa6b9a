"""Who acts."""

from typing import Any, Protocol


class Actor(Protocol):
    """A person as the permission table knows them: somebody who has signed in, or a visitor, who
    may do nothing. Where the system itself may act too, the type is ``Actor | None``."""

    @property
    def pk(self) -> Any: ...

    @property
    def is_authenticated(self) -> bool: ...

    @property
    def is_active(self) -> bool: ...

    @property
    def is_superuser(self) -> bool: ...
