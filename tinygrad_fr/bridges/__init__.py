"""Where a learner's work goes on elsewhere, and where what they have elsewhere is seen here."""
