//! What a file's name tells: scratch, valuable, a secret, run later by another program, built by a tool.
//!
//! Tables only. Names are compared in lower case.

use std::borrow::Cow;

use super::paths::{Patterns, base, matches_any};
use crate::syntax::{Roster, roster};

/// Names that people and agents give to what they will throw away.
static SCRATCH: Patterns = Patterns::of(&[
    "tmp*",
    "temp",
    "temp_*",
    "temp-*",
    "temp.*",
    "temp[0-9]*",
    "*.tmp",
    "*.temp",
    "*_tmp",
    "*-tmp",
    "*_temp",
    "*-temp",
    ".tmp*",
    "test_*",
    "test-*",
    "*_test",
    "test.*",
    "test[0-9]*",
    "*.log",
    "*.log.[0-9]*",
    "log",
    "logs",
    "*.bak",
    "*.bak[0-9]",
    "*.backup~",
    "*.orig",
    "*.rej",
    "*.snap.new",
    "*.pending-snap",
    "*.old",
    "*.swp",
    "*.swo",
    "*~",
    "*.pyc",
    "*.pyo",
    "*.pyd",
    "*.o",
    "*.obj",
    "*.lo",
    "*.class",
    "*.gch",
    "*.gcda",
    "*.gcno",
    "*.gcov",
    "*.profraw",
    "*.profdata",
    "*.prof",
    "*.pid",
    "*.sock",
    "*.out",
    "*.dsym",
    "*.test",
    "*.part",
    "out",
    "output",
    "output.*",
    "output_*",
    "output[0-9]*",
    "debug*",
    "_debug*",
    "demo*",
    "scratch*",
    "sandbox*",
    "playground*",
    "repro*",
    "junk*",
    "trash*",
    "delme*",
    "foo",
    "foo.*",
    "bar",
    "bar.*",
    "baz",
    "baz.*",
    "foobar*",
    "hello",
    "hello.*",
    "hello_*",
    "coverage",
    "coverage.*",
    ".coverage",
    ".coverage.*",
    "lcov.info",
    "cov.out",
    ".cache",
    "cache",
    "caches",
    "*.cache",
    "*_cache",
    "*-cache",
    ".ds_store",
    "._*",
    "thumbs.db",
    "desktop.ini",
    "nohup.out",
    "core.[0-9]*",
    "a.out",
    "*.stackdump",
    "npm-debug.log*",
    "*.tsbuildinfo",
    "*.js.map",
    "*.css.map",
    "*.d.ts.map",
    ".eslintcache",
    ".stylelintcache",
    "junit.xml",
    "*.egg-info",
    "*.whl",
    "build-*",
    "build_*",
    "cmakecache.txt",
    "cmakefiles",
    "screenshot*",
    "*.synctex.gz",
    "*.aux",
    "*.bbl",
    "*.blg",
    "*.fls",
    "*.fdb_latexmk",
    "*.toc",
    "*.lcov",
    "*.heapsnapshot",
    "*.hprof",
    "verify_*",
    "check_*.py",
    "*_scratch*",
    "quick_test*",
    "try_*",
    "dummy*",
    "*_debug.*",
    "*.dmp",
    "example.txt",
    "example_output*",
]);

/// Parts of the names of variables that hold places for scratch and what is built.
const SCRATCH_VARIABLE: &[&str] = &[
    "BUILD",
    "TMP",
    "TEMP",
    "TMPDIR",
    "TEMPDIR",
    "CACHE",
    "OUT",
    "OUTDIR",
    "OUTPUT",
    "DIST",
    "WORK",
    "WORKDIR",
    "STAGING",
    "STAGE",
    "SCRATCH",
    "TEST",
    "SANDBOX",
    "COVERAGE",
    "ARTIFACT",
    "ARTIFACTS",
    "TARGET",
    "BUILDDIR",
];

/// Folders whose content is scratch whatever it is called.
static SCRATCH_DIRS: Patterns = Patterns::of(&[
    "tmp",
    "temp",
    ".tmp",
    ".temp",
    "scratch",
    "scratchpad",
    "sandbox",
    "playground",
    ".cache",
    "logs",
    "__pycache__",
    "node_modules",
    ".pytest_cache",
    "htmlcov",
    "trash",
]);

