"""Reviews by mentors, and decisions over scorecards and reviews, with their evidence. See docs/mentor/promotion.md."""
