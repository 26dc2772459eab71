//! The table of clients: which words of theirs hold SQL, a script, a host or a database.

use super::dialect::Dialect;
use super::split::Commands;

/// What an option's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
    /// SQL text.
    Sql,
    /// SQL text that is run before whatever else is read.
    Before,
    /// A script.
    File,
    /// A host or a URL.
    Host,
    /// A database.
    Database,
    /// A flag: only shows what would be done.
    Dry,
    /// Anything else.
    Value,
    /// Anything else, only where it is written together with the option (`-psecret`).
    Attached,
}

/// What the words beside the options are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// Nothing of interest.
    Nothing,
    /// The database or its URL first.
    Database,
    /// All of them are one SQL text.
    Sql,
    /// A database file, then SQL texts.
    FileThenSql,
    /// A database's name, then SQL texts.
    NameThenSql,
    /// The host first.
    Host,
    /// Scripts, marked with `@`.
    Scripts,
}

/// How options are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `-tAc SQL`, `-cSQL`, `--command=SQL`.
    Getopt,
    /// `-header`, `-cmd SQL`.
    Single,
}

/// A client of a database.
#[derive(Debug)]
pub(super) struct Client {
    /// Its names.
    pub names: &'static [&'static str],
    /// The words with which it starts a query.
    pub sub: &'static [&'static str],
    /// The system, as shown in scopes.
    pub system: &'static str,
    /// What it speaks.
    pub dialect: Dialect,
    /// Its own commands.
    pub commands: Commands,
    /// How its options are written.
    pub style: Style,
    /// Its options that matter or take a value.
    pub options: &'static [(&'static str, Opt)],
    /// What its words are.
    pub words: Words,
}

use Opt::{Attached, Before, Database, Dry, File, Host, Sql, Value};

const fn client(
    names: &'static [&'static str],
    system: &'static str,
    dialect: Dialect,
    commands: Commands,
    words: Words,
    options: &'static [(&'static str, Opt)],
) -> Client {
    Client { names, sub: &[], system, dialect, commands, style: Style::Getopt, options, words }
}

const fn sub(
    names: &'static [&'static str],
    sub: &'static [&'static str],
    system: &'static str,
    dialect: Dialect,
    words: Words,
    options: &'static [(&'static str, Opt)],
) -> Client {
    Client { names, sub, system, dialect, commands: Commands::None, style: Style::Getopt, options, words }
}

const PSQL: &[(&str, Opt)] = &[
    ("-c", Sql),
    ("--command", Sql),
    ("-f", File),
    ("--file", File),
    ("-d", Database),
    ("--dbname", Database),
    ("-h", Host),
    ("--host", Host),
    ("-p", Value),
    ("--port", Value),
    ("-U", Value),
    ("--username", Value),
    ("-v", Value),
    ("--set", Value),
    ("--variable", Value),
    ("-o", Value),
    ("--output", Value),
    ("-L", Value),
    ("--log-file", Value),
    ("-F", Value),
    ("--field-separator", Value),
    ("-P", Value),
    ("--pset", Value),
    ("-R", Value),
    ("--record-separator", Value),
    ("-T", Value),
    ("--table-attr", Value),
];

const FLY: &[(&str, Opt)] = &[("-a", Host), ("--app", Host), ("-d", Database), ("--database", Database), ("-u", Value)];

const MYSQL: &[(&str, Opt)] = &[
    ("-e", Sql),
    ("--execute", Sql),
    ("--init-command", Before),
    ("-D", Database),
    ("--database", Database),
    ("-h", Host),
    ("--host", Host),
    ("-u", Value),
    ("--user", Value),
    ("-P", Value),
    ("--port", Value),
    ("-S", Value),
    ("--socket", Value),
    ("-p", Attached),
    ("--defaults-file", Value),
    ("--defaults-extra-file", Value),
    ("--defaults-group-suffix", Value),
    ("--login-path", Value),
    ("--default-character-set", Value),
    ("--delimiter", Value),
    ("--ssl-mode", Value),
    ("--ssl-ca", Value),
    ("--protocol", Value),
    ("--connect-timeout", Value),
    ("--prompt", Value),
    ("--tee", Value),
    ("--pager", Attached),
    ("--plugin-dir", Value),
    ("--file", File),
];

