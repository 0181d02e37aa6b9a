"""What every task that can be handed over shows of it."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from projects.choices import HandoverState


class HandedOverSerializer(serializers.Serializer):
    """Where the hand-over of a row stands."""

    hand_over_state = serializers.ChoiceField(
        choices=HandoverState.choices,
        read_only=True,
        allow_null=True,
        help_text=_("交办进展; null: 未交办"),
    )
    hand_over_notice = serializers.CharField(
        read_only=True, allow_null=True, help_text=_("最近的督办通知编号")
    )
    parked_until = serializers.DateField(read_only=True, allow_null=True, help_text=_("挂账至"))


HANDED_OVER = tuple(HandedOverSerializer().fields)
