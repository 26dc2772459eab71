//! Reads the secrets that this machine already holds, so that output which repeats them can be masked.
//!
//! Files in a person's home, those that variables point to, and the workspace's `.env` files. Bounded in number and
//! size; nothing fails: what cannot be read is not known. Values stay in memory that is overwritten afterwards, and
//! nothing here writes.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Dir, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::mask::known::{self, Kind, Value};

/// Most bytes of one file; of a larger one the rest is not read.
const MAX_FILE: u64 = 1 << 20;
/// Most bytes of all files.
const MAX_BYTES: u64 = 4 << 20;
/// Most files.
const MAX_FILES: usize = 200;
/// Most values.
const MAX_VALUES: usize = 1_000;
/// Most values from the workspace: whoever works there can write as many as they like.
const MAX_WORKSPACE: usize = 400;
/// Most entries of a folder that are looked at.
const MAX_ENTRIES: usize = 4_000;
/// Most folders between a command's folder and its workspace.
const MAX_LEVELS: usize = 8;

/// Files below a home folder.
const HOME: &[(&str, Kind, &str)] = &[
    (".aws/credentials", Kind::Ini, "aws"),
    (".netrc", Kind::Netrc, "netrc"),
    ("_netrc", Kind::Netrc, "netrc"),
    (".authinfo", Kind::Netrc, "netrc"),
    (".pgpass", Kind::Pgpass, "pgpass"),
    (".my.cnf", Kind::Ini, "mysql"),
    (".npmrc", Kind::Ini, "npm"),
    (".yarnrc.yml", Kind::Yaml, "npm"),
    (".pypirc", Kind::Ini, "pypi"),
    (".pip/pip.conf", Kind::Ini, "pypi"),
    (".config/pip/pip.conf", Kind::Ini, "pypi"),
    (".config/pypoetry/auth.toml", Kind::Ini, "pypi"),
    (".gem/credentials", Kind::Yaml, "rubygems"),
    (".bundle/config", Kind::Yaml, "rubygems"),
    (".composer/auth.json", Kind::Json, "composer"),
    (".config/composer/auth.json", Kind::Json, "composer"),
    (".cargo/credentials.toml", Kind::Ini, "cargo"),
    (".cargo/credentials", Kind::Ini, "cargo"),
    (".docker/config.json", Kind::Json, "docker"),
    (".config/containers/auth.json", Kind::Json, "docker"),
    (".kube/config", Kind::Yaml, "kube"),
    (".git-credentials", Kind::Urls, "git"),
    (".config/git/credentials", Kind::Urls, "git"),
    (".config/gh/hosts.yml", Kind::Yaml, "github"),
    (".config/hub", Kind::Yaml, "github"),
    (".config/glab-cli/config.yml", Kind::Yaml, "gitlab"),
    (".terraform.d/credentials.tfrc.json", Kind::Json, "terraform"),
    (".terraformrc", Kind::Ini, "terraform"),
    (".pulumi/credentials.json", Kind::Json, "pulumi"),
    (".config/gcloud/application_default_credentials.json", Kind::Json, "gcloud"),
    (".azure/msal_token_cache.json", Kind::Json, "azure"),
    (".azure/accessTokens.json", Kind::Json, "azure"),
    (".config/doctl/config.yaml", Kind::Yaml, "digitalocean"),
    (".fly/config.yml", Kind::Yaml, "fly"),
    (".config/netlify/config.json", Kind::Json, "netlify"),
    (".local/share/com.vercel.cli/auth.json", Kind::Json, "vercel"),
    (".config/stripe/config.toml", Kind::Ini, "stripe"),
    (".config/ngrok/ngrok.yml", Kind::Yaml, "ngrok"),
    (".config/rclone/rclone.conf", Kind::Ini, "rclone"),
    (".config/openstack/clouds.yaml", Kind::Yaml, "openstack"),
    (".databrickscfg", Kind::Ini, "databricks"),
    (".s3cfg", Kind::Ini, "s3"),
    (".boto", Kind::Ini, "s3"),
    (".vault-token", Kind::Token, "vault"),
    (".cache/huggingface/token", Kind::Token, "huggingface"),
    (".claude/.credentials.json", Kind::Json, "anthropic"),
    (".codex/auth.json", Kind::Json, "openai"),
    (".gemini/oauth_creds.json", Kind::Json, "google"),
    (".env", Kind::DotEnv, "dotenv"),
];

