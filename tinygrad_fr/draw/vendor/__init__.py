"""Files of other projects that pictures need."""
