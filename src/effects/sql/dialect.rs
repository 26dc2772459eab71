//! The dialects of SQL that clients speak, as far as they change where a statement ends and what it means.

use sqlparser::dialect as parsers;

/// A dialect of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "names of products")]
pub enum Dialect {
    Generic,
    Postgres,
    MySql,
    Sqlite,
    MsSql,
    ClickHouse,
    DuckDb,
    BigQuery,
    Snowflake,
    Hive,
    Spark,
    Oracle,
    Cql,
}

impl Dialect {
    /// A backslash escapes inside plain strings.
    pub(super) const fn backslash_escapes(self) -> bool {
        matches!(self, Self::MySql | Self::BigQuery | Self::Snowflake | Self::Hive | Self::Spark | Self::ClickHouse)
    }

    /// Double quotes make a string, not a name.
    pub(super) const fn double_quoted_strings(self) -> bool {
        matches!(self, Self::MySql | Self::BigQuery | Self::Hive | Self::Spark)
    }

    /// `#` starts a comment.
    pub(super) const fn hash_comments(self) -> bool {
        matches!(self, Self::MySql | Self::BigQuery)
    }

    /// `//` starts a comment.
    pub(super) const fn slash_comments(self) -> bool {
        matches!(self, Self::Snowflake | Self::Cql)
    }

    /// `--` starts a comment only before a blank.
    pub(super) const fn dashes_need_blank(self) -> bool {
        matches!(self, Self::MySql)
    }

    /// `/* /* */ */` is one comment.
    pub(super) const fn nested_comments(self) -> bool {
        matches!(self, Self::Postgres | Self::MsSql | Self::DuckDb | Self::ClickHouse)
    }

    /// `/*! … */` is run.
    pub(super) const fn runs_comments(self) -> bool {
        matches!(self, Self::MySql | Self::Generic)
    }

    /// `$tag$ … $tag$` is a string.
    pub(super) const fn dollar_quotes(self) -> bool {
        matches!(self, Self::Postgres | Self::DuckDb | Self::Snowflake | Self::ClickHouse | Self::Generic)
    }

    /// `[name]` is a quoted name.
    pub(super) const fn brackets(self) -> bool {
        matches!(self, Self::MsSql | Self::Sqlite)
    }

    /// `'''…'''` is a string.
    pub(super) const fn triple_quotes(self) -> bool {
        matches!(self, Self::BigQuery)
    }

    /// `;` between `BEGIN` and `END` of a trigger's or procedure's body does not end the statement.
    pub(super) const fn keeps_bodies(self) -> bool {
        !matches!(self, Self::MySql | Self::ClickHouse | Self::DuckDb | Self::Cql)
    }

    /// A `ROLLBACK` takes back changed rows.
    pub(super) const fn transactions(self) -> bool {
        !matches!(self, Self::ClickHouse | Self::Hive | Self::Spark | Self::Cql)
    }

    /// A `ROLLBACK` takes back dropped and changed objects too.
    pub(super) const fn transactional_ddl(self) -> bool {
        matches!(self, Self::Postgres | Self::Sqlite | Self::DuckDb | Self::MsSql)
    }

    /// The parser's name for it.
    pub(super) fn parser(self) -> Box<dyn parsers::Dialect> {
        match self {
            Self::Postgres => Box::new(parsers::PostgreSqlDialect {}),
            Self::MySql => Box::new(parsers::MySqlDialect {}),
            Self::Sqlite => Box::new(parsers::SQLiteDialect {}),
            Self::MsSql => Box::new(parsers::MsSqlDialect {}),
            Self::ClickHouse => Box::new(parsers::ClickHouseDialect {}),
            Self::DuckDb => Box::new(parsers::DuckDbDialect {}),
            Self::BigQuery => Box::new(parsers::BigQueryDialect {}),
            Self::Snowflake => Box::new(parsers::SnowflakeDialect {}),
            Self::Hive => Box::new(parsers::HiveDialect {}),
            Self::Spark => Box::new(parsers::DatabricksDialect {}),
            Self::Oracle => Box::new(parsers::OracleDialect {}),
            Self::Generic | Self::Cql => Box::new(parsers::GenericDialect {}),
        }
    }
}
