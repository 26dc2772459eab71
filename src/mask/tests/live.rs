//! What happens on a terminal.
