//! Where a statement lands: which server, which database file, and what its name says.

use super::reading::Reading;
use crate::effects::paths::is_temporary;
use crate::effects::{Cx, Scope, home};
use crate::syntax::{Invocation, Origin, PathKind, Seg, Value};

/// A database, as far as the words tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::effects) struct Place {
    /// Where.
    pub scope: Scope,
    /// The names say that it is a production system.
    pub production: bool,
    /// The names say that it is thrown away after use.
    pub scratch: bool,
}

/// Words in a name that say *production*.
const PRODUCTION: &[&str] = &["prod", "production", "prd", "live", "proddb", "produs", "prodeu"];

/// Words in a name that say *for a test*.
const SCRATCH: &[&str] =
    &["test", "tests", "testing", "tmp", "temp", "scratch", "throwaway", "sandbox", "ci", "e2e", "pytest", "shadow"];

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty())
}

/// Says whether a host's or database's name says *production*.
pub(in crate::effects) fn is_production(name: &str) -> bool {
    parts(name).any(|part| {
        let part = part.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
        PRODUCTION.contains(&part.as_str())
    })
}

/// Says whether a name has a word for *test* or *temporary* beside other words.
pub(in crate::effects) fn is_scratch(name: &str) -> bool {
    let marked = parts(name).any(|part| SCRATCH.contains(&part.to_ascii_lowercase().as_str()));
    marked && (parts(name).count() > 1 || ["tmp", "temp", "scratch"].iter().any(|word| name.eq_ignore_ascii_case(word)))
}

/// The same for a table or a file on the server: many tables hold tests' results, so the word must stand at an end.
pub(super) fn is_scratch_object(name: &str) -> bool {
    let several = parts(name).count() > 1;
    let ends = [parts(name).next(), parts(name).last()];
    parts(name).any(|part| ["tmp", "temp", "scratch"].iter().any(|word| part.eq_ignore_ascii_case(word)))
        || (several && ends.iter().flatten().any(|part| part.eq_ignore_ascii_case("test")))
}

/// Finds the place of a client's invocation.
pub(super) fn of(reading: &Reading, inv: &Invocation, cx: &Cx<'_>) -> Place {
    match reading.client.system {
        "sqlite" | "duckdb" => file_place(reading.database.as_ref(), inv, cx),
        "clickhouse" if inv.name() == Some("clickhouse-local") || reading_is_local(inv) => {
            Place { scope: Scope::Temp, production: false, scratch: true }
        }
        _ => server(reading, inv, cx),
    }
}

fn reading_is_local(inv: &Invocation) -> bool {
    inv.args.first().is_some_and(|arg| arg.value.is("local"))
}

