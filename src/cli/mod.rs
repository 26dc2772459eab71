//! The command line: what was typed → which subcommand; rendering. One file per subcommand.
//!
//! Decides nothing about lines (that is `session`).
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "the one layer that talks to the user")]

mod approvals;
mod check;
mod check_file;
mod decide;
mod drop_in;
mod environment;
mod explain;
mod gate;
mod interactive;
mod launch;
mod mask;
mod policy;
mod render;
mod rules;
mod run;
mod setup;
mod status;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::approve::prompt;
use crate::shells::Shell;
use crate::sys;

/// Exit statuses of our own; a command's own status is passed through unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; for `check`: the line may run.
    Done = 0,
    /// A check of the user's files failed.
    Failed = 1,
    /// Wrong usage or a fault in a configuration file.
    Usage = 2,
    /// `check`: a human is asked first.
    Ask = 10,
    /// `check`: refused.
    Deny = 20,
    /// wardsh itself failed.
    Broken = 125,
    /// The command was refused.
    Refused = 126,
    /// The real shell was not found.
    NotFound = 127,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A shell that judges a command line by what it would do before the real shell runs it.
#[derive(Debug, Parser)]
#[command(name = "wardsh", version, about, disable_help_subcommand = true, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    shell: interactive::ShellArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

const AFTER_HELP: &str = "As a shell: wardsh -c COMMAND [NAME ARG…], or through a link named bash, zsh, sh or dash.

Exit status: the command's own; 125 wardsh failed, 126 refused, 127 no real shell found.
check: 0 may run, 10 a human is asked first, 20 refused, 2 wrong usage or a fault in a configuration file.";

/// Where files are, for tests and people.
#[derive(Clone, Debug, Default, Args)]
struct Places {
    /// Read policy and rules from here instead of `~/.config/wardsh`
    #[arg(long, global = true, value_name = "DIR")]
    config_dir: Option<std::path::PathBuf>,
    /// Keep trust and other state here instead of in `~/.local/state/wardsh`
    #[arg(long, global = true, value_name = "DIR")]
    state_dir: Option<std::path::PathBuf>,
}

impl Places {
    /// Takes our own folders from in front of a shell's words; argv\[0\] stays in front.
    fn in_front_of(args: &[OsString]) -> (Self, Vec<OsString>) {
        let mut places = Self::default();
        let mut rest = args.iter().skip(1).peekable();
        while let Some(word) = rest.peek() {
            let place = match word.to_str() {
                Some("--config-dir") => &mut places.config_dir,
                Some("--state-dir") => &mut places.state_dir,
                _ => break,
            };
            rest.next();
            *place = rest.next().map(std::path::PathBuf::from);
        }
        (places, args.iter().take(1).chain(rest).cloned().collect())
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what would become of a command; nothing runs
    Check(check::CheckArgs),
    /// Show how a command is understood: each effect, each rule, and why
    Explain(explain::ExplainArgs),
    /// Run one program, guarded, without a shell
    Run(run::RunArgs),
    /// Copy standard input to standard output without its secrets
    Mask(mask::MaskArgs),
    /// List, show and test rules
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Show, check, trust and extend the policy
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Answer questions that wait, from another terminal; list and take back grants
    Approvals(approvals::ApprovalsArgs),
    /// Say whether this shell is guarded, by what, and what is not covered
    Status(status::StatusArgs),
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Asks a question on the terminal, for another process of ours
    #[command(name = prompt::SUBCOMMAND, hide = true)]
    Ask {
        /// The descriptor that the question comes from
        question: u32,
        /// The descriptor that the answer goes to
        answers: u32,
    },
}

/// Runs the program on the given words, argv\[0\] first.
#[must_use]
pub fn main(args: Vec<OsString>) -> ExitCode {
    let argv0 = args.first().cloned().unwrap_or_default();
    if let Some(shell) = Shell::of_argv0(&argv0) {
        return drop_in::run(&Places::default(), shell, &args);
    }
    // `wardsh -c …` and every other shape of a shell; our own options are words of two dashes or a subcommand.
    let (places, words) = Places::in_front_of(&args);
    let piped = words.len() == 1 && drop_in::has_commands();
    let shape = |first: &OsString| drop_in::is_shell_shape(first) || names_script(first);
    if (piped || words.get(1).is_some_and(shape)) && !interactive::is_own_call(&words) {
        return drop_in::run(&places, Shell::Bash, &words);
    }
    sys::end_on_closed_pipe();
    let cli = match Cli::try_parse_from(&args) {
        // login(1) says by a dash in front of its name that a shell is one at login.
        Ok(mut cli) => {
            cli.shell.login |= std::os::unix::ffi::OsStrExt::as_bytes(argv0.as_os_str()).starts_with(b"-");
            cli
        }
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    if let Some(Command::Run(args)) = &cli.command {
        return run::run(&cli.places, args);
    }
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            render::error(&error);
            Exit::Usage.into()
        }
    }
}

/// Says whether a first word is a script: a path, or a file that is there and bears no subcommand's name.
fn names_script(first: &OsStr) -> bool {
    let bytes = first.as_encoded_bytes();
    let command = || first == "help" || Cli::command().find_subcommand(first).is_some();
    !bytes.starts_with(b"-") && (bytes.contains(&b'/') || Path::new(first).is_file() && !command())
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let Some(command) = cli.command else { return interactive::run(&cli.places, &cli.shell) };
    match command {
        Command::Check(args) => check::run(&cli.places, &args),
        Command::Explain(args) => explain::run(&cli.places, &args),
        Command::Run(_) => Ok(Exit::Broken),
        Command::Mask(args) => mask::run(&cli.places, &args),
        Command::Rules(command) => rules::run(&cli.places, &command),
        Command::Policy(command) => policy::run(&cli.places, &command),
        Command::Status(args) => status::run(&cli.places, &args),
        Command::Approvals(args) => approvals::run(&cli.places, &args),
        Command::Ask { question, answers } => {
            prompt::helper(question, answers)?;
            Ok(Exit::Done)
        }
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "wardsh", &mut std::io::stdout());
            Ok(Exit::Done)
        }
    }
}