/// Variables that name such a file, and what stands behind them where they name its folder.
const POINTERS: &[(&str, &str, Kind, &str)] = &[
    ("AWS_SHARED_CREDENTIALS_FILE", "", Kind::Ini, "aws"),
    ("NETRC", "", Kind::Netrc, "netrc"),
    ("PGPASSFILE", "", Kind::Pgpass, "pgpass"),
    ("NPM_CONFIG_USERCONFIG", "", Kind::Ini, "npm"),
    ("npm_config_userconfig", "", Kind::Ini, "npm"),
    ("PIP_CONFIG_FILE", "", Kind::Ini, "pypi"),
    ("KUBECONFIG", "", Kind::Yaml, "kube"),
    ("GOOGLE_APPLICATION_CREDENTIALS", "", Kind::Json, "gcloud"),
    ("TF_CLI_CONFIG_FILE", "", Kind::Ini, "terraform"),
    ("CLOUDSDK_CONFIG", "application_default_credentials.json", Kind::Json, "gcloud"),
    ("DOCKER_CONFIG", "config.json", Kind::Json, "docker"),
    ("CARGO_HOME", "credentials.toml", Kind::Ini, "cargo"),
    ("CARGO_HOME", "credentials", Kind::Ini, "cargo"),
    ("GH_CONFIG_DIR", "hosts.yml", Kind::Yaml, "github"),
    ("XDG_CONFIG_HOME", "gh/hosts.yml", Kind::Yaml, "github"),
    ("XDG_CONFIG_HOME", "git/credentials", Kind::Urls, "git"),
    ("XDG_CONFIG_HOME", "pip/pip.conf", Kind::Ini, "pypi"),
    ("HF_HOME", "token", Kind::Token, "huggingface"),
];

/// The folder of the home that holds most programs' settings.
const CONFIG: &str = ".config";

/// Names in a project's folder.
const PROJECT: &[(&str, Kind, &str)] = &[
    (".envrc", Kind::DotEnv, "dotenv"),
    (".dev.vars", Kind::DotEnv, "dotenv"),
    (".npmrc", Kind::Ini, "npm"),
    (".yarnrc.yml", Kind::Yaml, "npm"),
    (".pypirc", Kind::Ini, "pypi"),
    ("auth.json", Kind::Json, "composer"),
    ("terraform.tfvars", Kind::Ini, "terraform"),
    ("config/master.key", Kind::Token, "rails"),
];

/// Where secrets are looked for.
#[derive(Clone, Copy, Debug)]
pub struct SecretPlaces<'a> {
    /// The person's home, by the user database and not by a variable.
    pub home: &'a Path,
    /// The session's workspace.
    pub workspace: &'a Path,
    /// The folder in which the command starts.
    pub cwd: &'a Path,
    /// The environment that the command will see.
    pub env: &'a [(OsString, OsString)],
    /// Shortest value in bytes, by policy.
    pub min_len: usize,
}

/// Gives all values that are known, without doubles and the longest first.
///
/// To be called before the first byte of output is read: what is registered late has been printed already.
#[must_use]
pub fn known_values(places: &SecretPlaces<'_>) -> Vec<Value> {
    Stock::take(places).with(places.env)
}

/// What files hold that may change once a command runs. What the environment holds cannot, and is looked at later.
#[derive(Debug)]
pub struct Stock {
    min_len: usize,
    /// From the home folder, and from where variables point to.
    own: Vec<Value>,
    /// From the workspace.
    workspace: Vec<Value>,
}

impl Stock {
    /// Reads the files; to be called before the command starts.
    #[must_use]
    pub fn take(places: &SecretPlaces<'_>) -> Self {
        let mut reader = Reader {
            min_len: places.min_len,
            bytes: MAX_BYTES,
            seen: BTreeSet::new(),
            values: Vec::new(),
            room: MAX_VALUES - MAX_WORKSPACE,
        };
        reader.home(places.home);
        reader.pointers(places);
        let own = std::mem::take(&mut reader.values);
        reader.room = MAX_VALUES;
        reader.workspace(places);
        Self { min_len: places.min_len, own, workspace: reader.values }
    }

    /// All values, an environment's among them, without doubles and the longest first.
    #[must_use]
    pub fn with(self, env: &[(OsString, OsString)]) -> Vec<Value> {
        let mut values = Vec::new();
        let mut add = |more: Vec<Value>, most: usize| {
            let room = most.saturating_sub(values.len());
            values.extend(more.into_iter().take(room));
        };
        for (name, value) in env {
            add(
                known::environment(&name.to_string_lossy(), value.as_bytes(), self.min_len),
                MAX_VALUES - MAX_WORKSPACE,
            );
        }
        add(self.own, MAX_VALUES - MAX_WORKSPACE);
        add(self.workspace, MAX_VALUES);
        known::settle(&mut values);
        values
    }
}

struct Reader {
    min_len: usize,
    /// Bytes that may still be read.
    bytes: u64,
    seen: BTreeSet<PathBuf>,
    values: Vec<Value>,
    /// Number of values at which nothing more is taken.
    room: usize,
}

