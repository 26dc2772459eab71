//! What a shell knows while a line runs: variables, functions, folder, parameters.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use crate::syntax::ast::Command;
use crate::syntax::parse::{Base, Depth};
use crate::syntax::{Origin, Span, Stdin, Stdout, Value, World};

/// How many different values of one variable are followed; beyond it the variable is unknown.
const MAX_ALTERNATIVES: usize = 6;

/// How many elements of an array that may hold several lists are followed.
const MAX_ELEMENTS: usize = 256;

/// How many exported variables are followed.
pub(crate) const MAX_ENVIRONMENT: usize = 512;

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Var {
    /// Its possible values; never empty.
    pub alternatives: Vec<Value>,
    /// What it may hold as an array, one list for each way that the line may have gone; empty where it is none.
    pub lists: Vec<Vec<Value>>,
    /// It may as well not have been set by the line: what was inherited counts, too.
    pub inherited: bool,
    /// Children get it.
    pub exported: bool,
    /// Its value names another variable (`declare -n`).
    pub reference: bool,
}

impl Var {
    pub(crate) fn new(value: Value) -> Self {
        Self { alternatives: vec![value], lists: Vec::new(), inherited: false, exported: false, reference: false }
    }

    /// How many values are to be tried.
    pub(crate) fn count(&self) -> usize {
        self.alternatives.len() + usize::from(self.inherited)
    }

    /// How many lists are to be tried, where it is an array.
    pub(crate) fn list_count(&self) -> usize {
        self.lists.len() + usize::from(self.inherited)
    }

    /// Takes over what it may hold on another way. Too many values become an unknown one.
    fn merge(&mut self, name: &str, other: &Self) {
        if self.lists != other.lists {
            self.merge_lists(name, other);
        }
        for value in &other.alternatives {
            self.add(name, value);
        }
        self.inherited |= other.inherited;
        self.exported |= other.exported;
    }

    /// What does not fit among the lists stands behind the last one; too long ones become one that may hold anything.
    fn merge_lists(&mut self, name: &str, other: &Self) {
        let as_lists = |var: &Self| -> Vec<Vec<Value>> {
            let single = || var.alternatives.iter().map(|value| vec![value.clone()]).collect();
            if var.lists.is_empty() { single() } else { var.lists.clone() }
        };
        let mut lists = as_lists(self);
        for list in as_lists(other) {
            if lists.contains(&list) {
                continue;
            }
            match lists.get_mut(MAX_ALTERNATIVES - 1) {
                Some(last) => {
                    let more: Vec<Value> = list.into_iter().filter(|value| !last.contains(value)).collect();
                    last.extend(more);
                }
                None => lists.push(list),
            }
        }
        if lists.iter().map(Vec::len).sum::<usize>() > MAX_ELEMENTS {
            let mut any = lists.swap_remove(0);
            any.retain(|value| !value.is_wholly_unknown());
            any.truncate(MAX_ELEMENTS / 8);
            any.push(Value::unknown(Origin::Variable(name.to_owned())));
            lists = vec![any];
        }
        self.lists = lists;
    }

    fn add(&mut self, name: &str, value: &Value) {
        let known = self.alternatives.contains(value);
        match self.alternatives.len() {
            _ if known => {}
            len if len < MAX_ALTERNATIVES => self.alternatives.push(value.clone()),
            MAX_ALTERNATIVES => self.alternatives.push(Value::unknown(Origin::Variable(name.to_owned()))),
            _ => {}
        }
    }
}

/// The variables of a shell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Vars {
    all: HashMap<String, Var>,
    /// What children get, once somebody has asked: exported ones with their first value, by name.
    environment: OnceCell<Arc<[(String, Value)]>>,
}

impl Deref for Vars {
    type Target = HashMap<String, Var>;

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl Vars {
    /// The variables, for a change that what children get may show.
    pub(crate) fn change(&mut self) -> &mut HashMap<String, Var> {
        self.environment.take();
        &mut self.all
    }

    /// Puts a variable in the place of whatever has its name.
    fn put(&mut self, name: &str, var: Var) {
        let seen = var.exported || self.all.get(name).is_some_and(|var| var.exported);
        let all = if seen { self.change() } else { &mut self.all };
        all.insert(name.to_owned(), var);
    }

    /// Only those that children get.
    pub(crate) fn exported(&self) -> Self {
        let mut exported = self.clone();
        exported.all.retain(|_, var| var.exported);
        exported
    }

    /// What children get.
    pub(crate) fn environment(&self) -> &Arc<[(String, Value)]> {
        self.environment.get_or_init(|| {
            let exported = self.all.iter().filter(|(_, var)| var.exported);
            let mut all: Vec<(String, Value)> =
                exported.filter_map(|(name, var)| Some((name.clone(), var.alternatives.first()?.clone()))).collect();
            all.sort_by(|a, b| a.0.cmp(&b.0));
            all.truncate(MAX_ENVIRONMENT);
            all.into()
        })
    }
}

/// A file that is being read as code: where its lines begin, and what stands for it in the submitted line.
#[derive(Debug)]
pub(crate) struct CodeFile {
    pub label: String,
    pub line_starts: Vec<usize>,
    pub outer: Span,
}

impl CodeFile {
    pub(crate) fn new(label: String, text: &str, outer: Span) -> Self {
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { label, line_starts, outer }
    }

