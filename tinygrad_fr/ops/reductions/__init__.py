"""Operations that reduce dimensions, or run along one: sums, extremes, variance, scans, order statistics, counts."""
