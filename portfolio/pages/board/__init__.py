"""The board that supervisors look at: 督查看板."""
