"""All models side by side: leaderboard, comparison and report."""
