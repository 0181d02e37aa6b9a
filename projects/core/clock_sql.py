"""The database's side of the one clock (portfolio/core/clock.py)."""

CREATE = """
CREATE OR REPLACE FUNCTION portfolio_now() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT now() + make_interval(
        secs => coalesce(nullif(current_setting('portfolio.clock_shift', true), ''), '0')::float8
    )
$$
"""
DROP = "DROP FUNCTION portfolio_now()"
