"""A recorded call as instructions: lowered, cleared of dead code, put together as blocks."""
