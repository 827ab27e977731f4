"""Arguments of a call: their names, their kinds, and the errors that say in one sentence what does not fit."""