/// Names of what others build on, or of what no tool gives back.
static VALUABLE: Patterns = Patterns::of(&[
    "src",
    "source",
    "sources",
    "lib",
    "libs",
    "app",
    "apps",
    "docs",
    "doc",
    "documents",
    "data",
    "dataset*",
    "datasets",
    "db",
    "database*",
    "*.db",
    "*.db3",
    "*.sqlite*",
    "*.sqlite3",
    "*.mdb",
    "*.duckdb",
    "*.rdb",
    "*.kdbx",
    "*.ibd",
    "*.frm",
    ".env",
    ".env.*",
    "*.env",
    ".git",
    ".hg",
    ".svn",
    "migrations",
    "migration",
    "uploads",
    "upload",
    "backup*",
    "*backup",
    "*backups",
    "*.sql",
    "*.sql.gz",
    "*.dump",
    "keys",
    "*.pem",
    "*.key",
    "*.tfstate",
    "*.tfstate.*",
    "terraform.tfstate*",
    "*.tfvars",
    "dockerfile*",
    "docker-compose*.y*ml",
    "compose.y*ml",
    "package.json",
    "cargo.toml",
    "pyproject.toml",
    "setup.py",
    "go.mod",
    "pom.xml",
    "makefile",
    "readme*",
    "license*",
    "config",
    "configs",
    "conf",
    "secrets",
    "secret",
    "certs",
    "certificates",
    "ssl",
    "checkpoint*",
    "*checkpoints",
    "models",
    "weights",
    "*.ckpt",
    "*.pt",
    "*.pth",
    "*.safetensors",
    "*.gguf",
    "*.h5",
    "*.onnx",
    "*.parquet",
    "*.feather",
    "*.npz",
    "tests",
    "spec",
    "specs",
    ".github",
    ".gitlab",
    ".circleci",
    "scripts",
    "packages",
    "components",
    "static",
    "assets",
    "media",
    "storage",
    "volumes",
    "pgdata",
    "postgres*",
    "mysql*",
    "mongo*",
    "server",
    "client",
    "backend",
    "frontend",
    "api",
    "include",
    "pkg",
    "cmd",
    "internal",
    "crates",
    "services",
    "infra",
    "infrastructure",
    "terraform",
    "k8s",
    "kubernetes",
    "helm",
    "charts",
    "deploy*",
    "project*",
    "repo",
    "repos",
    "workspace",
    "production*",
    "prod",
    "prod-*",
    "customers",
    "clients",
    "invoices",
    "photos",
    "pictures",
    "experiments",
    "runs",
    "wandb",
    "mlruns",
    "notebooks",
    "website",
    "www",
    "wordpress",
    "wp-content",
]);

/// Names of files that hold credentials.
static SECRET: Patterns = Patterns::of(&[
    ".env",
    ".env.*",
    "*.env",
    "*.pem",
    "*.key",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_*_sk",
    "credentials",
    "credentials.json",
    "credentials.y*ml",
    "secrets",
    "secrets.y*ml",
    "secrets.json",
    "secrets.toml",
    ".npmrc",
    ".pypirc",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
    "*.kdbx",
    "service-account*.json",
    "service_account*.json",
    "*.tfvars",
    ".htpasswd",
    "kubeconfig",
    "*.kubeconfig",
    ".dockercfg",
    ".vault-token",
    "shadow",
    "gshadow",
    "master.key",
]);

/// Of the above, names that only show the form of the file.
static SAMPLE: Patterns = Patterns::of(&[
    "*.example",
    "*.sample",
    "*.template",
    "*.dist",
    "*.tpl",
    "*.example.*",
    "*.sample.*",
    "*.pub",
    ".env.test",
    "test.env",
    ".env.ci",
]);

/// Files in the home folder that another program runs later; paths below it.
static STARTUP_HOME: Patterns = Patterns::of(&[
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".zlogin",
    ".zlogout",
    ".kshrc",
    ".cshrc",
    ".tcshrc",
    ".login",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".xprofile",
    ".pam_environment",
    ".config/fish/config.fish",
    ".config/fish/conf.d/*",
    ".config/fish/functions/*",
    ".config/autostart/*",
    ".config/systemd/user/*",
    ".config/environment.d/*",
    ".ssh/authorized_keys",
    ".ssh/rc",
    ".ssh/config",
    ".gitconfig",
    ".config/git/config",
    "library/launchagents/*",
    ".local/share/systemd/user/*",
]);

