"""What is wrong with a lamp, and what it uses: judged by what it shows (pure)."""
