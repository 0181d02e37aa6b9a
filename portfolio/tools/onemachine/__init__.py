"""One machine with nothing installed: database, broker, mail catcher, supervision of it all.

Plain Python without Django: only the ``start`` command and the tests import it.
"""
