"""Says how long a mail that could not be handed over waits for its next attempt (decision 19).

Equal jitter: half of the wait is fixed, so that nobody hammers; half is spread, so that ten
thousand mails that failed together do not come back together.
"""

import datetime as dt

FIRST = dt.timedelta(minutes=1)
LONGEST = dt.timedelta(hours=24)
# From here on doubling has passed the longest; it also keeps the power small.
DOUBLINGS = 11


def retry_delay(attempts: int, spread: float) -> dt.timedelta:
    """Returns the wait after so many attempts (1 or more): about a minute after the first, twice
    as long after each further one, at most a day.

    ``spread``, from 0 to 1, is the chance that the caller has drawn; it moves the wait between
    half of it and the whole.
    """
    whole = min(FIRST * 2 ** min(max(attempts - 1, 0), DOUBLINGS), LONGEST)
    return whole / 2 + whole / 2 * spread