    /// The same file where something else of the submitted line stands for it.
    pub(crate) fn seen_from(&self, outer: Span) -> Self {
        Self { label: self.label.clone(), line_starts: self.line_starts.clone(), outer }
    }

    pub(crate) fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }
}

/// A function that the line or a file that it reads has defined.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub body: Rc<Command>,
    /// The file it was read from, and whether that stood there before.
    pub home: Option<(Rc<CodeFile>, bool)>,
    /// It may not be there when it is called (a child shell, a file that ends early): its name also stands for a
    /// program then.
    pub doubtful: bool,
    /// Another one of this name, from another way that the line may have gone.
    pub or: Option<Rc<Function>>,
}

/// Folders that a shell may be in: most often one, and copied with every command.
pub(crate) type Folders = SmallVec<[Value; 1]>;

/// The state of one shell. Subshells work on a copy.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub vars: Rc<Vars>,
    pub functions: Rc<HashMap<String, Function>>,
    pub aliases: Rc<HashMap<String, String>>,
    /// `$0`.
    pub name: Value,
    /// `$1`, …; `None` where they are not known.
    pub params: Option<Vec<Value>>,
    /// Folders the shell may be in; never empty.
    pub cwd: Folders,
    /// The folder before the last `cd`.
    pub old_cwd: Option<Value>,
    /// `pushd` stack.
    pub dirs: Vec<Folders>,
    pub stdin: Stdin,
    pub stdout: Stdout,
    pub via: Vec<String>,
    pub elevated: bool,
    pub remote: Option<String>,
    pub repeated: bool,
    /// `set -e`.
    pub errexit: bool,
    /// `set -a`: what is set from now on is exported.
    pub allexport: bool,
    /// The code that runs is in this file.
    pub file: Option<Rc<CodeFile>>,
    /// That file stood there before the line: what cannot be seen in it is left alone.
    pub quiet: bool,
    /// How deep in functions, wrappers and files.
    pub level: usize,
    /// Names of the functions that are running.
    pub calls: Vec<String>,
    pub depth: Depth,
    /// Variables that stand for a path that was tested to exist or not to be empty.
    pub tested: Vec<String>,
    /// zsh's option `extendedglob` may be set: `^x` and `x~y` are patterns.
    pub extended_glob: bool,
    /// Some variable may have several values.
    pub varied: bool,
    /// Files that `exec N> file` has opened for writing, by descriptor.
    pub opened: Vec<(i32, Value)>,
    /// What goes to standard error goes where standard output goes.
    pub joined: bool,
    /// What a signal's code may give variables at any time.
    pub unsteady: Rc<Vec<(String, Value)>>,
}

impl State {
    pub(crate) fn new(world: &dyn World, depth: Depth) -> Self {
        Self {
            vars: Rc::default(),
            functions: Rc::default(),
            aliases: Rc::default(),
            name: Value::lit("bash"),
            params: None,
            cwd: smallvec![Value::lit(world.cwd())],
            old_cwd: None,
            dirs: Vec::new(),
            stdin: Stdin::Inherit,
            stdout: Stdout::Inherit,
            via: Vec::new(),
            elevated: false,
            remote: None,
            repeated: false,
            errexit: false,
            allexport: false,
            file: None,
            quiet: false,
            level: 0,
            calls: Vec::new(),
            depth,
            tested: Vec::new(),
            extended_glob: false,
            varied: false,
            opened: Vec::new(),
            joined: false,
            unsteady: Rc::default(),
        }
    }

