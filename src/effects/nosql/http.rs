//! Databases and search engines over HTTP: `curl -X DELETE localhost:9200/index`.

use super::{Hit, push};
use crate::effects::sql::{self, Dialect, Script};
use crate::effects::{Certainty, Cx, Effect, EffectKind};
use crate::syntax::{Invocation, Value};

/// A request as far as the words tell.
#[derive(Default)]
struct Request {
    method: Option<String>,
    url: Option<Value>,
    body: Vec<Value>,
    /// Sends the body in the address (`-G`).
    get: bool,
}

/// `curl`'s short options that take a value, beside those read here.
const CURL_VALUES: &str = "AbcCDeEFhHKmoPQrTtuUwxyYz";

/// Adds what a request does to a database that speaks HTTP.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let request = if matches!(inv.name(), Some("curl" | "curlie" | "wget")) { curl(inv) } else { httpie(inv) };
    let Some(url) = &request.url else { return };
    let text = url.text();
    let Some(server) = server(&text) else { return };
    let bodies = bodies(&request, inv, cx);
    let method = request
        .method
        .clone()
        .unwrap_or_else(|| if request.body.is_empty() || request.get { "GET" } else { "POST" }.to_owned());
    let (host, path) = split(&text);
    let place = sql::named(server, Some(host), None);
    if matches!(server, "clickhouse" | "influx") {
        queries(&method, path, &bodies, inv, cx, out, server);
        return;
    }
    if let Some(hit) = judged(server, &method, path, &bodies) {
        let mut place = place;
        place.scratch = sql::is_scratch(path.split(['?', '/']).find(|part| !part.is_empty()).unwrap_or(""));
        push(hit, &place, inv.span, cx, out);
    }
}

fn curl(inv: &Invocation) -> Request {
    let mut request = Request::default();
    let mut args = inv.args.iter();
    while let Some(arg) = args.next() {
        let head = arg.value.prefix();
        let next = |args: &mut std::slice::Iter<'_, crate::syntax::Arg>| args.next().map(|arg| arg.value.clone());
        match head {
            "-X" | "--request" | "--method" => {
                request.method = next(&mut args).map(|value| value.text().to_uppercase());
            }
            "-d" | "--data" | "--data-raw" | "--data-binary" | "--data-ascii" | "--data-urlencode" | "--json"
            | "--post-data" | "--body-data" => {
                request.body.extend(next(&mut args));
            }
            "-G" | "--get" => request.get = true,
            "--url" => request.url = next(&mut args),
            _ if head.starts_with("--") => long(&mut request, head),
            _ if head.starts_with('-') && head.len() > 1 => short(&mut request, &arg.value, &mut args),
            _ => request.url = Some(arg.value.clone()),
        }
    }
    request
}

fn long(request: &mut Request, head: &str) {
    let Some((name, value)) = head.split_once('=') else { return };
    match name {
        "--request" | "--method" => request.method = Some(value.to_uppercase()),
        "--data" | "--data-raw" | "--json" | "--post-data" | "--body-data" => request.body.push(Value::lit(value)),
        "--url" => request.url = Some(Value::lit(value)),
        _ => {}
    }
}

/// `-sXDELETE`, `-d@file`.
fn short<'a>(request: &mut Request, value: &Value, args: &mut impl Iterator<Item = &'a crate::syntax::Arg>) {
    let head = value.prefix();
    for (at, c) in head.char_indices().skip(1) {
        let rest = head.get(at + c.len_utf8()..).unwrap_or("");
        let mut taken =
            || if rest.is_empty() { args.next().map(|arg| arg.value.clone()) } else { Some(Value::lit(rest)) };
        match c {
            'X' => request.method = taken().map(|value| value.text().to_uppercase()),
            'd' => request.body.extend(taken()),
            'G' => {
                request.get = true;
                continue;
            }
            _ if CURL_VALUES.contains(c) => {
                taken();
            }
            _ => continue,
        }
        return;
    }
}

/// `http DELETE :9200/index`.
fn httpie(inv: &Invocation) -> Request {
    let mut words = inv.args.iter().filter(|arg| !arg.value.prefix().starts_with('-')).map(|arg| &arg.value);
    let mut request = Request::default();
    let Some(first) = words.next() else { return request };
    let is_method = first.literal().is_some_and(|word| word.len() < 8 && word.bytes().all(|b| b.is_ascii_alphabetic()));
    if is_method {
        request.method = first.literal().map(str::to_uppercase);
        request.url = words.next().cloned();
    } else {
        request.url = Some(first.clone());
    }
    request.body = words.cloned().collect();
    request
}

