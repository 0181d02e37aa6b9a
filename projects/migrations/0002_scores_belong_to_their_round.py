"""Composite foreign keys: a score's entry, judge and criterion belong to the score's round."""

from django.db import migrations

PARTS = ("entry", "judge", "criterion")

ADD = ";\n".join(
    f"ALTER TABLE projects_inspectionscore ADD CONSTRAINT inspectionscore_{part}_of_round"
    f" FOREIGN KEY ({part}_id, inspection_round_id)"
    f" REFERENCES projects_inspection{part} (id, inspection_round_id)"
    " DEFERRABLE INITIALLY IMMEDIATE"
    for part in PARTS
)
REMOVE = ";\n".join(
    f"ALTER TABLE projects_inspectionscore DROP CONSTRAINT inspectionscore_{part}_of_round"
    for part in PARTS
)


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]

    operations = [migrations.RunSQL(ADD, REMOVE)]