/// The same for the whole machine; absolute paths.
static STARTUP_SYSTEM: Patterns = Patterns::of(&[
    "/etc/profile",
    "/etc/profile.d/*",
    "/etc/bash.bashrc",
    "/etc/bashrc",
    "/etc/zsh*",
    "/etc/crontab",
    "/etc/cron*",
    "/var/spool/cron/*",
    "/etc/systemd/*",
    "/lib/systemd/*",
    "/usr/lib/systemd/*",
    "/run/systemd/*",
    "/etc/init.d/*",
    "/etc/rc*",
    "/etc/inittab",
    "/etc/sudoers*",
    "/etc/ld.so.preload",
    "/etc/ld.so.conf*",
    "/etc/environment",
    "/etc/pam.d/*",
    "/library/launchdaemons/*",
    "/library/launchagents/*",
    "/etc/xdg/autostart/*",
    "/etc/udev/rules.d/*",
    "/etc/modules*",
    "/etc/ssh/sshd_config*",
]);

/// A folder that a tool builds: its name, and the files beside it (or above, up to the workspace) that tell the tool.
/// No such file is needed where the name is the tool's own.
const BUILT: &[(&str, &[&str])] = &[
    ("target", &["cargo.toml", "pom.xml", "build.sbt", "project.clj"]),
    ("node_modules", &[]),
    ("__pycache__", &[]),
    (".pytest_cache", &[]),
    (".mypy_cache", &[]),
    (".ruff_cache", &[]),
    (".pytype", &[]),
    (".hypothesis", &[]),
    (".tox", &[]),
    (".nox", &[]),
    (".eggs", &[]),
    ("*.egg-info", &[]),
    ("htmlcov", &[]),
    (".ipynb_checkpoints", &[]),
    (".pixi", &[]),
    (".venv", &[]),
    (".venv-*", &[]),
    (".venv[0-9]*", &[]),
    ("venv", &[]),
    ("virtualenv", &[]),
    ("env", &["requirements*.txt", "pyproject.toml", "setup.py"]),
    (".next", &[]),
    (".nuxt", &[]),
    (".output", &[]),
    (".svelte-kit", &[]),
    (".angular", &[]),
    (".astro", &[]),
    (".expo", &[]),
    (".docusaurus", &[]),
    (".vite", &[]),
    (".swc", &[]),
    (".turbo", &[]),
    (".parcel-cache", &[]),
    (".nyc_output", &[]),
    (".rpt2_cache", &[]),
    (".sass-cache", &[]),
    (".jekyll-cache", &[]),
    (".wrangler", &[]),
    (".cache", &[]),
    ("bower_components", &[]),
    ("jspm_packages", &[]),
    (".pnpm-store", &[]),
    ("storybook-static", &[]),
    ("playwright-report", &[]),
    ("test-results", &[]),
    ("cdk.out", &[]),
    (".aws-sam", &[]),
    (".terraform", &[]),
    (".terragrunt-cache", &[]),
    (".dart_tool", &[]),
    (".stack-work", &[]),
    ("dist-newstyle", &[]),
    (".gradle", &[]),
    (".kotlin", &[]),
    (".cxx", &[]),
    ("cmakefiles", &[]),
    ("cmake-build-*", &[]),
    ("bazel-*", &["workspace*", "module.bazel"]),
    ("buck-out", &[]),
    (".pants.d", &[]),
    ("zig-out", &[]),
    ("zig-cache", &[]),
    (".zig-cache", &[]),
    ("elm-stuff", &[]),
    (".lake", &[]),
    (".elixir_ls", &[]),
    (".bloop", &[]),
    (".metals", &[]),
    ("deriveddata", &[]),
    ("pods", &["podfile"]),
    ("_site", &["_config.yml", "_config.yaml"]),
    (".scannerwork", &[]),
    (".clangd", &[]),
    (".ccls-cache", &[]),
    ("_build", &["mix.exs", "rebar.config", "dune-project", "conf.py", "makefile", "justfile"]),
    ("deps", &["mix.exs", "rebar.config"]),
    ("dist", ANY_TOOL),
    ("build", ANY_TOOL),
    ("builddir", ANY_TOOL),
    ("coverage", ANY_TOOL),
    ("out", ANY_TOOL),
    ("obj", &["*.csproj", "*.fsproj", "makefile"]),
    ("bin", &["*.csproj", "*.fsproj"]),
];

/// Files that say that something here is built at all.
const ANY_TOOL: &[&str] = &[
    "package.json",
    "setup.py",
    "setup.cfg",
    "pyproject.toml",
    "cargo.toml",
    "go.mod",
    "cmakelists.txt",
    "meson.build",
    "makefile",
    "gnumakefile",
    "justfile",
    "build.gradle*",
    "settings.gradle*",
    "pom.xml",
    "build.xml",
    "configure",
    "configure.ac",
    "build.zig",
    "pubspec.yaml",
    "*.csproj",
    "*.sln",
    "composer.json",
    "gemfile",
    "deno.json*",
    "bun.lock*",
    "tsconfig.json",
    "gruntfile.js",
    "gulpfile.js",
    "webpack.config.*",
    "vite.config.*",
    "rollup.config.*",
    "mkdocs.yml",
    "dockerfile",
    "book.toml",
    "foundry.toml",
];

