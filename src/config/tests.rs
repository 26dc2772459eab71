//! Settings from files in temporary folders.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::*;
use crate::policy::file::Profile;
use crate::policy::layers::NoTrust;

/// What was trusted, by path.
#[derive(Default)]
struct Trusted(HashMap<String, String>);

impl TrustStore for Trusted {
    fn is_trusted(&self, path: &str, sha256: &[u8; 32]) -> bool {
        self.last_trusted(path).is_some_and(|text| digest(text.as_bytes()) == *sha256)
    }

    fn last_trusted(&self, path: &str) -> Option<String> {
        self.0.get(path).cloned()
    }

    fn paths(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.0.keys().cloned().collect();
        paths.sort();
        paths
    }

    fn fingerprint(&self) -> [u8; 32] {
        digest(self.paths().iter().map(|path| format!("{path}{}", self.0[path])).collect::<String>().as_bytes())
    }
}

/// A cache that counts what it is asked to keep.
#[derive(Default)]
struct Counting {
    kept: RefCell<HashMap<String, Vec<u8>>>,
    puts: Cell<usize>,
}

impl Cache for Counting {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.kept.borrow().get(name).cloned()
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        self.puts.set(self.puts.get() + 1);
        self.kept.borrow_mut().insert(name.to_owned(), bytes.to_vec());
    }
}

/// A machine in a temporary folder: `etc`, `home`, `home/proj/.git`, `home/proj/sub`.
struct Machine {
    dir: tempfile::TempDir,
    trust: Trusted,
    cache: Counting,
    vars: Vec<(String, String)>,
}

impl Machine {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["etc", "home/.config/wardsh", "home/proj/.git", "home/proj/sub"] {
            fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        Self { dir, trust: Trusted::default(), cache: Counting::default(), vars: Vec::new() }
    }

    fn path(&self, relative: &str) -> String {
        fs::canonicalize(self.dir.path()).unwrap().join(relative).to_str().unwrap().to_owned()
    }

    fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn trust(&mut self, relative: &str, text: &str) {
        self.trust.0.insert(self.path(relative), text.to_owned());
    }

    fn load(&self) -> Settings {
        let (home, etc, folder) = (self.path("home"), self.path("etc"), self.path("home/proj/sub"));
        Settings::load(&Origin {
            home: &home,
            vars: &self.vars,
            config_dir: None,
            system_dir: &etc,
            system_owner: rustix::process::getuid().as_raw(),
            folders: &[&folder],
            trust: &self.trust,
            cache: &self.cache,
        })
        .unwrap()
    }

    /// Kinds and trust of the layers, and the profile.
    fn layers(&self) -> (Vec<(LayerKind, bool, bool)>, Profile) {
        let settings = self.load();
        let layers = settings.policy.layers.iter().map(|layer| (layer.kind, layer.trusted, layer.remembered)).collect();
        (layers, settings.policy.profile.value)
    }
}

const USER: &str = "home/.config/wardsh/policy.yaml";
const STRICT: &str = "version: 1\nprofile: strict\n";
const RELAXED: &str = "version: 1\nprofile: relaxed\n";

fn pack(id: &str, decision: &str) -> String {
    format!(
        "family: mine\nrules:\n  - {{ id: mine.{id}, match: {{ program: p }}, severity: low, decision: {decision}, because: b }}\n"
    )
}

#[test]
fn without_files_the_built_in_rules_apply() {
    let machine = Machine::new();
    let settings = machine.load();
    assert!(settings.problems.is_empty() && settings.policy.layers.is_empty());
    assert_eq!(settings.rules.layers().len(), 1);
    assert_eq!(machine.cache.puts.get(), 0);
}

#[test]
fn layers_are_found_in_their_order() {
    let mut machine = Machine::new();
    machine.write("home/proj/sub/.wardsh.yaml", "version: 1\n");
    machine.write("home/proj/.wardsh.yaml", "version: 1\nprotect: [data]\n");
    machine.write("home/.wardsh.yaml", STRICT);
    machine.write(USER, "version: 1\n");
    machine.write("etc/policy.yaml", "version: 1\n");
    machine.write("other/wardsh/policy.yaml", "version: 1\n");
    machine.vars = vec![
        ("XDG_CONFIG_HOME".to_owned(), machine.path("other")),
        ("HOME".to_owned(), machine.path("home")),
        ("WARDSH_CONFIG_DIR".to_owned(), "relative".to_owned()),
    ];
    let settings = machine.load();
    let base = machine.path("");
    let paths: Vec<&str> =
        settings.policy.layers.iter().map(|layer| layer.path.trim_start_matches(base.as_str())).collect();
    assert_eq!(
        paths,
        ["etc/policy.yaml", USER, "home/proj/.wardsh.yaml", "home/proj/sub/.wardsh.yaml", "other/wardsh/policy.yaml"]
    );
    assert_eq!(settings.policy.protect[0].value, machine.path("home/proj/data"));
}

