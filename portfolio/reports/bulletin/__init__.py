"""The monthly supervision bulletin 督查通报: the reports' own rows, told as an official document.

It is written in Chinese whatever the reader's language, so its sentences stand in no catalogue.
"""
