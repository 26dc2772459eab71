//! The one stage that everything a guarded command prints goes through: fields named by policy, then known values and
//! shapes of secrets.
//!
//! Built once for a run at the edge; each channel of the run gets a stage of its own. What is masked is `mask`'s affair,
//! what is known `store`'s; this is where they meet the loop.
#![forbid(unsafe_code)]

mod bare;
mod shown;

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use zeroize::Zeroizing;

use crate::mask::fields::{FieldMasker, Fields, Hint, MaskValue};
use crate::mask::{Hidden, Known, Masker, Rules, Selection, Surface, Tagger, mask_text, ranges};
use crate::policy::{Policy, Verdict};
use crate::run::{Outlet, Stage};
use crate::store::{self, SecretPlaces, Stock};
use crate::syntax::{Analysis, Invocation};

/// How long what is unclear may wait where no person looks at it as it comes. Long enough for a slow writer; a reader who
/// waits for a prompt gets it all the same.
const PATIENT: Duration = Duration::from_secs(1);

/// How long a cell may wait for its end where a person looks.
const CELL: Duration = Duration::from_millis(250);

/// What the line that runs next in an interactive shell says about the form of its output: told by whoever judges lines,
/// read by the stage of the terminal.
#[derive(Clone, Debug, Default)]
pub struct Expected(Arc<Mutex<(u64, Hint)>>);

impl Expected {
    /// A line begins, or (`again`) another look at it says this.
    pub fn begin(&self, line: &Analysis, again: bool) {
        let hint = hint(line).of_lines();
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !again || hint != Hint::None {
            *now = (now.0 + 1, hint);
        }
    }

    fn now(&self) -> (u64, Hint) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that is masked in one run.
pub struct Filter {
    masks: Arc<Masks>,
}

/// What maskers are made of. What files hold is read from the start; everything else is made when something is printed,
/// which many a command never does, and before the first of it is handed on.
struct Masks {
    selection: Selection,
    /// Names of fields, as policy has them.
    named: Vec<String>,
    fields: OnceLock<Arc<Fields>>,
    rules: OnceLock<Arc<Rules>>,
    known: OnceLock<Arc<Mutex<Known>>>,
    /// What `known` is made of.
    stock: Mutex<Option<Stock>>,
    env: &'static [(OsString, OsString)],
    installation: Zeroizing<[u8; 32]>,
    session: SessionName,
    tagger: OnceLock<Arc<Tagger>>,
}

impl Masks {
    fn tagger(&self) -> &Arc<Tagger> {
        self.tagger.get_or_init(|| {
            let session = [self.installation.as_slice(), (self.session)().as_bytes()].concat();
            Arc::new(Tagger::new(*self.installation, crate::request::sha256(&session)))
        })
    }

    fn rules(&self) -> &Arc<Rules> {
        self.rules.get_or_init(|| Arc::new(Rules::builtin(&self.selection)))
    }

    fn known(&self) -> &Arc<Mutex<Known>> {
        self.known.get_or_init(|| {
            let mut known = Known::new();
            let stock = self.stock.lock().unwrap_or_else(PoisonError::into_inner).take();
            for value in stock.map_or_else(Vec::new, |stock| stock.with(self.env)) {
                let literals = value.literals();
                known.add(
                    value.label,
                    value.secret.bytes(),
                    literals.iter().map(|literal| (literal.bytes.bytes(), literal.whole_word)),
                );
            }
            Arc::new(Mutex::new(known))
        })
    }

    fn field_masker(masks: &Arc<Self>, hint: Hint) -> FieldMasker {
        let fields = masks.fields.get_or_init(|| Arc::new(Fields::with_secrets(&masks.named)));
        let tags = Arc::clone(masks);
        let mask: MaskValue =
            Box::new(move |_, value| format!("[masked:field:{}]", tags.tagger().personal(value)).into_bytes());
        FieldMasker::new(Arc::clone(fields), hint, mask)
    }

    fn masker(&self) -> Masker {
        Masker::new(Arc::clone(self.rules()), Arc::clone(self.known()), Arc::clone(self.tagger()), Surface::Line)
    }
}

/// Where a run is, as far as it tells what is secret.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The person's home, by the user database.
    pub home: &'a Path,
    /// The workspace.
    pub workspace: &'a Path,
    /// The folder that the command starts in.
    pub cwd: &'a Path,
    /// The environment that it gets: what this process was given.
    pub env: &'static [(OsString, OsString)],
    /// The state folder.
    pub state: &'a Path,
}

/// Names the session; personal data has other tags in another. Asked only where something is printed.
pub type SessionName = Box<dyn Fn() -> String + Send + Sync>;

impl Filter {
    /// Takes stock of what is secret here. To be called before the command starts.
    ///
    /// # Errors
    /// The system has no random bytes for tags.
    pub fn new(policy: &Policy, around: &Around<'_>, session: SessionName) -> std::io::Result<Self> {
        Self::with_kinds(policy, Vec::new(), around, session)
    }

