"""What can be imported: the columns of each sheet and by what a row is known again."""

from projects.core.sheets import Subject
from projects.people.kinds import DEPARTMENT_KIND, MEMBERSHIP_KIND, USER_KIND

DEPARTMENT_SHEET = Subject(
    kind=DEPARTMENT_KIND,
    columns=("code", "name", "short_name", "kind", "parent", "email", "active"),
    keys=(("code",), ("name",)),
    aliases={"单位代码": "code", "单位名称": "name", "单位全称": "name", "邮箱": "email"},
)
USER_SHEET = Subject(
    kind=USER_KIND,
    columns=("username", "name", "email", "is_active"),
    keys=(("username",), ("email",)),
    aliases={"账号": "username", "用户": "username", "电子邮箱": "email", "人员姓名": "name"},
)
MEMBERSHIP_SHEET = Subject(
    kind=MEMBERSHIP_KIND,
    columns=("user", "department", "role"),
    keys=(("user", "department", "role"),),
    aliases={"账号": "user", "姓名": "user", "人员": "user", "单位": "department"},
)