impl Reader {
    fn home(&mut self, home: &Path) {
        if home.is_absolute() && home != Path::new("/") {
            let top = Names::of(home, &|name| HOME.iter().any(|(path, ..)| begins(path, name)));
            let below =
                |name: &OsStr| HOME.iter().any(|(path, ..)| in_config(path).is_some_and(|rest| begins(rest, name)));
            let config = Names::of(&home.join(CONFIG), &below);
            for (path, kind, label) in HOME {
                if in_config(path).map_or_else(|| top.may_hold(path), |rest| config.may_hold(rest)) {
                    self.file(&home.join(path), *kind, label);
                }
            }
        }
    }

    fn pointers(&mut self, places: &SecretPlaces<'_>) {
        for (variable, behind, kind, label) in POINTERS {
            let of = places.env.iter().find(|(name, _)| name == variable).map_or(OsStr::new(""), |(_, value)| value);
            for path in std::env::split_paths(of).filter(|path| !path.as_os_str().is_empty()).take(MAX_LEVELS) {
                let path = places.cwd.join(path);
                self.file(&if behind.is_empty() { path } else { path.join(behind) }, *kind, label);
            }
        }
    }

    /// The workspace, the command's folder, and those between.
    fn workspace(&mut self, places: &SecretPlaces<'_>) {
        let mut folders = vec![places.workspace];
        if places.cwd.starts_with(places.workspace) {
            folders.extend(places.cwd.ancestors().take(MAX_LEVELS).take_while(|folder| *folder != places.workspace));
        } else {
            folders.push(places.cwd);
        }
        for folder in folders.into_iter().filter(|folder| folder.is_absolute()) {
            let names =
                Names::of(folder, &|name| is_env_file(name) || PROJECT.iter().any(|(path, ..)| begins(path, name)));
            for (path, kind, label) in PROJECT.iter().filter(|(path, ..)| names.may_hold(path)) {
                self.file(&folder.join(path), *kind, label);
            }
            for name in names.all.into_iter().filter(|name| is_env_file(name)) {
                let kind = if name.as_bytes().ends_with(b".tfvars") { Kind::Ini } else { Kind::DotEnv };
                self.file(&folder.join(name), kind, "dotenv");
            }
        }
    }

    fn file(&mut self, path: &Path, kind: Kind, label: &'static str) {
        if self.seen.len() < MAX_FILES
            && self.values.len() < self.room
            && let Some(file) = open(path)
            && self.seen.insert(path.to_owned())
            && let Some(bytes) = self.read(file)
        {
            self.take(known::read(kind, label, &bytes, self.min_len));
        }
    }

    /// A regular file's bytes.
    fn read(&mut self, file: File) -> Option<Zeroizing<Vec<u8>>> {
        let size = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
        let size = size.min(MAX_FILE).min(self.bytes);
        // Reserved at once, so that no copy is left behind by growing.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(size).ok()? + 1));
        file.take(size).read_to_end(&mut bytes).ok()?;
        self.bytes -= size;
        Some(bytes)
    }

    fn take(&mut self, values: Vec<Value>) {
        let room = self.room.saturating_sub(self.values.len());
        self.values.extend(values.into_iter().take(room));
    }
}

/// The names in a folder that matter here, so that what is not there need not be opened.
struct Names {
    all: Vec<OsString>,
    /// None of them is missing.
    complete: bool,
}

impl Names {
    fn of(folder: &Path, matters: &dyn Fn(&OsStr) -> bool) -> Self {
        let mut found = Self { all: Vec::new(), complete: true };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let entries = match rustix::fs::open(folder, flags, Mode::empty()).and_then(Dir::new) {
            Ok(entries) => entries,
            Err(error) => {
                // One that may be entered but not listed.
                found.complete = error == Errno::NOENT;
                return found;
            }
        };
        for (count, entry) in entries.enumerate() {
            match entry {
                // With the folder itself and the one above.
                Ok(entry) if count < MAX_ENTRIES + 2 => {
                    let name = OsStr::from_bytes(entry.file_name().to_bytes());
                    found.all.extend(Some(name).filter(|name| matters(name)).map(OsStr::to_owned));
                }
                _ => {
                    found.complete = false;
                    break;
                }
            }
        }
        found.all.sort();
        found
    }

    /// Says whether the first part of a path may be there.
    fn may_hold(&self, path: &str) -> bool {
        !self.complete || self.all.iter().any(|name| begins(path, name))
    }
}

/// Says whether a name from a folder is the first part of a path.
fn begins(path: &str, name: &OsStr) -> bool {
    let rest = path.as_bytes().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/'))
}

/// The rest of a path below [`CONFIG`].
fn in_config(path: &str) -> Option<&str> {
    path.strip_prefix(CONFIG)?.strip_prefix('/')
}

