//! The wardsh binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    wardsh::cli::main(std::env::args_os().collect())
}
