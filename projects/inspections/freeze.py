"""Publication freezes a round: the triggers that refuse every later change (domain §3).

The one path that stays open is an amendment: whoever writes down a correction (which score, old,
new, who, why) may then change that score to just that, until the results of the amendment's
revision are written.
"""

from typing import Any

import pgtrigger
from django.utils.translation import gettext_lazy as _

from portfolio.core.errors import register_constraint_message

FROZEN = "inspection_published_is_frozen"
register_constraint_message(
    FROZEN, _("该轮测评已公布, 内容已冻结; 确需更正评分的, 请按更正程序 (amend) 写明理由办理。")
)
register_constraint_message(
    "amendment_corrects_a_published_score", _("更正须针对已公布测评的现有评分。")
)
register_constraint_message(
    "inspectionresult_of_publication", _("测评结果只在公布和更正时写入, 不能另行登记。")
)

# The lock is the one that a reference takes: publishing waits for whoever writes a part of the
# round, and whoever comes later sees the round published.
_STATUS = """
    SELECT bool_or(status = 'published') INTO published FROM (
        SELECT status FROM projects_inspectionround WHERE id IN ({rounds}) FOR KEY SHARE
    ) AS of_rounds;
"""

OF_ROUND = "OLD.inspection_round_id, NEW.inspection_round_id"
OF_ENTRY = (
    "SELECT inspection_round_id FROM projects_inspectionentry"
    " WHERE id IN (OLD.entry_id, NEW.entry_id)"
)

_NEWEST_REVISION = """(
    SELECT coalesce(max(result.revision), 0)
    FROM projects_inspectionresult result
    JOIN projects_inspectionentry entry ON entry.id = result.entry_id
    WHERE entry.inspection_round_id = {of_round})"""

# An amendment opens its score until its results stand; one that is settled opens nothing.
BY_AMENDMENT = f"""TG_OP = 'UPDATE'
    AND (OLD.id, OLD.entry_id, OLD.judge_id, OLD.criterion_id, OLD.inspection_round_id)
      = (NEW.id, NEW.entry_id, NEW.judge_id, NEW.criterion_id, NEW.inspection_round_id)
    AND EXISTS (
        SELECT 1 FROM projects_amendment
        WHERE score_id = OLD.id AND old_points = OLD.points AND new_points = NEW.points
          AND revision > {_NEWEST_REVISION.format(of_round="OLD.inspection_round_id")})"""  # noqa: S608 - constants of this file only


def make_freeze_trigger(*, rounds: str = OF_ROUND, unless: str = "FALSE") -> pgtrigger.Trigger:
    """Returns the trigger that refuses any change to a part of a published round.

    ``rounds`` is SQL for the ids of the rounds that the row belongs, or would belong, to.
    """
    return pgtrigger.Trigger(
        name="published_is_frozen",
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        declare=[("published", "boolean")],
        func=f"""
            {_STATUS.format(rounds=rounds)}
            IF published AND NOT ({unless}) THEN
                {_raise(FROZEN)}
            END IF;
            IF TG_OP = 'DELETE' THEN
                RETURN OLD;
            END IF;
            RETURN NEW;
        """,
    )


def make_round_freeze_trigger() -> pgtrigger.Trigger:
    """Returns the trigger that keeps a published round as it was published."""
    return pgtrigger.Trigger(
        name="published_is_frozen",
        operation=pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        condition=pgtrigger.Q(old__status="published"),
        func=_raise(FROZEN) + " RETURN OLD;",
    )


def make_amendment_trigger() -> pgtrigger.Trigger:
    """Returns the trigger that takes an amendment only of what stands and is published."""
    newest = _NEWEST_REVISION.format(of_round="NEW.inspection_round_id")
    return _make_insert_trigger(
        "amendment_corrects_a_published_score",
        f"""EXISTS (
            SELECT 1 FROM projects_inspectionscore score
            JOIN projects_inspectionround of_round ON of_round.id = score.inspection_round_id
            WHERE score.id = NEW.score_id AND score.points = NEW.old_points
              AND of_round.id = NEW.inspection_round_id AND of_round.status = 'published'
              AND NEW.revision = {newest} + 1)""",  # noqa: S608 - constants of this file only
    )


def make_result_trigger() -> pgtrigger.Trigger:
    """Returns the trigger that takes results only with a publication or an amendment."""
    return _make_insert_trigger(
        "inspectionresult_of_publication",
        """EXISTS (
            SELECT 1 FROM projects_inspectionentry entry
            JOIN projects_inspectionround of_round ON of_round.id = entry.inspection_round_id
            WHERE entry.id = NEW.entry_id AND of_round.status = 'published'
              AND (NEW.revision = 1 OR EXISTS (
                  SELECT 1 FROM projects_amendment amendment
                  WHERE amendment.inspection_round_id = of_round.id
                    AND amendment.revision = NEW.revision)))""",
    )


def _make_insert_trigger(constraint: str, when: str) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name="insertion_has_a_cause",
        operation=pgtrigger.Insert,
        when=pgtrigger.Before,
        func=f"IF NOT ({when}) THEN {_raise(constraint)} END IF; RETURN NEW;",
    )


def _raise(constraint: str) -> Any:
    return (
        f"RAISE EXCEPTION 'refused by {constraint}'"
        f" USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';"
    )