/// The bodies that are sent, files read.
fn bodies(request: &Request, inv: &Invocation, cx: &Cx<'_>) -> Vec<String> {
    let mut texts = Vec::new();
    for body in &request.body {
        let scripts = match body.literal().and_then(|text| text.strip_prefix('@')) {
            Some("-") => sql::stdin(inv, cx),
            Some(path) => sql::file(&Value::lit(path), inv, cx),
            None => vec![Script::Text(body.clone())],
        };
        texts.extend(scripts.into_iter().filter_map(|script| match script {
            Script::Text(text) => Some(text.text().into_owned()),
            _ => None,
        }));
    }
    texts
}

/// Ports and names by which a server is known.
const SERVERS: &[(&str, &[&str], &[&str])] = &[
    ("elasticsearch", &["9200", "9201"], &["elastic", "opensearch", "es.amazonaws", "elasticsearch"]),
    ("couchdb", &["5984", "6984"], &["couch", "cloudant"]),
    ("solr", &["8983"], &["solr"]),
    ("qdrant", &["6333"], &["qdrant"]),
    ("meilisearch", &["7700"], &["meili"]),
    ("typesense", &["8108"], &["typesense"]),
    ("weaviate", &[], &["weaviate"]),
    ("arangodb", &["8529"], &["arango"]),
    ("clickhouse", &["8123", "8443"], &["clickhouse"]),
    ("influx", &["8086"], &["influx"]),
    ("consul", &["8500"], &["consul"]),
    ("rabbitmq", &["15672", "15671"], &["rabbit"]),
];

/// Names of variables that hold a server's address.
const VARIABLES: &[&str] = &["ES_", "ES", "ELASTIC", "OPENSEARCH", "OS_URL"];

fn server(url: &str) -> Option<&'static str> {
    let (host, _) = split(url);
    let port = authority(url).rsplit_once(':').map_or("", |(_, port)| port);
    let host = host.to_lowercase();
    let known =
        SERVERS.iter().find(|(_, ports, names)| ports.contains(&port) || names.iter().any(|name| host.contains(name)));
    let variable = url.strip_prefix('$').is_some_and(|name| VARIABLES.iter().any(|known| name.starts_with(known)));
    known.map(|(name, ..)| *name).or_else(|| variable.then_some("elasticsearch"))
}

/// Host and port.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or(rest);
    authority.rsplit('@').next().unwrap_or(authority)
}

/// Host and path.
fn split(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("");
    let authority = authority(url);
    (authority.rsplit_once(':').map_or(authority, |(host, _)| host), path)
}

/// Says whether a body asks for everything.
fn matches_all(bodies: &[String]) -> bool {
    let text: String = bodies.concat().split_whitespace().collect();
    text.is_empty()
        || text.contains("match_all")
        || text == "{}"
        || text.contains("\"query\":{}")
        || text.contains("*:*")
}

fn judged(server: &str, method: &str, path: &str, bodies: &[String]) -> Option<Hit> {
    let bare = path.split('?').next().unwrap_or(path);
    let parts: Vec<&str> = bare.split('/').filter(|part| !part.is_empty()).collect();
    let first = parts.first().copied().unwrap_or("");
    match (server, method) {
        ("elasticsearch", "DELETE") => elastic_delete(first, &parts),
        ("elasticsearch", "POST") if parts.last() == Some(&"_close") => {
            Some(Hit::new(EffectKind::DataDelete, format!("index {first} closed")))
        }
        ("elasticsearch", "PUT") if bodies.concat().contains("destructive_requires_name") => {
            Some(Hit::new(EffectKind::DataDelete, "guard against deleting every index"))
        }
        ("elasticsearch", "PUT") if matches!(parts.as_slice(), ["_cluster", "settings"]) => {
            Some(Hit::new(EffectKind::SysService, "settings of the cluster"))
        }
        ("elasticsearch", "POST") => {
            let kind = match parts.last().copied()? {
                "_delete_by_query" => EffectKind::DbDeleteBulk,
                "_update_by_query" => EffectKind::DbUpdateBulk,
                _ => return None,
            };
            matches_all(bodies).then(|| Hit::new(kind, format!("index {first}")))
        }
        ("couchdb", "DELETE") => (parts.len() == 1).then(|| Hit::new(EffectKind::DbDrop, format!("database {first}"))),
        ("solr", _) => {
            let all = bodies.concat().contains("*:*") || path.contains("*:*");
            let delete = bodies.concat().contains("delete") || path.contains("delete");
            let unload = path.contains("action=DELETE")
                || path.contains("deleteIndex=true")
                || method == "DELETE" && matches!(parts.get(1), Some(&"collections" | &"cores"));
            (all && delete || unload)
                .then(|| Hit::new(EffectKind::DataDelete, format!("index {}", parts.get(1).unwrap_or(&first))))
        }
        ("qdrant", "DELETE") => (parts.len() == 2 && first == "collections")
            .then(|| Hit::new(EffectKind::DataDelete, format!("collection {}", parts.get(1).unwrap_or(&"")))),
        ("meilisearch" | "typesense", "DELETE") => {
            let whole = parts.len() == 2 || parts.get(2) == Some(&"documents") && parts.len() == 3;
            (matches!(first, "indexes" | "collections") && whole)
                .then(|| Hit::new(EffectKind::DataDelete, format!("index {}", parts.get(1).unwrap_or(&""))))
        }
        ("weaviate", "DELETE") => (parts.contains(&"schema"))
            .then(|| Hit::new(EffectKind::DataDelete, format!("collection {}", parts.last().unwrap_or(&"")))),
        ("arangodb", "DELETE") => (parts.contains(&"database") || parts.contains(&"collection"))
            .then(|| Hit::new(EffectKind::DbDrop, format!("collection {}", parts.last().unwrap_or(&"")))),
        ("rabbitmq", "DELETE") => {
            let whole = matches!(parts.get(1), Some(&"queues" | &"exchanges" | &"vhosts" | &"users"));
            (first == "api" && whole && parts.len() > 2)
                .then(|| Hit::new(EffectKind::DataDelete, format!("queue {}", parts.last().unwrap_or(&""))))
        }
        ("consul", "DELETE") => path.contains("recurse").then(|| Hit::new(EffectKind::DataDelete, "keys")),
        _ => None,
    }
}

