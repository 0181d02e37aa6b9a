"""Mails on their way, in stages: plan, place, claim, settle, send."""