    /// As [`Filter::new`], with further kinds that are not masked by themselves.
    ///
    /// # Errors
    /// As there.
    pub fn with_kinds(
        policy: &Policy,
        kinds: Vec<String>,
        around: &Around<'_>,
        session: SessionName,
    ) -> std::io::Result<Self> {
        let places = SecretPlaces {
            home: around.home,
            workspace: around.workspace,
            cwd: around.cwd,
            env: around.env,
            min_len: crate::mask::known::MIN_LEN,
        };
        let stock = Stock::take(&places);
        let selection = selection(policy);
        let installation = Zeroizing::new(store::installation_key(around.state)?);
        Ok(Self {
            masks: Arc::new(Masks {
                selection: Selection { on: [selection.on, kinds].concat(), ..selection },
                rules: OnceLock::new(),
                known: OnceLock::new(),
                stock: Mutex::new(Some(stock)),
                env: around.env,
                installation,
                session,
                tagger: OnceLock::new(),
                named: policy.mask_fields.iter().map(|field| field.value.clone()).collect(),
                fields: OnceLock::new(),
            }),
        })
    }

    /// The stage of one channel; `hint` says what writes into it.
    #[must_use]
    pub fn stage(&self, outlet: Outlet, hint: Hint) -> Box<dyn Stage> {
        let live = outlet == Outlet::Terminal;
        // A secret's own line is told from a message only where nothing else comes.
        let hint = match (hint, outlet) {
            (Hint::Secret, Outlet::Output) => Hint::Secret,
            (Hint::Secret, Outlet::Both | Outlet::Terminal) => Hint::SecretWord,
            (Hint::Secret | Hint::MaybeSecret, Outlet::Error) => Hint::None,
            (hint, _) => hint,
        };
        Box::new(Masked { masks: Arc::clone(&self.masks), hint, parts: None, live, expected: None, line: 0 })
    }

    /// The stage of an interactive shell's terminal: what its lines print is masked as `expected` says.
    #[must_use]
    pub fn terminal(&self, expected: Expected) -> Box<dyn Stage> {
        let masks = Arc::clone(&self.masks);
        Box::new(Masked { masks, hint: Hint::None, parts: None, live: true, expected: Some(expected), line: 0 })
    }

    /// Masks a text of ours that repeats what a command or a file says: values only.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        mask_text(self.masks.rules(), self.masks.known(), self.masks.tagger(), text)
    }

    /// A verdict as others may see it: values masked, never program names, flags or paths. Its spans fit its texts, and
    /// its digest is that of what was judged.
    pub fn verdict(&self, verdict: &Verdict, line: &Analysis) -> Verdict {
        shown::verdict(verdict, line, &|text| self.find(text))
    }

    /// Program and words of an invocation for a reader, masked alike.
    #[must_use]
    pub fn invocation(&self, inv: &Invocation) -> String {
        shown::invocation(inv, &|text| self.find(text))
    }

    fn find(&self, text: &str) -> Vec<Hidden> {
        ranges(self.masks.rules(), self.masks.known(), self.masks.tagger(), text)
    }
}

/// What policy says about kinds.
fn selection(policy: &Policy) -> Selection {
    let kinds = |wanted: bool| {
        policy.mask_kinds.iter().filter(|(_, on)| on.value == wanted).map(|(kind, _)| kind.clone()).collect()
    };
    Selection {
        on: kinds(true),
        off: kinds(false),
        show_last_four: policy.show_last_four.iter().map(|kind| kind.value.clone()).collect(),
    }
}

/// Fields first, then values and shapes.
struct Masked {
    masks: Arc<Masks>,
    hint: Hint,
    /// Made with the first bytes.
    parts: Option<(FieldMasker, Masker)>,
    /// A person watches as it comes.
    live: bool,
    /// In an interactive shell, and the number of the line whose output comes.
    expected: Option<Expected>,
    line: u64,
}

impl Masked {
    /// Takes note of a line that has begun: where it prints something else than the one before, fields begin anew.
    fn begin_line(&mut self, out: &mut Vec<u8>) {
        let Some((line, hint)) = self.expected.as_ref().map(Expected::now).filter(|(line, _)| *line != self.line)
        else {
            return;
        };
        self.line = line;
        if hint == Hint::None && self.hint == Hint::None {
            return;
        }
        self.hint = hint;
        if let Some(parts) = &mut self.parts {
            parts.0.prompted();
            end_fields(parts, out);
            parts.0 = Masks::field_masker(&self.masks, hint);
        }
    }
}

/// Lets a cell go that is held, masked.
fn end_fields((fields, masker): &mut (FieldMasker, Masker), out: &mut Vec<u8>) {
    let mut rest = Vec::new();
    fields.finish(&mut rest);
    if !rest.is_empty() {
        masker.feed(&rest, out);
    }
}