/// A name in lower case.
fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}

/// Says whether a name is one for scratch.
#[must_use]
pub fn is_scratch(name: &str) -> bool {
    SCRATCH.fit(&lower(name))
}

/// Says whether a variable is called as one that holds a place for scratch: `BUILD_DIR`, `tmpdir`, `CACHE`.
#[must_use]
pub fn variable_is_scratch(name: &str) -> bool {
    name.to_uppercase().split('_').any(|part| SCRATCH_VARIABLE.contains(&part))
}

/// Says whether a relative path runs through a folder whose content is scratch.
#[must_use]
pub fn in_scratch_dir(relative: &str) -> bool {
    let mut parts = relative.split('/').rev();
    parts.next();
    parts.any(|part| SCRATCH_DIRS.fit(&lower(part)))
}

/// Says whether a name is one of things that matter.
#[must_use]
pub fn is_valuable(name: &str) -> bool {
    let name = lower(name);
    VALUABLE.fit(&name) && !is_sample(&name)
}

/// Says whether what lies in a folder of this name is somebody's work.
#[must_use]
pub fn holds_work(name: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "src",
        "source",
        "lib",
        "app",
        "apps",
        "docs",
        "data",
        "datasets",
        "migrations",
        "models",
        "notebooks",
        "uploads",
        "tests",
        "backups",
    ];
    FOLDERS.contains(&lower(name).as_ref())
}

/// Says whether a path's name is that of a file with credentials.
#[must_use]
pub fn is_secret(path: &str) -> bool {
    let name = lower(base(path));
    SECRET.fit(&name) && !is_sample(&name)
}

fn is_sample(name: &str) -> bool {
    SAMPLE.fit(name)
}

/// Says whether a path below the home folder is a file that another program runs later.
#[must_use]
pub fn is_startup_in_home(relative: &str) -> bool {
    STARTUP_HOME.fit(&lower(relative))
}

/// Says whether an absolute path is a file that another program runs later, for the whole machine or a repository.
#[must_use]
pub fn is_startup(path: &str) -> bool {
    let path = lower(path);
    path.contains("/.git/hooks/") && !path.ends_with(".sample") || STARTUP_SYSTEM.fit(&path)
}

/// The files that tell which tool builds a folder of that name; `None` where no tool does. Empty: the name is enough.
#[must_use]
pub fn built_by(name: &str) -> Option<&'static [&'static str]> {
    static ROSTER: Roster = roster!(BUILT, [0]);
    let name = lower(name);
    if !ROSTER.may_know(&name) {
        return None;
    }
    let mut rows = BUILT_BY_HEAD[usize::from(*name.as_bytes().first()?)];
    while rows != 0 {
        let (pattern, tools) = BUILT.get(rows.trailing_zeros() as usize)?;
        if matches_any(&[pattern], &name) {
            return Some(tools);
        }
        rows &= rows - 1;
    }
    None
}

/// The rows of [`BUILT`] for names that start with a byte, a bit each.
static BUILT_BY_HEAD: [u128; 256] = {
    assert!(BUILT.len() <= 128);
    let mut heads = [0; 256];
    let mut row = 0;
    while row < BUILT.len() {
        let head = BUILT[row].0.as_bytes()[0];
        let any = matches!(head, b'*' | b'?' | b'[' | b'\\');
        let mut byte = 0;
        while byte < heads.len() {
            if any || byte == head as usize {
                heads[byte] |= 1 << row;
            }
            byte += 1;
        }
        row += 1;
    }
    heads
};

/// Says whether a name is a tool's own, or one that is rarely used for anything but what is built.
fn is_built_name(name: &str) -> bool {
    matches!(name, "target" | "dist" | "build" | "builddir" | "coverage") || built_by(name).is_some_and(<[_]>::is_empty)
}

/// Says whether a path is, or lies in, a folder that is called as only a tool calls its own (`node_modules`).
#[must_use]
pub fn in_built_dir(path: &str) -> bool {
    let inside = ["target/debug", "target/release", "target/doc", "build/lib", "dist/assets"];
    is_built_name(base(path))
        || path.split('/').any(|part| built_by(part).is_some_and(<[_]>::is_empty))
        || inside.iter().any(|made| format!("{path}/").contains(&format!("/{made}/")))
}

