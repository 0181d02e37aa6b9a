"""Targets, their figures and the items behind them."""
