"""Applies a whole migration's operations on one rendering of the models.

Django renders the model classes anew after each operation, and whatever refers to them. Here
everything refers to everything (each model has its history table, each row its people), so that
several hundred operations took twenty seconds at each first start and in each test run; at once
they take two.
"""

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """Runs operations that create models, or change models that were there before.

    A model that is created here is created whole: with the fields, constraints and indexes that
    later operations of the same batch add to it, which therefore have nothing left to do.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = list(operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if "apps" in state.__dict__:
            del state.apps  # rendered again when the first operation asks, with all changes in it
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            made_with_its_model = isinstance(operation, AddField | AddConstraint | AddIndex)
            if not (made_with_its_model and self._is_of_new_model(operation)):
                operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):
            if not self._is_of_new_model(operation):  # it goes with its table
                operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"{len(self.operations)} operations at once"

    def _is_of_new_model(self, operation: Operation) -> bool:
        created = {each.name_lower for each in self.operations if isinstance(each, CreateModel)}
        return getattr(operation, "model_name", "").lower() in created
