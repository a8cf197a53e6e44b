"""What a cohort's scorecards and submissions say: of our checks to their author, of likeness to a mentor."""