/// What sources are called behind their last dot.
const SOURCE: &[&str] = &[
    "c", "cc", "cpp", "cs", "css", "dart", "ex", "exs", "go", "h", "hpp", "hs", "java", "js", "jsx", "kt", "lua", "md",
    "php", "py", "rb", "rs", "rst", "scala", "scss", "sh", "sql", "svelte", "swift", "ts", "tsx", "vue", "zig",
];

/// Says whether a path's name ends as that of a source.
#[must_use]
pub fn is_source(path: &str) -> bool {
    base(path).rsplit_once('.').is_some_and(|(stem, ending)| !stem.is_empty() && SOURCE.contains(&ending))
}

/// Files that tools write beside what people write, and that are no folders whatever `-r` says.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lockb",
    "bun.lock",
    "cargo.lock",
    "poetry.lock",
    "uv.lock",
    "gemfile.lock",
    "composer.lock",
    "podfile.lock",
    "go.sum",
];

/// Says whether a name is that of a lock file, which its tool writes again.
#[must_use]
pub fn is_lock(name: &str) -> bool {
    LOCKS.contains(&lower(name).as_ref())
}

/// Says whether a pattern covers all sources of one kind: `*.rs`, not `test_*.py`.
#[must_use]
pub fn is_source_pattern(pattern: &str) -> bool {
    pattern.trim_start_matches('*').strip_prefix('.').is_some_and(|ending| SOURCE.contains(&ending))
        && pattern.starts_with('*')
}

/// Says whether a pattern of names (`*.pyc`, `__pycache__`) covers only scratch and what tools build.
#[must_use]
pub fn pattern_is_scratch(pattern: &str) -> bool {
    let last = base(pattern.trim_end_matches("/*")).to_lowercase();
    if last.is_empty() || last.chars().all(|c| matches!(c, '*' | '.' | '?')) {
        return false;
    }
    // `*.py[co]`
    let last = last
        .strip_suffix(".py[co]")
        .or_else(|| last.strip_suffix(".py[cod]"))
        .map_or(last.clone(), |stem| stem.to_owned() + ".pyc");
    let plain = last.trim_matches('*');
    is_scratch(&last)
        || is_built_name(&last)
        || matches!(plain, "__pycache__" | "node_modules" | ".pyc" | ".ds_store")
        || (!plain.is_empty() && !plain.contains(['*', '?', '[']) && (is_scratch(plain) || is_built_name(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell() {
        for name in
            ["tmp_x", "a.log", "test_foo.py", "debug.py", ".DS_Store", "x.pyc", "scratch", "coverage.xml", "out"]
        {
            assert!(is_scratch(name), "{name}");
        }
        for name in ["template.html", "src", "main.py", "outputs", "temperature.csv", "cart.py", "Cargo.lock"] {
            assert!(!is_scratch(name), "{name}");
        }
        for name in [
            "src",
            "data",
            "prod.db",
            ".env",
            ".env.local",
            "Dockerfile",
            "package.json",
            "backups",
            "terraform.tfstate",
        ] {
            assert!(is_valuable(name), "{name}");
        }
        for name in [".env.example", "foo.txt", "main.py", "node_modules"] {
            assert!(!is_valuable(name), "{name}");
        }
        assert!(is_secret("/x/.env") && is_secret("/h/.ssh/id_rsa") && !is_secret("/h/.ssh/id_rsa.pub"));
        assert!(is_startup("/etc/cron.d/x") && is_startup("/w/.git/hooks/pre-commit"));
        assert!(is_startup_in_home(".bashrc") && !is_startup_in_home("x/.bashrc"));
    }

    #[test]
    fn tools_build() {
        for name in ["target", "node_modules", "dist", "cmake-build-debug", "foo.egg-info", ".venv"] {
            assert!(built_by(name).is_some(), "{name}");
        }
        for name in ["src", "lib", "vendor", "data"] {
            assert!(built_by(name).is_none(), "{name}");
        }
        for (pattern, _) in BUILT {
            let name = pattern.replace('*', "x").replace("[0-9]", "3");
            let row = BUILT.iter().find(|(pattern, _)| matches_any(&[pattern], &name)).map(|(_, tools)| *tools);
            assert!(row.is_some() && built_by(&name) == row, "{name}");
        }
        for pattern in ["*.pyc", "__pycache__", "*/__pycache__/*", "*.orig", ".DS_Store", "*.log", "*.tmp"] {
            assert!(pattern_is_scratch(pattern), "{pattern}");
        }
        for pattern in ["*", "*.py", "*.*", "*.txt", "src", "*.md"] {
            assert!(!pattern_is_scratch(pattern), "{pattern}");
        }
    }
}
