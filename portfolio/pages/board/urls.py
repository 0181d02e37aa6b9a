"""The addresses of the board."""

from django.urls import path

from portfolio.pages.board import board, tables

urlpatterns = [
    path("board/", board.board_page, name="board"),
    path("board/panels/changes/", board.changes_panel, name="board-changes"),
    path("board/projects/<slug:code>/", board.open_project, name="board-project"),
    path("board/<slug:name>/", tables.table_page, name="board-report"),
]