    /// Sets a variable; its export flag stays.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        let exported = self.allexport || self.vars.get(name).is_some_and(|var| var.exported);
        Rc::make_mut(&mut self.vars).put(name, Var { exported, ..Var::new(value) });
        self.tested.retain(|tested| tested != name);
        if !self.unsteady.is_empty() {
            for (_, value) in Rc::clone(&self.unsteady).iter().filter(|(unsteady, _)| unsteady == name) {
                self.add_alternative(name, value.clone());
            }
        }
    }

    /// Gives a variable one more value that it may have; it may not have been set at all.
    pub(crate) fn may_be(&mut self, name: &str, value: &Value) {
        if self.vars.contains_key(name) {
            self.add_alternative(name, value.clone());
        } else {
            self.set(name, value.clone());
        }
    }

    /// Sets an array.
    pub(crate) fn set_array(&mut self, name: &str, elements: Vec<Value>) {
        let first = elements.first().cloned().unwrap_or_default();
        let var = Var { lists: vec![elements], ..Var::new(first) };
        Rc::make_mut(&mut self.vars).put(name, var);
    }

    /// Makes a variable stand for the one that its value names.
    pub(crate) fn refer(&mut self, name: &str) {
        if let Some(var) = Rc::make_mut(&mut self.vars).change().get_mut(name) {
            var.reference = true;
        }
    }

    pub(crate) fn export(&mut self, name: &str) {
        if let Some(var) = Rc::make_mut(&mut self.vars).change().get_mut(name) {
            var.exported = true;
        }
    }

    pub(crate) fn unset(&mut self, name: &str) {
        // Unset is remembered: the inherited value is gone, the variable is empty.
        Rc::make_mut(&mut self.vars).put(name, Var::new(Value::default()));
    }

    /// Adds a value that a variable may have as well.
    pub(crate) fn add_alternative(&mut self, name: &str, value: Value) {
        if let Some(var) = Rc::make_mut(&mut self.vars).change().get_mut(name) {
            var.add(name, &value);
            self.varied = true;
        }
    }

    /// Leaves only what a child shell surely gets; functions may have been exported.
    pub(crate) fn enter_child(&mut self) {
        if self.vars.values().any(|var| !var.exported) {
            self.vars = Rc::new(self.vars.exported());
        }
        self.aliases = Rc::default();
        self.doubt();
    }

    /// From here on it is not sure that the functions are there.
    pub(crate) fn doubt(&mut self) {
        if self.functions.values().any(|function| !function.doubtful) {
            for function in Rc::make_mut(&mut self.functions).values_mut() {
                function.doubtful = true;
            }
        }
    }

    /// Takes over from a branch that may or may not have run: what differs has both values.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.varied |= other.varied;
        if !Rc::ptr_eq(&self.vars, &other.vars) {
            let vars = Rc::make_mut(&mut self.vars).change();
            for (name, ours) in vars.iter_mut() {
                match other.vars.get(name) {
                    Some(theirs) if ours == theirs => {}
                    Some(theirs) => ours.merge(name, theirs),
                    None => ours.inherited = true,
                }
            }
            for (name, theirs) in other.vars.iter() {
                if !vars.contains_key(name) {
                    vars.insert(name.clone(), Var { inherited: true, ..theirs.clone() });
                }
            }
            self.varied |= vars.values().any(|var| var.count() > 1 || var.list_count() > 1);
        }
        if self.params != other.params {
            self.params = None;
        }
        if !Rc::ptr_eq(&self.functions, &other.functions) {
            for (name, theirs) in other.functions.iter() {
                let functions = Rc::make_mut(&mut self.functions);
                match functions.get_mut(name) {
                    Some(ours) if !Rc::ptr_eq(&ours.body, &theirs.body) && ours.or.is_none() => {
                        ours.or = Some(Rc::new(theirs.clone()));
                    }
                    Some(_) => {}
                    None => {
                        functions.insert(name.clone(), Function { doubtful: true, ..theirs.clone() });
                    }
                }
            }
        }
        self.joined |= other.joined;
        for cwd in &other.cwd {
            if !self.cwd.contains(cwd) && self.cwd.len() < MAX_ALTERNATIVES {
                self.cwd.push(cwd.clone());
            }
        }
    }

    /// Says whether a command finds the same in both as far as words can tell.
    pub(crate) fn shows_as(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.vars, &other.vars)
            && Rc::ptr_eq(&self.functions, &other.functions)
            && Rc::ptr_eq(&self.aliases, &other.aliases)
            && self.cwd == other.cwd
            && self.params == other.params
    }

    /// The file that a descriptor was opened for.
    pub(crate) fn opened(&self, fd: i32) -> Option<Value> {
        self.opened.iter().find(|(open, _)| *open == fd).map(|(_, file)| file.clone())
    }

    /// What spans of the running code point to.
    pub(crate) fn flat(&self, span: Span) -> Base {
        Base::Flat(span)
    }

    /// Maps a span of the running code to the submitted line, and names the file where it runs from one.
    pub(crate) fn locate(&self, span: Span) -> (Span, Vec<String>) {
        let mut via = self.via.clone();
        match &self.file {
            None => (span, via),
            Some(file) => {
                via.push(format!("{}:{}", file.label, file.line(span.start)));
                (file.outer, via)
            }
        }
    }
}
