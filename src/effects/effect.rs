//! The words for what a command would do.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::syntax::Span;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What kind of thing a command would do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EffectKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl EffectKind {
            /// Every kind, in the order of the design.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The dotted name (`fs.delete`).
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

kinds! {
    /// Removes files or folders.
    FsDelete = "fs.delete",
    /// Replaces or truncates a file's content.
    FsOverwrite = "fs.overwrite",
    /// Moves a path away.
    FsMove = "fs.move",
    /// Changes permissions, owner or attributes.
    FsPermission = "fs.permission",
    /// Writes to a device, a partition table or a filesystem as a whole.
    FsDevice = "fs.device",
    /// Throws away uncommitted or stashed work.
    VcsDiscard = "vcs.discard",
    /// Rewrites history, locally or on a remote.
    VcsRewrite = "vcs.rewrite",
    /// Deletes a branch, tag or other ref.
    VcsDeleteRef = "vcs.delete-ref",
    /// Changes a code host: repositories, releases, settings.
    VcsHost = "vcs.host",
    /// Drops a database, table or other object.
    DbDrop = "db.drop",
    /// Empties a table.
    DbTruncate = "db.truncate",
    /// Deletes rows without a condition that limits them.
    DbDeleteBulk = "db.delete-bulk",
    /// Updates rows without a condition that limits them.
    DbUpdateBulk = "db.update-bulk",
    /// Changes a schema so that data goes.
    DbSchema = "db.schema",
    /// Grants rights.
    DbGrant = "db.grant",
    /// Exports data in bulk, to a file or program of the server's.
    DbExport = "db.export",
    /// Deletes objects of a cluster.
    ClusterDelete = "cluster.delete",
    /// Drains or cordons nodes, scales to nothing.
    ClusterDrain = "cluster.drain",
    /// Runs a program in a cluster.
    ClusterExec = "cluster.exec",
    /// Changes a cluster's objects.
    ClusterApply = "cluster.apply",
    /// Destroys infrastructure.
    InfraDestroy = "infra.destroy",
    /// Changes infrastructure.
    InfraApply = "infra.apply",
    /// Deletes cloud resources or data.
    CloudDelete = "cloud.delete",
    /// Changes who may do what in a cloud.
    CloudIam = "cloud.iam",
    /// Deletes containers, images, volumes, networks.
    ContainerDelete = "container.delete",
    /// Sends sensitive data to the network.
    NetExfiltrate = "net.exfiltrate",
    /// Runs what was just downloaded.
    NetDownloadExec = "net.download-exec",
    /// Opens a port, a tunnel or a reverse shell.
    NetListen = "net.listen",
    /// Changes firewall, routes or addresses.
    NetConfig = "net.config",
    /// Prints or copies a secret.
    SecretRead = "secret.read",
    /// Gains or grants rights on this machine.
    PrivEscalate = "priv.escalate",
    /// Leaves something behind that runs later.
    PersistInstall = "persist.install",
    /// Kills processes.
    ProcKill = "proc.kill",
    /// Stops or restarts the machine.
    SysPower = "sys.power",
    /// Stops, disables or changes services.
    SysService = "sys.service",
    /// Publishes a package, an image or a release.
    PkgPublish = "pkg.publish",
    /// Removes packages.
    PkgRemove = "pkg.remove",
    /// Installs packages.
    PkgInstall = "pkg.install",
    /// Deletes messages, queues, topics, indices or backups.
    DataDelete = "data.delete",
    /// Touches the guard itself.
    GuardTamper = "guard.tamper",
    /// Starts an agent without its own guards.
    AgentUnguarded = "agent.unguarded",
    /// Runs code that could not be seen.
    CodeOpaque = "code.opaque",
}

/// Where an effect lands, taken on the real path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `/` itself, or everything below it.
    Root,
    /// Part of the operating system (`/etc`, `/usr`, `/var`, …).
    System,
    /// The user's home itself, or something in it that is not in the workspace.
    Home,
    /// On the policy's or the built-in list of protected places.
    Protected,
    /// None of the other places.
    OutsideWorkspace,
    /// In the workspace.
    Workspace,
    /// In a temporary folder.
    Temp,
    /// A known build or cache folder inside the workspace, nothing tracked in it.
    Regenerable,
    /// On another machine, container or service.
    Remote(String),
    /// Could not be known.
    Unknown,
}

impl Scope {
    /// The name in verdicts and rules; for remote places without their name.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::System => "system",
            Self::Home => "home",
            Self::Protected => "protected",
            Self::OutsideWorkspace => "outside-workspace",
            Self::Workspace => "workspace",
            Self::Temp => "temp",
            Self::Regenerable => "regenerable",
            Self::Remote(_) => "remote",
            Self::Unknown => "unknown",
        }
    }

    /// The name in verdicts, for remote places with their name.
    #[must_use]
    pub fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Remote(name) => Cow::Owned(["remote:", name].concat()),
            other => Cow::Borrowed(other.kind()),
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// How sure we are of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// It may happen.
    Possible,
    /// It will most likely happen.
    Likely,
    /// It will happen if the command runs.
    Certain,
}

/// What a rule may ask about an effect beyond kind, target and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// With everything below the target.
    Recursive,
    /// Many targets at once: a glob, `find`, `xargs`, a loop over unknown input.
    Bulk,
    /// The target could not be known.
    UnknownTarget,
    /// Nothing stands at the target now.
    Missing,
    /// The target's name says scratch: `tmp*`, `test_*`, `*.log`, `out`, …
    Scratch,
    /// The target is what others build on: sources, data, configuration, repository metadata, keys.
    Valuable,
    /// Git has it unmodified.
    Recoverable,
    /// The target is the scope as a whole (the home folder itself, the workspace itself, a mount point).
    Whole,
    /// The target holds credentials.
    Secret,
    /// The target is a file that another program runs later (rc file, hook, unit, crontab).
    Startup,
    /// Runs with another user's rights.
    Elevated,
    /// On a production system, as far as names tell.
    Production,
    /// The old content stays reachable (backup suffix, `--no-clobber`).
    KeepsOld,
    /// Prints to the terminal only.
    Prints,
    /// The target is what an interactive shell asks by, before each of its lines.
    Gate,
}

/// One thing that a command would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What.
    pub kind: EffectKind,
    /// To what: a path, a ref, a table, a resource; for a reader and for rules' globs.
    pub target: String,
    /// Where it lands.
    pub scope: Scope,
    /// How sure we are.
    pub certainty: Certainty,
    /// Sorted, without doubles.
    pub traits: Vec<Trait>,
    /// Steps that led here, outermost first.
    pub via: Vec<String>,
    /// The words that cause it.
    pub span: Span,
    /// Index of the invocation that causes it.
    pub invocation: usize,
}

impl Effect {
    /// Says whether the effect has a trait.
    #[must_use]
    pub fn has(&self, wanted: Trait) -> bool {
        self.traits.contains(&wanted)
    }

    /// Adds traits, keeping them sorted and single.
    #[must_use]
    pub fn with(mut self, traits: impl IntoIterator<Item = Trait>) -> Self {
        self.traits.extend(traits);
        self.traits.sort_unstable();
        self.traits.dedup();
        self
    }
}
