//! Databases that do not speak SQL.
