"""Signing in: a session for browsers, personal tokens for scripts."""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.core.api.pagination import short_list
from portfolio.core.api.schema import tag
from portfolio.core.api.serializers import StrictBody, TextField
from projects.people.actors import user_of
from projects.people.models import PersonalToken
from projects.people.services import token_create, token_revoke

SIGN_IN = tag(gettext_lazy("登录"))
MOST_TOKENS = 200  # answered of one person's


class CredentialsSerializer(StrictBody):
    username = TextField(max_length=150)
    password = TextField(max_length=128, write_only=True)


class TokenRequestSerializer(CredentialsSerializer):
    name = TextField(max_length=64, default="script")
    read_only: Any = serializers.BooleanField(default=False)
    days = serializers.IntegerField(min_value=1, max_value=366, required=False)


class TokenSerializer(serializers.ModelSerializer):
    key = serializers.CharField(source="token_key", read_only=True)

    class Meta:
        model = PersonalToken
        fields = ["key", "name", "read_only", "created", "expiry", "last_used_on"]


class MeMembershipSerializer(serializers.Serializer):
    department = serializers.IntegerField()
    department_name = serializers.CharField()
    role = serializers.CharField()


class MeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()
    name = serializers.CharField()
    email = serializers.EmailField()
    is_superuser = serializers.BooleanField()
    memberships = MeMembershipSerializer(many=True)


def _authenticate(request: Request, body: dict[str, Any]) -> Any:
    user = authenticate(request._request, username=body["username"], password=body["password"])
    if user is None:
        raise AuthenticationFailed(_("用户名或密码不对。"))
    return user


@method_decorator(ensure_csrf_cookie, name="dispatch")
class MeView(APIView):
    @extend_schema(summary=gettext_lazy("我是谁"), tags=[SIGN_IN], responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Who is signed in, and in which roles."""
        user = user_of(request.user)
        memberships = user.memberships.values("department", "department__short_name", "role")
        return Response(
            {
                "id": user.pk,
                "username": user.username,
                "name": user.name,
                "email": user.email,
                "is_superuser": user.is_superuser,
                "memberships": [
                    {
                        "department": row["department"],
                        "department_name": row["department__short_name"],
                        "role": row["role"],
                    }
                    for row in memberships
                ],
            }
        )


@method_decorator(csrf_protect, name="dispatch")
class LoginView(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list = []

    @extend_schema(
        summary=gettext_lazy("登录浏览器会话"),
        tags=[SIGN_IN],
        request=CredentialsSerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Opens a browser session."""
        body = CredentialsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        login(request._request, _authenticate(request, body.validated_data))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutView(APIView):
    @extend_schema(
        summary=gettext_lazy("退出登录"), tags=[SIGN_IN], request=None, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Ends the browser session."""
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TokensView(APIView):
    """Personal tokens of the person who asks."""

    def get_permissions(self) -> list:
        return [AllowAny()] if self.request.method == "POST" else [*super().get_permissions()]

    @extend_schema(
        summary=gettext_lazy("我的令牌"), tags=[SIGN_IN], responses=TokenSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """The tokens that are in force."""
        tokens = PersonalToken.objects.filter(user=request.user)
        rows = TokenSerializer(tokens[:MOST_TOKENS], many=True).data
        return short_list(list(rows), most=MOST_TOKENS, count=tokens.count)

    @extend_schema(
        summary=gettext_lazy("用密码换取令牌"),
        tags=[SIGN_IN],
        request=TokenRequestSerializer,
        responses={
            201: inline_serializer(
                "NewToken",
                {
                    "token": serializers.CharField(help_text="只显示这一次"),
                    "expiry": serializers.DateTimeField(allow_null=True),
                },
            )
        },
    )
    def post(self, request: Request) -> Response:
        """A new token for a user name and password; shown this once."""
        body = TokenRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        token, text = token_create(
            user=_authenticate(request, given),
            name=given["name"],
            read_only=given["read_only"],
            days=given.get("days"),
        )
        return Response({"token": text, "expiry": token.expiry}, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    @extend_schema(summary=gettext_lazy("吊销令牌"), tags=[SIGN_IN], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Revokes one of the person's own tokens."""
        token = PersonalToken.objects.filter(user=request.user, token_key=key).first()
        if token is None:
            raise Http404
        token_revoke(token=token)
        return Response(status=status.HTTP_204_NO_CONTENT)
