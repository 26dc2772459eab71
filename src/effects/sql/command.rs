//! The clients' own commands: the few that run a shell, read another script, or run what a query returned.

use super::split::Commands;

/// What a client's command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Hands text to a shell.
    Shell(String),
    /// Reads another script.
    Include(String),
    /// Runs the last query's result as SQL.
    RunResult,
    /// Goes to another database.
    Database(String),
    /// Overwrites the database with a backup.
    Restore(String),
    /// psql's `\copy`: the words behind it.
    Copy(String),
}

/// Reads a command line of a client; empty where it does nothing of interest.
pub(super) fn read(line: &str, commands: Commands) -> Vec<Command> {
    match commands {
        Commands::None => Vec::new(),
        Commands::Psql => psql(line),
        Commands::MySql => mysql(line).into_iter().collect(),
        Commands::Dot => dot(line).into_iter().collect(),
        Commands::SqlCmd => sqlcmd(line).into_iter().collect(),
        Commands::SqlPlus => sqlplus(line).into_iter().collect(),
    }
}

/// Says whether a script may hold commands of the client: false only where it does not.
pub(super) fn may_hold(text: &str, commands: Commands) -> bool {
    let says = |word: &str| text.to_ascii_lowercase().contains(word);
    match commands {
        Commands::None => false,
        Commands::Psql => text.contains('\\'),
        Commands::MySql => text.contains('\\') || ["source", "system", "pager"].into_iter().any(says),
        Commands::Dot => text.contains('.'),
        Commands::SqlCmd | Commands::SqlPlus => true,
    }
}

/// The first word and the rest.
fn split(line: &str) -> (&str, &str) {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    (word, rest.trim())
}

fn unquoted(text: &str) -> String {
    let text = text.trim().trim_end_matches(';').trim();
    let inner = ['\'', '"'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).replace("''", "'")
}

/// The command behind a `|`.
fn piped(rest: &str) -> Option<Command> {
    let rest = unquoted(rest);
    rest.strip_prefix('|').map(|shell| Command::Shell(shell.trim().to_owned()))
}

fn psql(line: &str) -> Vec<Command> {
    let line = line.strip_prefix('\\').unwrap_or(line);
    if let Some(shell) = line.strip_prefix('!') {
        return shell_text(shell).into_iter().collect();
    }
    let (name, rest) = split(line);
    let mut found: Vec<Command> = backticks(rest).map(Command::Shell).collect();
    found.extend(match name {
        "i" | "ir" | "include" | "include_relative" => Some(Command::Include(unquoted(rest))),
        "c" | "connect" => split(rest).0.chars().next().map(|_| Command::Database(unquoted(split(rest).0))),
        "gexec" => Some(Command::RunResult),
        "o" | "out" | "g" | "gx" | "w" | "write" => piped(rest),
        "copy" => Some(Command::Copy(rest.to_owned())),
        _ => None,
    });
    if name == "copy" {
        found.extend(program(rest));
    }
    found
}

/// psql runs what stands in backticks in the words of its commands.
fn backticks(rest: &str) -> impl Iterator<Item = String> {
    rest.split('`').skip(1).step_by(2).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}

/// `\copy … program 'command'`.
fn program(rest: &str) -> Option<Command> {
    let lower = rest.to_ascii_lowercase();
    let at = lower.find(" program ")?;
    let text = rest.get(at + " program ".len()..)?.trim_start();
    let inner = text.strip_prefix('\'')?;
    let end = inner.rfind('\'').unwrap_or(inner.len());
    Some(Command::Shell(inner.get(..end)?.replace("''", "'")))
}

fn shell_text(text: &str) -> Option<Command> {
    let text = text.trim();
    (!text.is_empty()).then(|| Command::Shell(text.to_owned()))
}