/// Opens a file, if it is there; nothing that could block is waited for.
fn open(path: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Some(File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?))
}

/// `.env`, `.env.local`, `prod.env`, `x.auto.tfvars`; not what is there to be copied.
fn is_env_file(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let pattern = [".example", ".sample", ".template", ".dist"].iter().any(|end| name.ends_with(end));
    let env = name == ".env" || name.starts_with(".env.") || name.ends_with(".env");
    !pattern && (env || name.ends_with(".auto.tfvars"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(end: &str) -> String {
        ["q7Zt", "W2xK", "9vLm", "B4nR", end].concat()
    }

    fn texts(values: &[Value]) -> BTreeSet<String> {
        values.iter().map(|value| String::from_utf8_lossy(value.secret.bytes()).into_owned()).collect()
    }

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    struct Setup(tempfile::TempDir, Vec<(OsString, OsString)>);

    impl Setup {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap(), Vec::new())
        }

        fn values(&self) -> Vec<Value> {
            let root = self.0.path();
            let cwd = root.join("project/packages/web");
            fs::create_dir_all(&cwd).unwrap();
            known_values(&SecretPlaces {
                home: &root.join("home"),
                workspace: &root.join("project"),
                cwd: &cwd,
                env: &self.1,
                min_len: known::MIN_LEN,
            })
        }
    }

    #[test]
    fn every_place_is_read() {
        let mut setup = Setup::new();
        let root = setup.0.path().to_owned();
        write(&root, "home/.aws/credentials", &format!("[default]\naws_secret_access_key = {}\n", secret("aws1")));
        write(&root, "home/.pgpass", &format!("h:5432:d:u:{}\n", secret("pg12")));
        write(&root, "home/.kube/config", &format!("users:\n- user:\n    token: {}\n", secret("kub1")));
        write(
            &root,
            "elsewhere/c.json",
            &format!("{{\"auths\":{{\"x\":{{\"identitytoken\":\"{}\"}}}}}}", secret("dck1")),
        );
        fs::rename(root.join("elsewhere/c.json"), root.join("elsewhere/config.json")).unwrap();
        write(&root, "project/.env", &format!("API_TOKEN={}\nRUN_TOKEN=rm -rf /data\n", secret("env1")));
        write(&root, "project/packages/.env.local", &format!("X={}\n", secret("env2")));
        write(&root, "project/packages/web/prod.env", &format!("export A_PASSWORD='{}'\n", secret("env3")));
        write(&root, "project/.env.example", &format!("API_TOKEN={}\n", secret("none")));
        write(&root, "project/other/.env", &format!("API_TOKEN={}\n", secret("none")));
        setup.1.push(("DEPLOY_TOKEN".into(), secret("var1").into()));
        setup.1.push(("DOCKER_CONFIG".into(), root.join("elsewhere").into()));
        let want = ["aws1", "pg12", "kub1", "dck1", "env1", "env2", "env3", "var1"].map(secret);
        assert_eq!(texts(&setup.values()), BTreeSet::from(want));
    }

    #[test]
    fn bug_12_values_are_there_before_anything_runs() {
        // What the workspace and the environment hold is known without a command having printed it.
        let mut setup = Setup::new();
        write(setup.0.path(), "project/.env", &format!("A_SECRET={}\n", secret("env1")));
        setup.1.push(("B_SECRET".into(), secret("var1").into()));
        assert_eq!(setup.values().len(), 2);
    }

    #[test]
    fn what_blocks_or_is_too_large_is_left_out() {
        let setup = Setup::new();
        let root = setup.0.path();
        write(root, "project/.env", &format!("A_SECRET={}\n", secret("env1")));
        write(
            root,
            "project/.env.big",
            &format!("B_SECRET={}\n{}\nC_SECRET={}", secret("env2"), "#".repeat(1 << 20), secret("none")),
        );
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("project/.env.pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        fs::create_dir(root.join("project/.env.d")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", root.join("project/.env.zero")).unwrap();
        std::os::unix::fs::symlink(".env.loop", root.join("project/.env.loop")).unwrap();
        assert_eq!(texts(&setup.values()), BTreeSet::from([secret("env1"), secret("env2")]));
    }

    #[test]
    fn a_flood_in_the_workspace_does_not_push_out_the_rest() {
        let setup = Setup::new();
        let root = setup.0.path();
        let many: String = (0..2_000).map(|i| format!("K{i}_TOKEN={}\n", secret(&format!("n{i:05}")))).collect();
        for name in [".env", ".env.a", ".env.b"] {
            write(root, &format!("project/{name}"), &many);
        }
        write(root, "home/.netrc", &format!("machine h login l password {}\n", secret("net1")));
        let found = setup.values();
        assert!(texts(&found).contains(&secret("net1")) && found.len() <= MAX_VALUES);
    }
}