#[test]
fn trust_decides_what_a_file_is_worth() {
    let mut machine = Machine::new();
    machine.write(USER, RELAXED);
    assert_eq!(machine.layers(), (vec![(LayerKind::User, false, false)], Profile::Standard));
    machine.trust(USER, RELAXED);
    assert_eq!(machine.layers(), (vec![(LayerKind::User, true, false)], Profile::Relaxed));
    machine.trust(USER, STRICT);
    let both = vec![(LayerKind::User, true, true), (LayerKind::User, false, false)];
    assert_eq!(machine.layers(), (both, Profile::Strict));
    fs::remove_file(machine.path(USER)).unwrap();
    assert_eq!(machine.layers(), (vec![(LayerKind::User, true, true)], Profile::Strict));
    machine.write(USER, "broken: [");
    assert_eq!(machine.layers(), (vec![(LayerKind::User, true, true)], Profile::Strict));
    let problems = machine.load().problems;
    assert_eq!(problems.len(), 1);
    assert!(problems[0].to_string().contains("policy.yaml:1:"), "{}", problems[0]);
}

#[test]
fn the_system_layer_is_roots_word_or_only_tightens() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    machine.write("etc/policy.yaml", RELAXED);
    assert_eq!(machine.layers(), (vec![(LayerKind::System, true, false)], Profile::Relaxed));
    fs::set_permissions(machine.path("etc/policy.yaml"), fs::Permissions::from_mode(0o666)).unwrap();
    assert_eq!(machine.layers(), (vec![(LayerKind::Environment, false, false)], Profile::Standard));
}

#[test]
fn packs_of_all_layers_apply() {
    let mut machine = Machine::new();
    machine.write("home/.config/wardsh/rules/mine.yaml", &pack("a", "ask"));
    machine.write("home/proj/.wardsh/rules/mine.yaml", &pack("b", "allow"));
    machine.write("home/proj/.wardsh/rules/notes.txt", "no pack");
    let settings = machine.load();
    assert!(settings.problems.is_empty(), "{}", settings.problems[0]);
    assert!(settings.rules.by_id("mine.a").is_some());
    assert!(!settings.rules.by_id("mine.b").unwrap().0.trusted);
    assert_ne!(settings.policy.rules_digest, [0; 32]);
    // A trusted pack stays when it vanishes or is changed.
    machine.trust("home/.config/wardsh/rules/mine.yaml", &pack("a", "deny"));
    fs::remove_file(machine.path("home/.config/wardsh/rules/mine.yaml")).unwrap();
    let settings = machine.load();
    let (layer, rule) = settings.rules.by_id("mine.a").unwrap();
    assert!(layer.trusted && rule.decision == crate::policy::Decision::Deny);
    // Ids are not used twice among layers.
    machine.write("home/.config/wardsh/rules/mine.yaml", &pack("a", "ask"));
    machine.write("home/proj/.wardsh/rules/mine.yaml", &pack("a", "ask"));
    let settings = machine.load();
    assert_eq!(settings.problems.len(), 1, "{:?}", settings.problems);
    assert_eq!(settings.rules.iter().filter(|rule| rule.id == "mine.a").count(), 2);
}

#[test]
fn compiled_settings_are_valid_for_their_files_only() {
    let mut machine = Machine::new();
    machine.write(USER, "version: 1\n");
    machine.write("home/.config/wardsh/rules/mine.yaml", &pack("a", "ask"));
    let first = machine.load();
    assert_eq!(machine.cache.puts.get(), 1);
    let again = machine.load();
    assert_eq!(machine.cache.puts.get(), 1);
    assert_eq!(first.policy.fingerprint(), again.policy.fingerprint());
    assert!(again.rules.by_id("mine.a").is_some());
    // Same size, within the same second.
    machine.write("home/.config/wardsh/rules/mine.yaml", &pack("b", "ask"));
    let changed = machine.load();
    assert_eq!(machine.cache.puts.get(), 2);
    assert!(changed.rules.by_id("mine.b").is_some() && changed.rules.by_id("mine.a").is_none());
    assert_ne!(changed.policy.fingerprint(), again.policy.fingerprint());
    machine.trust(USER, "version: 1\n");
    assert!(machine.load().policy.layers[0].trusted);
    assert_eq!(machine.cache.puts.get(), 3);
    // A damaged or foreign blob is no blob.
    for spoil in [vec![], vec![0xff; 4], vec![0; 400]] {
        machine.cache.kept.borrow_mut().values_mut().for_each(|bytes| bytes.clone_from(&spoil));
        assert!(machine.load().rules.by_id("mine.b").is_some());
    }
}

