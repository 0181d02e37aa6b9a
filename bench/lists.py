"""Times ``GET projects`` against a bare view and a plain ModelViewSet, in interleaved rounds.

    .venv/bin/python -m bench.lists

Starts a throw-away database, broker and server, fills in 650 synthetic projects, signs in, and
prints medians in milliseconds and the ratio to the bare view. Ends with code 1 when the list
costs more than 1.5 times the bare view or its number of queries depends on the page size.
"""

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import contextmanager

from tests.services import TestServices

PATHS = {
    "ours": "/api/v1/projects/?page_size={}",
    "bare": "/bench/bare/?page_size={}",
    "plain": "/bench/plain/?page_size={}",
}
SIZES = (50, 500)
ROUNDS = 60
WARM_UP = 10
MOST = 1.5
# Every project has a light of each month, as it would have in September.
KEEP_LIGHTS = """
from projects.lights.services import lights_record
for month in range(1, 9):
    lights_record(year=2025, month=month, by=None)
"""


@contextmanager
def server(port: int):
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(port), "--workers", "1", "--log-level", "warning",
        "portfolio.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def manage(*arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def fill() -> str:
    """Makes the data and returns a viewer's token."""
    manage("migrate", "--verbosity", "0")
    manage("prepare_demo")
    manage("make_synthetic", "--projects", "650", "--seed", "1")
    manage("shell", "-c", KEEP_LIGHTS)
    return manage("token", "viewer").strip()


def timed(connection: http.client.HTTPConnection, path: str, token: str) -> float:
    start = time.perf_counter()
    connection.request("GET", path, headers={"Authorization": f"Token {token}"})
    response = connection.getresponse()
    response.read()
    took = time.perf_counter() - start
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status}")
    return took * 1000


def wait_until_served(port: int, token: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _attempt in range(100):
        try:
            timed(connection, PATHS["ours"].format(5), token)
        except OSError:
            connection.close()
            time.sleep(0.1)
        else:
            return connection
    raise SystemExit("the server did not come up")


def measure(port: int, token: str) -> dict[tuple[str, int], list[float]]:
    connection = wait_until_served(port, token)
    times = defaultdict(list)
    turns = [(name, size) for name in PATHS for size in SIZES]
    order = random.Random(1)
    for number in range(WARM_UP + ROUNDS):
        order.shuffle(turns)  # whoever follows the slowest pays for its garbage
        for name, size in turns:
            took = timed(connection, PATHS[name].format(size), token)
            if number >= WARM_UP:
                times[name, size].append(took)
    return times


def report(times: dict[tuple[str, int], list[float]]) -> bool:
    print(f"{'page_size':>9}  {'who':6} {'median ms':>9} {'to bare':>8}")
    good = True
    for size in SIZES:
        bare = statistics.median(times["bare", size])
        for name in PATHS:
            median = statistics.median(times[name, size])
            print(f"{size:>9}  {name:6} {median:>9.2f} {median / bare:>8.2f}")
            good = good and (name != "ours" or median <= MOST * bare)
    return good


def queries(token: str) -> dict[int, int]:
    """Counts the queries of our list for 5 and for 500 rows."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"Authorization": f"Token {token}", "Host": "localhost"})
    counts = {}
    for size in (5, 500):
        with CaptureQueriesContext(connection) as captured:
            client.get(PATHS["ours"].format(size))
        counts[size] = len(captured)
    return counts


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    os.environ["PORTFOLIO_TESTING"] = "1"
    services = TestServices()
    try:
        services.start()
        os.environ["VAR_DIR"] = str(services.paths.var)
        token = fill()
        port = free_port()
        with server(port):
            good = report(measure(port, token))
        counts = queries(token)
    finally:
        services.stop()
    print("queries: " + ", ".join(f"{n} for {size} rows" for size, n in counts.items()))
    return 0 if good and len(set(counts.values())) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