const SQLITE: &[(&str, Opt)] = &[
    ("-cmd", Before),
    ("-init", File),
    ("-separator", Value),
    ("-newline", Value),
    ("-nullvalue", Value),
    ("-vfs", Value),
    ("-mmap", Value),
    ("-maxsize", Value),
    ("-heap", Value),
    ("-escape", Value),
    ("-pagecache", Value),
    ("-lookaside", Value),
];

const DUCKDB: &[(&str, Opt)] = &[
    ("-c", Sql),
    ("-s", Sql),
    ("-f", File),
    ("-cmd", Before),
    ("-init", File),
    ("-separator", Value),
    ("-newline", Value),
    ("-nullvalue", Value),
];

const SQLCMD: &[(&str, Opt)] = &[
    ("-Q", Sql),
    ("-q", Sql),
    ("--query", Sql),
    ("-i", File),
    ("--input-file", File),
    ("-d", Database),
    ("-S", Host),
    ("-U", Value),
    ("-P", Value),
    ("-o", Value),
    ("-v", Value),
    ("-s", Value),
    ("-h", Value),
    ("-t", Value),
    ("-l", Value),
    ("-w", Value),
    ("-y", Attached),
    ("-Y", Attached),
    ("-a", Value),
    ("-c", Value),
    ("-H", Value),
    ("-K", Value),
    ("-m", Value),
    ("-f", Value),
    ("-V", Value),
    ("-G", Attached),
    ("-z", Value),
    ("-Z", Value),
    ("-r", Attached),
    ("-k", Attached),
    ("-F", Value),
    ("-u", Attached),
];

const CLICKHOUSE: &[(&str, Opt)] = &[
    ("-n", Sql),
    ("--multiquery", Sql),
    ("-q", Sql),
    ("--query", Sql),
    ("--queries-file", File),
    ("-d", Database),
    ("--database", Database),
    ("-h", Host),
    ("--host", Host),
    ("-u", Value),
    ("--user", Value),
    ("--password", Value),
    ("--port", Value),
    ("-f", Value),
    ("--format", Value),
    ("-C", Value),
    ("--config-file", Value),
    ("-c", Value),
    ("--connection", Value),
    ("--path", Value),
    ("-S", Value),
    ("--structure", Value),
    ("--file", Value),
    ("--input-format", Value),
    ("--output-format", Value),
    ("--param_id", Value),
    ("--max_memory_usage", Value),
    ("--max_threads", Value),
];

const BQ: &[(&str, Opt)] = &[
    ("--dry_run", Dry),
    ("--dryrun", Dry),
    ("--location", Value),
    ("--project_id", Value),
    ("--destination_table", Value),
    ("-n", Value),
    ("--max_rows", Value),
    ("--format", Value),
    ("--maximum_bytes_billed", Value),
    ("--parameter", Value),
    ("--label", Value),
    ("--dataset_id", Database),
    ("--job_id", Value),
    ("--schema", Value),
    ("--display_name", Value),
    ("--schedule", Value),
    ("--time_partitioning_field", Value),
    ("--clustering_fields", Value),
    ("--flagfile", File),
];

const SNOW: &[(&str, Opt)] = &[
    ("-q", Sql),
    ("--query", Sql),
    ("-f", File),
    ("--filename", File),
    ("-d", Database),
    ("--dbname", Database),
    ("--database", Database),
    ("-c", Host),
    ("--connection", Host),
    ("-a", Host),
    ("--accountname", Host),
    ("--account", Host),
    ("-u", Value),
    ("--username", Value),
    ("-s", Value),
    ("--schemaname", Value),
    ("-r", Value),
    ("--rolename", Value),
    ("-w", Value),
    ("--warehouse", Value),
    ("-o", Value),
    ("--option", Value),
    ("-D", Value),
    ("--variable", Value),
    ("--role", Value),
    ("--schema", Value),
    ("--format", Value),
];

const COCKROACH: &[(&str, Opt)] = &[
    ("-e", Sql),
    ("--execute", Sql),
    ("-f", File),
    ("--file", File),
    ("-d", Database),
    ("--database", Database),
    ("--host", Host),
    ("--url", Host),
    ("-u", Value),
    ("--user", Value),
    ("-p", Value),
    ("--port", Value),
    ("--certs-dir", Value),
    ("--format", Value),
    ("--set", Value),
    ("--watch", Value),
];