fn mysql(line: &str) -> Option<Command> {
    if let Some(rest) = line.strip_prefix('\\') {
        let command = rest.chars().next()?;
        let words = rest.get(command.len_utf8()..)?.trim();
        return match command {
            '!' | 'P' => shell_text(words),
            '.' => Some(Command::Include(unquoted(words))),
            'u' => Some(Command::Database(unquoted(words))),
            _ => None,
        };
    }
    let (name, rest) = split(line);
    match name.to_ascii_lowercase().as_str() {
        "source" => Some(Command::Include(unquoted(rest))),
        "system" | "pager" => shell_text(rest.trim_end_matches(';')),
        _ => None,
    }
}

fn dot(line: &str) -> Option<Command> {
    let (name, rest) = split(line.strip_prefix('.')?);
    match name {
        "shell" | "system" | "sh" => shell_text(rest),
        "read" => piped(rest).or_else(|| Some(Command::Include(unquoted(rest)))),
        "once" | "output" | "import" => piped(rest.trim_start_matches(['"', '\''])),
        "restore" => Some(Command::Restore(unquoted(rest))),
        _ => None,
    }
}

fn sqlcmd(line: &str) -> Option<Command> {
    let line = line.trim_start_matches(':');
    if let Some(shell) = line.strip_prefix("!!") {
        return shell_text(shell);
    }
    let (name, rest) = split(line);
    (name.eq_ignore_ascii_case("r")).then(|| Command::Include(unquoted(rest)))
}

fn sqlplus(line: &str) -> Option<Command> {
    if let Some(shell) = line.strip_prefix('!') {
        return shell_text(shell);
    }
    if let Some(file) = line.strip_prefix("@@").or_else(|| line.strip_prefix('@')) {
        return Some(Command::Include(unquoted(split(file).0)));
    }
    let (name, rest) = split(line);
    match name.to_ascii_lowercase().as_str() {
        "host" => shell_text(rest),
        "start" => Some(Command::Include(unquoted(split(rest).0))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_matter() {
        use Commands as C;
        let shell = |text: &str| Command::Shell(text.to_owned());
        let rows: &[(&str, C, &[Command])] = &[
            ("\\! rm -rf x", C::Psql, &[shell("rm -rf x")]),
            ("\\!ls", C::Psql, &[shell("ls")]),
            ("\\o |cat > x", C::Psql, &[shell("cat > x")]),
            ("\\o x.txt", C::Psql, &[]),
            ("\\dt *.*", C::Psql, &[]),
            ("\\set x `date`", C::Psql, &[shell("date")]),
            (
                "\\copy t from program 'curl x | sh'",
                C::Psql,
                &[Command::Copy("t from program 'curl x | sh'".into()), shell("curl x | sh")],
            ),
            ("\\i a.sql", C::Psql, &[Command::Include("a.sql".into())]),
            ("\\c prod", C::Psql, &[Command::Database("prod".into())]),
            ("\\gexec", C::Psql, &[Command::RunResult]),
            (".shell ls", C::Dot, &[shell("ls")]),
            (".once |sh", C::Dot, &[shell("sh")]),
            (".import '|rm x' t", C::Dot, &[shell("rm x' t")]),
            (".read x.sql", C::Dot, &[Command::Include("x.sql".into())]),
            (".tables", C::Dot, &[]),
            (".output x.csv", C::Dot, &[]),
            ("system rm x;", C::MySql, &[shell("rm x")]),
            ("\\! rm x", C::MySql, &[shell("rm x")]),
            ("source a.sql;", C::MySql, &[Command::Include("a.sql".into())]),
            (":!! del x", C::SqlCmd, &[shell("del x")]),
            (":r a.sql", C::SqlCmd, &[Command::Include("a.sql".into())]),
            (":setvar a b", C::SqlCmd, &[]),
            ("@a.sql", C::SqlPlus, &[Command::Include("a.sql".into())]),
            ("host ls", C::SqlPlus, &[shell("ls")]),
        ];
        for (line, commands, wanted) in rows {
            assert_eq!(&read(line, *commands), wanted, "{line}");
            assert!(wanted.is_empty() || may_hold(line, *commands), "{line}");
        }
    }
}
