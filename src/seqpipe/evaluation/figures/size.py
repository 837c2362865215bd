"""What a report knows of its pictures beforehand. It is made without matplotlib: so is the leaderboard."""

DPI = 130
