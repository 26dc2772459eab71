//! Bugs of other maskers, by name.