impl Stage for Masked {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.begin_line(out);
        let (fields, masker) =
            self.parts.get_or_insert_with(|| (Masks::field_masker(&self.masks, self.hint), self.masks.masker()));
        fields.feed_to(bytes, &mut |text| masker.feed(text, out));
    }

    fn hold(&self) -> Option<Duration> {
        let (fields, masker) = self.parts.as_ref()?;
        let hold = masker.hold();
        if !self.live {
            return hold.map(|hold| hold.max(PATIENT));
        }
        // A cell that does not end may be a prompt.
        let cell = fields.holds().then_some(CELL);
        [hold, cell].into_iter().flatten().min()
    }

    fn release(&mut self, out: &mut Vec<u8>) {
        let Some(parts) = &mut self.parts else { return };
        if self.live && parts.0.holds() {
            if self.expected.is_some() {
                parts.0.prompted();
            }
            end_fields(parts, out);
        }
        parts.1.release(out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let Some(parts) = &mut self.parts else { return };
        end_fields(parts, out);
        parts.1.finish(out);
    }
}

/// What a line's programs say about the form of its output.
#[must_use]
pub fn hint(line: &Analysis) -> Hint {
    let all = &line.invocations;
    let programs = all.iter().enumerate().filter(|(_, inv)| !inv.wrapper);
    // What goes into a variable, a file or another program's input is not seen.
    let hints = programs
        .map(|(at, inv)| (at, of_program(inv)))
        .filter(|(at, hint)| *hint != Hint::None && (!hint.masks_by_itself() || bare::is_seen(all, *at)));
    let hints = hints.map(|(_, hint)| hint).chain([bare::hint(all)]).filter(|hint| *hint != Hint::None);
    hints.max_by_key(|hint| hint.masks_by_itself()).unwrap_or_default()
}

fn of_program(inv: &Invocation) -> Hint {
    let has = |wanted: &[&str]| inv.words().flatten().any(|word| wanted.contains(&word));
    match inv.name() {
        Some("kubectl" | "oc" | "k3s" | "microk8s") if has(&["get"]) => kubectl(inv),
        Some("psql" | "pgcli") if has(&["-x", "--expanded"]) => Hint::PsqlExpanded,
        Some("psql" | "pgcli") => Hint::Psql,
        Some("mysql" | "mariadb" | "mycli") => Hint::Mysql,
        Some("sqlite3" | "litecli") => Hint::Sqlite,
        _ => Hint::None,
    }
}

fn kubectl(inv: &Invocation) -> Hint {
    let secret = |word: &str| {
        word.split(',').any(|kind| {
            let kind = kind.split('/').next().unwrap_or(kind);
            matches!(kind, "secret" | "secrets")
        })
    };
    if !inv.words().flatten().any(secret) {
        return Hint::None;
    }
    let picks =
        |word: &str| ["jsonpath", "go-template", "template", "custom-columns"].iter().any(|form| word.contains(form));
    if inv.words().flatten().any(picks) { Hint::KubectlSecretValue } else { Hint::KubectlSecret }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(policy: &Policy, dir: &Path, env: &[(&str, &str)]) -> Filter {
        let env: Vec<(OsString, OsString)> = env.iter().map(|(name, value)| (name.into(), value.into())).collect();
        let around = Around { home: dir, workspace: dir, cwd: dir, env: env.leak(), state: &dir.join("state") };
        Filter::new(policy, &around, Box::new(|| "test".to_owned())).unwrap()
    }

    #[test]
    fn a_known_value_and_a_shape_are_masked_alike_in_every_chunking() {
        let dir = tempfile::tempdir().unwrap();
        let value = ["9fK2", "mQx7", "Tz4w", "LpR8"].concat();
        let shape = ["AKIA", "Q3EGRIT5", "WZ7XKLMN"].concat();
        let filter = filter(&Policy::built_in(), dir.path(), &[("DEPLOY_TOKEN", &value)]);
        let text = format!("a {value} b {shape} c\n");
        let whole = {
            let mut out = Vec::new();
            let mut stage = filter.stage(Outlet::Output, Hint::None);
            stage.feed(text.as_bytes(), &mut out);
            stage.finish(&mut out);
            out
        };
        let shown = String::from_utf8(whole.clone()).unwrap();
        assert!(!shown.contains(&value) && !shown.contains(&shape) && shown.contains("[masked:"), "{shown}");
        for at in 0..text.len() {
            let mut out = Vec::new();
            let mut stage = filter.stage(Outlet::Output, Hint::None);
            stage.feed(&text.as_bytes()[..at], &mut out);
            stage.feed(&text.as_bytes()[at..], &mut out);
            stage.finish(&mut out);
            assert_eq!(out, whole, "cut at {at}");
        }
        assert_eq!(filter.text(&format!("export DEPLOY_TOKEN={value}")).matches("[masked:").count(), 1);
    }
}
