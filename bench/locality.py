"""How much of a subject lies in one room: ``python -m bench.locality``.

Of the imports between two files of one subject, counts those that stay in one folder. A file is
of the subject that the first word of its path names which is one; a subject below the apps has
its rules, models, services, API and admin in one folder, its pages and its reports in another.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

APPS = ("projects", "targets", "notifications", "portfolio")
LEAST_PERCENT = 75
WORDS = {
    "inspections": ("inspection", "inspections", "scoring", "judges"),
    "milestones": ("milestone", "milestones", "extensions"),
    "returns": ("return", "returns"),
    "problems": ("problem", "problems"),
    "funding": ("funding",),
    "lights": ("light", "lights"),
    "programmes": ("programme", "programmes"),
    "handover": ("handover",),
    "evidence": ("evidence",),
    "people": ("people", "organisation"),
    "register": ("register", "project", "stages"),
    "importing": ("importing", "import", "imports"),
    "opendata": ("opendata",),
    "exporting": ("export", "exports", "exporting"),
    "subscriptions": ("subscription", "subscriptions", "subscribed"),
    "bulletin": ("bulletin",),
    "webhooks": ("webhook", "webhooks"),
    "calendar": ("calendar",),
    "policies": ("policies", "tiers"),
    "outbox": ("outbox", "claiming", "placing", "preparing", "settling", "delivering", "mail"),
}
SUBJECT_OF = {word: subject for subject, words in WORDS.items() for word in words}


def subject_of(path: Path) -> str | None:
    """Returns which subject the file is of; what all share (core, tools) is of none."""
    words = re.split(r"[/_.]", str(path.with_suffix("")))[1:]
    if "migrations" in words or words[0] in ("api", "core", "tools", "onemachine", "synthetic"):
        words = [] if path.parts[0] == "portfolio" or "migrations" in words else words[1:]
    return next((SUBJECT_OF[word] for word in words if word in SUBJECT_OF), None)


def imported_files(root: Path, path: Path) -> Iterator[Path]:
    """Yields the files of the apps that this one imports from."""
    for node in ast.walk(ast.parse((root / path).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        if node.module.split(".")[0] not in APPS:
            continue
        base = Path(*node.module.split("."))
        found = {base / alias.name for alias in node.names} | {base}
        yield from (file for each in found if (root / (file := each.with_suffix(".py"))).exists())


def count_imports(root: Path) -> Counter[tuple[str, bool]]:
    """Counts the imports within each subject: ``(subject, whether it stays in the folder)``."""
    counted: Counter[tuple[str, bool]] = Counter()
    for app in APPS:
        for file in sorted((root / app).rglob("*.py")):
            path = file.relative_to(root)
            subject = subject_of(path)
            if subject is None:
                continue
            for other in imported_files(root, path):
                if other != path and subject_of(other) == subject:
                    counted[subject, other.parent == path.parent] += 1
    return counted


def percent_local(counted: Counter[tuple[str, bool]]) -> float:
    stay = sum(number for (_subject, stays), number in counted.items() if stays)
    return 100 * stay / counted.total()


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    counted = count_imports(root)
    for subject in WORDS:
        stay, leave = counted[subject, True], counted[subject, False]
        if stay + leave:
            print(f"{subject:14} {stay:4} of {stay + leave:4} stay in the folder")
    share = percent_local(counted)
    print(
        f"{share:.0f} % of {counted.total()} imports within subjects (at least {LEAST_PERCENT} %)"
    )
    return 0 if share >= LEAST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