const HIVE: &[(&str, Opt)] = &[
    ("-e", Sql),
    ("-q", Sql),
    ("--query", Sql),
    ("-f", File),
    ("--query_file", File),
    ("-d", Database),
    ("--database", Database),
    ("-u", Host),
    ("-i", Host),
    ("--impalad", Host),
    ("-n", Value),
    ("-p", Value),
    ("--hiveconf", Value),
    ("--hivevar", Value),
    ("-w", Value),
    ("--master", Value),
    ("--conf", Value),
    ("--jars", Value),
    ("--packages", Value),
    ("-o", Value),
    ("--output_file", Value),
    ("--outputformat", Value),
];

const TRINO: &[(&str, Opt)] = &[
    ("--execute", Sql),
    ("-f", File),
    ("--file", File),
    ("--server", Host),
    ("--catalog", Database),
    ("--schema", Value),
    ("--user", Value),
    ("--output-format", Value),
    ("--session", Value),
    ("--client-tags", Value),
    ("--source", Value),
];

const CQLSH: &[(&str, Opt)] = &[
    ("-e", Sql),
    ("--execute", Sql),
    ("-f", File),
    ("--file", File),
    ("-k", Database),
    ("--keyspace", Database),
    ("-u", Value),
    ("--username", Value),
    ("-p", Value),
    ("--password", Value),
    ("--cqlversion", Value),
    ("--cqlshrc", Value),
    ("--request-timeout", Value),
    ("--connect-timeout", Value),
];

const AWS: &[(&str, Opt)] = &[
    ("--sql", Sql),
    ("--sqls", Sql),
    ("--query-string", Sql),
    ("--database", Database),
    ("--resource-arn", Host),
    ("--cluster-identifier", Host),
    ("--workgroup-name", Host),
    ("--secret-arn", Value),
    ("--db-user", Value),
    ("--profile", Value),
    ("--region", Value),
    ("--query", Value),
    ("--output", Value),
    ("--query-execution-context", Value),
    ("--result-configuration", Value),
    ("--work-group", Value),
    ("--parameters", Value),
    ("--schema", Value),
    ("--statement-name", Value),
];

const GENERIC: &[(&str, Opt)] = &[
    ("-c", Sql),
    ("--command", Sql),
    ("-e", Sql),
    ("--execute", Sql),
    ("--sql", Sql),
    ("-f", File),
    ("--file", File),
    ("-d", Database),
    ("--database", Database),
    ("-h", Host),
    ("--host", Host),
    ("-u", Value),
    ("-U", Value),
    ("--user", Value),
    ("-w", Value),
    ("-p", Value),
    ("--endpoint", Host),
    ("--ns", Value),
    ("--db", Database),
    ("--username", Value),
    ("--password", Value),
    ("--schema", File),
    ("--url", Host),
    ("-s", Value),
    ("-o", Value),
];