#[test]
fn files_that_cannot_be_read_are_problems() {
    let machine = Machine::new();
    fs::create_dir_all(machine.path(USER)).unwrap();
    fs::create_dir_all(machine.path("home/.config/wardsh/rules")).unwrap();
    fs::write(machine.path("home/.config/wardsh/rules/x.yaml"), b"\xff\xfe").unwrap();
    let all: Vec<String> = machine.load().problems.iter().map(|problem| problem.message.clone()).collect();
    assert_eq!(all, ["is not a regular file", "is not UTF-8 (at byte 0)"]);
}

#[test]
fn a_moved_config_folder_is_the_users() {
    let machine = Machine::new();
    machine.write(USER, STRICT);
    machine.write("moved/policy.yaml", "version: 1\n");
    let (home, etc, moved) = (machine.path("home"), machine.path("etc"), machine.path("moved"));
    let settings = Settings::load(&Origin {
        home: &home,
        vars: &[("HOME".to_owned(), home.clone())],
        config_dir: Some(&moved),
        system_dir: &etc,
        system_owner: 0,
        folders: &[],
        trust: &NoTrust,
        cache: &NoCache,
    })
    .unwrap();
    assert_eq!(settings.policy.layers.len(), 1);
    assert_eq!(settings.policy.layers[0].path, format!("{moved}/policy.yaml"));
}

#[test]
fn a_kind_of_mask_that_nobody_knows_is_a_fault() {
    let machine = Machine::new();
    machine.write(
        USER,
        "version: 1\nmask:\n  kinds: { email: on, gibhub-token: off }\n  show_last_four: [payment-card, cart]\n",
    );
    let all: Vec<String> = machine.load().problems.iter().map(ToString::to_string).collect();
    assert_eq!(all.len(), 2, "{all:?}");
    assert!(all[0].contains("policy.yaml:3:") && all[0].contains("unknown kind of mask `gibhub-token`"), "{}", all[0]);
    assert!(all[0].contains("github-token"), "{}", all[0]);
    assert!(all[1].contains("policy.yaml:4:") && all[1].contains("`cart`"), "{}", all[1]);
    machine.write(USER, "version: 1\nmask: { kinds: { email: on }, show_last_four: [payment-card] }\n");
    assert!(machine.load().problems.is_empty());
}

/// Kept settings are the same ones until a file comes, changes or goes.
#[test]
fn kept_settings_follow_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().to_str().unwrap();
    let config = dir.path().join(".config/wardsh");
    fs::create_dir_all(&config).unwrap();
    let mut kept = Kept::default();
    let load = |kept: &mut Kept| {
        let origin = Origin {
            home,
            vars: &[],
            config_dir: None,
            system_dir: "/nonexistent",
            system_owner: 0,
            folders: &[home],
            trust: &NoTrust,
            cache: &NoCache,
        };
        kept.load(&origin).unwrap()
    };
    let first = load(&mut kept);
    assert!(std::sync::Arc::ptr_eq(&first, &load(&mut kept)));
    let file = config.join("policy.yaml");
    for text in ["version: 1\nprofile: strict\n", "version: 1\nprofile: strict\n#\n", "nonsense: ["] {
        fs::write(&file, text).unwrap();
        let next = load(&mut kept);
        assert!(!std::sync::Arc::ptr_eq(&first, &next), "{text}");
        assert!(std::sync::Arc::ptr_eq(&next, &load(&mut kept)), "{text}");
        let fresh = Settings::load(&Origin {
            home,
            vars: &[],
            config_dir: None,
            system_dir: "/nonexistent",
            system_owner: 0,
            folders: &[home],
            trust: &NoTrust,
            cache: &NoCache,
        });
        assert_eq!(next.policy.fingerprint(), fresh.unwrap().policy.fingerprint(), "{text}");
    }
    fs::remove_file(&file).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &load(&mut kept)));
}
