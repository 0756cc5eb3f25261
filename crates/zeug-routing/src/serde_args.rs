//! A match's arguments as a struct, by serde. Refuses missing fields and texts that do not fit a field's type.
