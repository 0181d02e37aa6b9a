"""Several works at the same moment, each with a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection

LONGEST = 60  # seconds; a deadlock ends after one


def at_once(*works: Callable[[], object]) -> list:
    """Runs all at the same moment; returns what they gave, or raises what one raised."""
    start = threading.Barrier(len(works))
    answers: list = [None] * len(works)

    def run(number: int, work: Callable[[], object]) -> None:
        try:
            start.wait(LONGEST)
            answers[number] = work()
        except Exception as error:
            answers[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
        assert not thread.is_alive()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers
