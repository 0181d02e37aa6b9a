"""The addresses of the board."""

from django.urls import path

from portfolio.dashboard import board

urlpatterns = [
    path("board/", board.board_page, name="board"),
]