/// Things of Elasticsearch that come and go with a request.
const PASSING: &[&str] = &[
    "_search",
    "_pit",
    "_async_search",
    "_tasks",
    "_cache",
    "_sql",
    "_eql",
    "_scripts",
    "_ml",
    "_transform",
    "_watcher",
];

fn elastic_delete(first: &str, parts: &[&str]) -> Option<Hit> {
    if first.is_empty() || PASSING.contains(&first) {
        return None;
    }
    if first == "_snapshot" || first == "_data_stream" || first == "_slm" {
        return Some(Hit::new(
            EffectKind::DataDelete,
            format!("{} {}", first.trim_start_matches('_'), parts.get(1..)?.join("/")),
        ));
    }
    if first.starts_with('_') && first != "_all" {
        return Some(
            Hit::new(EffectKind::DataDelete, format!("setting {}", parts.join("/"))).sure(Certainty::Possible),
        );
    }
    let hit = Hit::new(EffectKind::DataDelete, format!("index {first}"));
    let many = first.contains('*') || first == "_all" || first.contains(',');
    (parts.len() == 1).then_some(if many { hit.bulk() } else { hit })
}

/// `?query=DROP+TABLE+x` and the body, as SQL.
fn queries(
    method: &str,
    path: &str,
    bodies: &[String],
    inv: &Invocation,
    cx: &Cx<'_>,
    out: &mut Vec<Effect>,
    server: &str,
) {
    let text = inv
        .args
        .iter()
        .map(|arg| arg.value.text())
        .find(|text| text.contains("://") || text.contains(':'))
        .unwrap_or_default();
    let place = sql::named(server, Some(split(&text).0), None);
    let dialect = if server == "clickhouse" { Dialect::ClickHouse } else { Dialect::Generic };
    if server == "influx"
        && method == "POST"
        && path.contains("/api/v2/delete")
        && !bodies.concat().contains("predicate")
    {
        push(Hit::new(EffectKind::DbDeleteBulk, "measurements"), &place, inv.span, cx, out);
    }
    if server == "influx" && method == "DELETE" && path.contains("/buckets/") {
        push(Hit::new(EffectKind::DbDrop, "database bucket"), &place, inv.span, cx, out);
    }
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let fields = query.split('&').map(str::to_owned).chain(bodies.iter().cloned());
    for field in fields {
        let sql = field.strip_prefix("query=").or_else(|| field.strip_prefix("q=")).map(unescaped).unwrap_or(field);
        if !sql.starts_with('{') && !sql.is_empty() {
            sql::run(&Value::lit(sql), inv.span, dialect, &place, cx, out);
        }
    }
}

/// Takes `+` and `%20` back.
fn unescaped(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let mut two = bytes.clone();
                let hex: String = [two.next(), two.next()].into_iter().flatten().map(char::from).collect();
                match u8::from_str_radix(&hex, 16) {
                    Ok(value) if hex.len() == 2 => {
                        out.push(value);
                        bytes = two;
                    }
                    _ => out.push(b'%'),
                }
            }
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
