//! The wardsh binary: everything is in the library.

use std::process::ExitCode;

// musl's own asks the kernel for every few small blocks and gives them back: a hundred system calls per start.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: wardsh::sys::Heap<dlmalloc::GlobalDlmalloc> = wardsh::sys::Heap::new(dlmalloc::GlobalDlmalloc);

fn main() -> ExitCode {
    wardsh::cli::main(std::env::args_os().collect())
}
