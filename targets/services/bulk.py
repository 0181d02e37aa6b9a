"""What is particular to writing many figures at once."""

from django.utils.translation import gettext as _

from projects.services.batch import Batch
from projects.services.bulk import Kind
from targets.choices import Source
from targets.models import Measurement, Target


def _reported_figures(batch: Batch) -> None:
    """A figure that the system reads off projects, lists or parts is not reported again."""
    keys = {row["target"] for _number, row in batch.sound()}
    sources = {target.pk: target for target in Target.objects.filter(pk__in=keys)}
    for number, row in batch.sound():
        target = sources[row["target"]]
        if target.source != Source.REPORTED:
            message = _("目标“%(name)s”的数值%(source)s, 无须填报。") % {
                "name": target.name,
                "source": target.get_source_display(),
            }
            batch.wrong(number, "target", message, "not_reported", target.pk)
        row["recorded_by"] = batch.by.pk if batch.by else None


MEASUREMENTS = Kind(Measurement, check_new=_reported_figures)