fn file_place(file: Option<&Value>, inv: &Invocation, cx: &Cx<'_>) -> Place {
    let place = |scope, name: &str| Place { scope, production: is_production(name), scratch: is_scratch(name) };
    let Some(file) = file else { return place(Scope::Temp, "") };
    let text = file.text();
    let name = text.rsplit('/').next().unwrap_or(&text);
    let Some(path) = file.literal() else {
        let temp = is_temporary(file.prefix()) && !file.text().contains("..");
        return place(if temp || is_made_temp(file, cx) { Scope::Temp } else { Scope::Unknown }, name);
    };
    let path = path.strip_prefix("file:").unwrap_or(path);
    let bare = path.split('?').next().unwrap_or(path);
    if bare.is_empty() || bare == ":memory:" || path.contains("mode=memory") {
        return place(Scope::Temp, "");
    }
    if let Some((system @ ("md" | "motherduck"), _)) = bare.split_once(':') {
        return place(Scope::Remote(system.to_owned()), name);
    }
    let absolute = if bare.starts_with('/') {
        bare.to_owned()
    } else {
        match inv.cwd.literal() {
            Some(cwd) => format!("{}/{bare}", cwd.trim_end_matches('/')),
            None => return place(Scope::Unknown, name),
        }
    };
    let real = cx.world.real_path(&absolute);
    let inside = |dir: &str| real.strip_prefix(dir.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'));
    let scope = if cx.world.workspace().is_some_and(inside) {
        Scope::Workspace
    } else if is_temporary(&real) {
        Scope::Temp
    } else if home::holds(&real, cx.world) {
        Scope::Home
    } else {
        Scope::OutsideWorkspace
    };
    place(scope, name)
}

/// The output of `mktemp`.
fn is_made_temp(value: &Value, cx: &Cx<'_>) -> bool {
    let Some(Seg::Unknown(unknown)) = value.segs().first() else { return false };
    let Origin::Command(from) = &unknown.origin else { return false };
    !from.is_empty()
        && from.iter().all(|at| cx.line.invocations.get(*at).is_some_and(|inv| inv.name() == Some("mktemp")))
}

fn variable(name: &str, inv: &Invocation, cx: &Cx<'_>) -> Option<String> {
    let assigned = inv.assigns.iter().rev().find(|(key, _)| key == name);
    assigned.map(|(_, value)| value.text().into_owned()).or_else(|| cx.world.var(name))
}

fn server(reading: &Reading, inv: &Invocation, cx: &Cx<'_>) -> Place {
    let shown = |value: &Option<Value>| value.as_ref().map(|value| value.text().into_owned());
    let (mut host, mut database) = (shown(&reading.host), shown(&reading.database));
    for given in [reading.database.as_ref(), reading.host.as_ref()].into_iter().flatten() {
        if let Some((url_host, url_database)) = url(&given.text()) {
            host = url_host;
            database = url_database;
            break;
        }
    }
    let system = reading.client.system;
    if system == "postgres" {
        host = host.or_else(|| variable("PGHOST", inv, cx));
        database = database.or_else(|| variable("PGDATABASE", inv, cx));
    } else if system == "mysql" {
        host = host.or_else(|| variable("MYSQL_HOST", inv, cx));
    }
    let place = named(system, host.as_deref(), database.as_deref());
    let scratch = place.scratch || is_fresh(system, host.as_deref(), inv, cx);
    Place { scratch, ..place }
}

/// Says whether the server is a container that the line itself has started, by the port that it publishes here.
pub(in crate::effects) fn is_fresh(system: &str, host: Option<&str>, inv: &Invocation, cx: &Cx<'_>) -> bool {
    const PORTS: &[(&str, &str, &[&str])] = &[
        ("postgres", "5432", &["PGPORT"]),
        ("mysql", "3306", &["MYSQL_TCP_PORT"]),
        ("redis", "6379", &["REDISCLI_PORT"]),
        ("mongodb", "27017", &[]),
    ];
    let Some((_, usual, variables)) = PORTS.iter().find(|(name, ..)| *name == system) else { return false };
    if by_socket(host, inv, cx) {
        return true;
    }
    if inv.remote.is_some() || !matches!(host.unwrap_or("localhost"), "localhost" | "127.0.0.1" | "::1") {
        return false;
    }
    let words: Vec<&str> = inv.words().map(Option::unwrap_or_default).collect();
    let option = words.iter().enumerate().find_map(|(at, word)| match *word {
        "-p" | "-P" | "--port" => words.get(at + 1).copied(),
        word => word.strip_prefix("--port=").or_else(|| word.strip_prefix("-P").filter(|port| is_number(port))),
    });
    let in_url = || words.iter().find_map(|word| port_of(word));
    let port = option.or_else(in_url).map(str::to_owned);
    let port = port.or_else(|| variables.iter().find_map(|name| variable(name, inv, cx)));
    let port = port.unwrap_or_else(|| (*usual).to_owned());
    let earlier = cx.line.invocations.get(cx.index.saturating_sub(64)..cx.index).unwrap_or(&[]);
    is_number(&port) && earlier.iter().any(|inv| publishes(inv, &port) || port != *usual && listens(inv, &port))
}

/// Says whether the server is one that the line has set up in a temporary folder, in which its socket is.
fn by_socket(host: Option<&str>, inv: &Invocation, cx: &Cx<'_>) -> bool {
    let words: Vec<_> = inv.args.iter().map(|arg| arg.value.text()).collect();
    let option = words.iter().enumerate().find_map(|(at, word)| match &**word {
        "-S" | "--socket" => words.get(at + 1).map(|word| &**word),
        word => word.strip_prefix("--socket=").or_else(|| word.strip_prefix("-S").filter(|path| path.starts_with('/'))),
    });
    // `/tmp` itself and `/tmp/mysql.sock` are where servers that were there before listen.
    let below = |path: &&str, least: usize| {
        path.trim_start_matches("/var").split('/').filter(|part| !part.is_empty()).count() >= least
    };
    let socket = option.filter(|path| below(path, 3)).or(host.filter(|host| host.starts_with('/') && below(host, 2)));
    let earlier = cx.line.invocations.get(..cx.index).unwrap_or(&[]);
    let sets_up = |inv: &Invocation| {
        let says = |start: &str| inv.words().flatten().any(|word| word.starts_with(start));
        match inv.name() {
            Some("initdb" | "mariadb-install-db" | "mysql_install_db") => true,
            Some("mysqld" | "mariadbd") => says("--initialize"),
            _ => false,
        }
    };
    inv.remote.is_none()
        && socket.is_some_and(|socket| {
            let folder =
                if option.is_some() { socket.rsplit_once('/').map_or("/", |(folder, _)| folder) } else { socket };
            crate::syntax::paths::is_temporary(socket) && cx.world.kind(folder) == PathKind::Missing
        })
        && earlier.iter().take(256).any(sets_up)
}

/// Says whether a server is started here that listens at this port: `redis-server --port 6399`.
fn listens(inv: &Invocation, port: &str) -> bool {
    const SERVERS: &[&str] = &["redis-server", "valkey-server", "mongod", "mysqld", "mariadbd", "postgres", "pg_ctl"];
    let words: Vec<&str> = inv.words().map(Option::unwrap_or_default).collect();
    let given = |word: &str| {
        let value = word.strip_prefix("--port=").or_else(|| word.strip_prefix("-p")).unwrap_or(word);
        value == port || word.split(' ').any(|part| part.strip_prefix("-p").unwrap_or(part) == port)
    };
    inv.remote.is_none()
        && inv.name().is_some_and(|name| SERVERS.contains(&name))
        && words.iter().any(|word| given(word))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The port in `scheme://user:password@host:port/database`.
fn port_of(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?;
    host.rsplit_once(':').map(|(_, port)| port).filter(|port| is_number(port))
}

/// Says whether `docker run` starts a container that can be reached here at this port, without a folder of data that
/// was there before.
fn publishes(inv: &Invocation, port: &str) -> bool {
    if !matches!(inv.name(), Some("docker" | "podman" | "nerdctl")) || inv.remote.is_some() {
        return false;
    }
    let words: Vec<&str> = inv.words().map(Option::unwrap_or_default).collect();
    let verb = words.iter().take(2).any(|word| *word == "run");
    let keeps = |word: &&str| word.starts_with("-v") || word.starts_with("--volume") || word.starts_with("--mount");
    let published = words.iter().enumerate().any(|(at, word)| {
        let value = match *word {
            "-p" | "--publish" => words.get(at + 1).copied(),
            word => word.strip_prefix("--publish=").or_else(|| word.strip_prefix("-p")),
        };
        let parts: Vec<&str> = value.unwrap_or_default().split(':').collect();
        matches!(parts.as_slice(), [here, _] | [_, here, _] if *here == port)
    });
    verb && published && !words.iter().any(keeps)
}

/// A place on a server.
pub(in crate::effects) fn named(system: &str, host: Option<&str>, database: Option<&str>) -> Place {
    let host = host.filter(|host| !host.is_empty()).unwrap_or("localhost");
    let mut name = format!("{system}:{host}");
    if let Some(database) = database.filter(|database| !database.is_empty()) {
        name.push('/');
        name.push_str(database);
    }
    Place {
        production: is_production(host) || database.is_some_and(is_production),
        scratch: database.is_some_and(is_scratch),
        scope: Scope::Remote(name),
    }
}

/// Host and database of `scheme://user:password@host:port/database?…` or `host=… dbname=…`.
pub(in crate::effects) fn url(text: &str) -> Option<(Option<String>, Option<String>)> {
    if let Some((_, rest)) = text.split_once("://") {
        let rest = rest.split(['?', '#']).next().unwrap_or(rest);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        let host = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))
            .map_or(host, |(host, _)| host);
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        return Some((some(host), some(path)));
    }
    if text.contains("host=") || text.contains("dbname=") {
        let field = |key: &str| text.split_whitespace().find_map(|word| word.strip_prefix(key)).map(str::to_owned);
        return Some((field("host="), field("dbname=")));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_they_are_for() {
        for name in ["prod", "prod-db1", "db.prod.internal", "app_production", "my-live-db", "PROD2"] {
            assert!(is_production(name), "{name}");
        }
        for name in ["product", "reproduce", "staging", "deliver", "localhost"] {
            assert!(!is_production(name), "{name}");
        }
        for name in ["app_test", "test_app", "tmp_import", "test.db", "tmp", "pr-12-ci"] {
            assert!(is_scratch(name), "{name}");
        }
        for name in ["test", "contest_app", "attempts", "app", "latest"] {
            assert!(!is_scratch(name), "{name}");
        }
    }

    #[test]
    fn urls_are_taken_apart() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(url("postgres://u:p@h:5432/db?x=1"), Some((some("h"), some("db"))));
        assert_eq!(url("postgresql:///db"), Some((None, some("db"))));
        assert_eq!(url("host=h dbname=d user=u"), Some((some("h"), some("d"))));
        assert_eq!(url("app"), None);
    }
}