/// Every client.
pub(super) const CLIENTS: &[Client] = &[
    client(
        &["psql", "pgcli", "ysqlsh", "gpsql", "edbpsql", "vsql", "nzsql"],
        "postgres",
        Dialect::Postgres,
        Commands::Psql,
        Words::Database,
        PSQL,
    ),
    client(&["usql"], "database", Dialect::Generic, Commands::Psql, Words::Database, PSQL),
    client(
        &["mysql", "mariadb", "mycli", "tiup-client", "mysql.exe"],
        "mysql",
        Dialect::MySql,
        Commands::MySql,
        Words::Database,
        MYSQL,
    ),
    client(&["mysqlsh"], "mysql", Dialect::MySql, Commands::MySql, Words::Host, MYSQL),
    Client {
        style: Style::Single,
        ..client(
            &["sqlite3", "sqlite", "sqlcipher", "litecli"],
            "sqlite",
            Dialect::Sqlite,
            Commands::Dot,
            Words::FileThenSql,
            SQLITE,
        )
    },
    Client {
        style: Style::Single,
        ..client(&["duckdb"], "duckdb", Dialect::DuckDb, Commands::Dot, Words::FileThenSql, DUCKDB)
    },
    client(&["sqlcmd", "osql", "mssql-cli", "tsql"], "mssql", Dialect::MsSql, Commands::SqlCmd, Words::Nothing, SQLCMD),
    client(
        &["clickhouse-client", "clickhouse-local", "chc"],
        "clickhouse",
        Dialect::ClickHouse,
        Commands::None,
        Words::Nothing,
        CLICKHOUSE,
    ),
    sub(&["clickhouse"], &["client"], "clickhouse", Dialect::ClickHouse, Words::Nothing, CLICKHOUSE),
    sub(&["clickhouse"], &["local"], "clickhouse", Dialect::ClickHouse, Words::Nothing, CLICKHOUSE),
    sub(&["bq"], &["query"], "bigquery", Dialect::BigQuery, Words::Sql, BQ),
    client(&["snowsql"], "snowflake", Dialect::Snowflake, Commands::None, Words::Nothing, SNOW),
    sub(&["snow"], &["sql"], "snowflake", Dialect::Snowflake, Words::Nothing, SNOW),
    sub(&["fly", "flyctl"], &["postgres", "connect"], "postgres", Dialect::Postgres, Words::Nothing, FLY),
    sub(&["python", "python3", "py"], &["manage.py", "dbshell"], "postgres", Dialect::Postgres, Words::Nothing, &[]),
    sub(&["cockroach"], &["sql"], "cockroach", Dialect::Postgres, Words::Nothing, COCKROACH),
    client(&["impala-shell", "hive", "beeline"], "hive", Dialect::Hive, Commands::None, Words::Nothing, HIVE),
    client(&["spark-sql"], "spark", Dialect::Spark, Commands::None, Words::Nothing, HIVE),
    client(
        &["trino", "presto", "presto-cli", "trino-cli"],
        "trino",
        Dialect::Generic,
        Commands::None,
        Words::Host,
        TRINO,
    ),
    client(&["cqlsh"], "cassandra", Dialect::Cql, Commands::None, Words::Host, CQLSH),
    client(
        &["sqlplus", "sqlcl", "sql"],
        "oracle",
        Dialect::Oracle,
        Commands::SqlPlus,
        Words::Scripts,
        &[("-M", Value), ("-C", Value), ("-R", Value)],
    ),
    client(
        &["db2"],
        "db2",
        Dialect::Generic,
        Commands::None,
        Words::Sql,
        &[("-tvf", File), ("-f", File), ("-tf", File), ("-svtf", File), ("-z", Value)],
    ),
    client(
        &["isql", "isql-fb", "osqueryi"],
        "database",
        Dialect::Generic,
        Commands::None,
        Words::Nothing,
        &[("-i", File), ("-input", File), ("-u", Value), ("-p", Value)],
    ),
    sub(
        &["dolt"],
        &["sql"],
        "dolt",
        Dialect::MySql,
        Words::Nothing,
        &[("-q", Sql), ("--query", Sql), ("-f", File), ("--file", File), ("-r", Value), ("--result-format", Value)],
    ),
    sub(&["turso"], &["db", "shell"], "turso", Dialect::Sqlite, Words::NameThenSql, GENERIC),
    sub(
        &["wrangler"],
        &["d1", "execute"],
        "d1",
        Dialect::Sqlite,
        Words::Database,
        &[("--command", Sql), ("--file", File), ("--env", Value), ("-e", Value), ("-c", Value), ("--config", Value)],
    ),
    sub(
        &["surreal"],
        &["sql"],
        "surreal",
        Dialect::Generic,
        Words::Nothing,
        &[
            ("--conn", Host),
            ("-e", Host),
            ("--endpoint", Host),
            ("--ns", Value),
            ("--namespace", Value),
            ("--db", Database),
            ("--database", Database),
            ("-u", Value),
            ("-p", Value),
            ("--user", Value),
            ("--pass", Value),
        ],
    ),
    sub(
        &["pscale"],
        &["shell"],
        "mysql",
        Dialect::MySql,
        Words::Database,
        &[("-e", Sql), ("--execute", Sql), ("--org", Value), ("--role", Value)],
    ),
    sub(
        &["heroku"],
        &["pg:psql"],
        "postgres",
        Dialect::Postgres,
        Words::Database,
        &[
            ("-c", Sql),
            ("--command", Sql),
            ("-f", File),
            ("--file", File),
            ("-a", Host),
            ("--app", Host),
            ("-r", Value),
            ("--remote", Value),
        ],
    ),
    sub(
        &["supabase"],
        &["db", "query"],
        "postgres",
        Dialect::Postgres,
        Words::Sql,
        &[("-f", File), ("--file", File), ("--db-url", Host)],
    ),
    sub(
        &["prisma"],
        &["db", "execute"],
        "database",
        Dialect::Generic,
        Words::Nothing,
        &[("--file", File), ("--url", Host), ("--schema", Value), ("--config", Value)],
    ),
    sub(&["typeorm"], &["query"], "database", Dialect::Generic, Words::Sql, &[("-d", Value), ("--dataSource", Value)]),
    sub(&["wp"], &["db", "query"], "mysql", Dialect::MySql, Words::Sql, &[("--path", Value), ("--url", Value)]),
    sub(&["wp"], &["db", "cli"], "mysql", Dialect::MySql, Words::Nothing, &[("--path", Value), ("--url", Value)]),
    sub(
        &["drush"],
        &["sql:query"],
        "mysql",
        Dialect::MySql,
        Words::Sql,
        &[("--file", File), ("-l", Value), ("--database", Value)],
    ),
    sub(&["drush"], &["sql-query"], "mysql", Dialect::MySql, Words::Sql, &[("--file", File), ("-l", Value)]),
    sub(&["drush"], &["sqlq"], "mysql", Dialect::MySql, Words::Sql, &[("--file", File), ("-l", Value)]),
    sub(&["drush"], &["sql-cli"], "mysql", Dialect::MySql, Words::Nothing, &[]),
    sub(&["drush"], &["sql:cli"], "mysql", Dialect::MySql, Words::Nothing, &[]),
    sub(&["drush"], &["sqlc"], "mysql", Dialect::MySql, Words::Nothing, &[]),
    sub(&["aws"], &["rds-data", "execute-statement"], "rds", Dialect::Generic, Words::Nothing, AWS),
    sub(&["aws"], &["redshift-data", "execute-statement"], "redshift", Dialect::Postgres, Words::Nothing, AWS),
    sub(&["aws"], &["redshift-data", "batch-execute-statement"], "redshift", Dialect::Postgres, Words::Nothing, AWS),
    sub(&["aws"], &["athena", "start-query-execution"], "athena", Dialect::Hive, Words::Nothing, AWS),
    sub(
        &["gcloud"],
        &["sql", "connect"],
        "database",
        Dialect::Generic,
        Words::Database,
        &[("--user", Value), ("-u", Value), ("-d", Database), ("--database", Database), ("--project", Value)],
    ),
    sub(
        &["gcloud"],
        &["spanner", "databases", "execute-sql"],
        "spanner",
        Dialect::BigQuery,
        Words::Database,
        &[("--sql", Sql), ("--instance", Host), ("--project", Value), ("--timeout", Value)],
    ),
    sub(
        &["gcloud"],
        &["spanner", "databases", "ddl", "update"],
        "spanner",
        Dialect::BigQuery,
        Words::Database,
        &[("--ddl", Sql), ("--ddl-file", File), ("--instance", Host), ("--project", Value)],
    ),
    sub(
        &["rails"],
        &["dbconsole"],
        "database",
        Dialect::Generic,
        Words::Nothing,
        &[("-e", Value), ("--environment", Value), ("--db", Value)],
    ),
    sub(
        &["rails"],
        &["db"],
        "database",
        Dialect::Generic,
        Words::Nothing,
        &[("-e", Value), ("--environment", Value), ("--db", Value)],
    ),
    client(
        &["bcp"],
        "mssql",
        Dialect::MsSql,
        Commands::None,
        Words::Nothing,
        &[("-S", Host), ("-U", Value), ("-P", Value), ("-d", Database), ("-t", Value), ("-r", Value)],
    ),
    client(
        &["cbq"],
        "couchbase",
        Dialect::Generic,
        Commands::None,
        Words::Nothing,
        &[("-s", Sql), ("--script", Sql), ("-f", File), ("-e", Host), ("-u", Value), ("-p", Value)],
    ),
    client(
        &["influx"],
        "influx",
        Dialect::Generic,
        Commands::None,
        Words::Nothing,
        &[
            ("-execute", Sql),
            ("--execute", Sql),
            ("-database", Database),
            ("-host", Host),
            ("-port", Value),
            ("-username", Value),
            ("-password", Value),
            ("-format", Value),
            ("-precision", Value),
        ],
    ),
    sub(
        &["sqlite-utils"],
        &["query"],
        "sqlite",
        Dialect::Sqlite,
        Words::FileThenSql,
        &[("-p", Value), ("--attach", Value)],
    ),
    sub(
        &["liquibase"],
        &["execute-sql"],
        "database",
        Dialect::Generic,
        Words::Nothing,
        &[("--sql", Sql), ("--sql-file", File), ("--url", Host), ("--username", Value), ("--password", Value)],
    ),
];
