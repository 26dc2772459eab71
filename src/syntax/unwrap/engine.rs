//! Wrappers that a table can describe: options, some operands, then a command.

use super::options::{Opt, has, value, walk};
use super::words::{assignment, join, may_be_many, span_of};
use super::{Cx, Dialect, Inner, Step};
use crate::syntax::{Arg, Roster, Value, is_among, roster};

/// What stands behind a wrapper's options and operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A program and its words.
    Words,
    /// Words that are joined by blanks into text for a shell.
    Joined,
    /// One word is text for a shell, several are a program and its words.
    Either,
    /// A program and its words, behind `--` only where there is one.
    Dashes,
    /// Every word is text for a shell.
    Each,
    /// Nothing is run from words (options may still hold text).
    Nothing,
}

/// How a wrapper reads its words.
#[allow(clippy::struct_excessive_bools, reason = "the columns of a table")]
#[derive(Clone, Copy, Debug)]
pub(super) struct Wrapper {
    /// The programs' basenames.
    pub(super) names: &'static [&'static str],
    /// Leading operands that select this entry, alternatives between bars: `compose exec|run`.
    pub(super) sub: &'static str,
    /// The options, in the form of [`super::options`].
    pub(super) opts: &'static str,
    /// How many operands stand before the command.
    pub(super) skip: usize,
    /// An operand of this shape is skipped as well, if it is there.
    pub(super) also: Option<fn(&str) -> bool>,
    /// Options upon which nothing is run.
    pub(super) inert: &'static str,
    /// Options whose value is text for a shell.
    pub(super) text: &'static str,
    /// What stands behind the operands.
    pub(super) form: Form,
    /// Another user's rights.
    pub(super) elevated: bool,
    /// `NAME=value` words may stand before the command.
    pub(super) assigns: bool,
    /// Options whose value is such an assignment.
    pub(super) vars: &'static str,
    /// The option that names another folder.
    pub(super) chdir: &'static str,
    /// The kind of other place where it runs; the name is `host`'s value or the first operand.
    pub(super) remote: &'static str,
    /// The option that names the other place.
    pub(super) host: &'static str,
    /// Without a command, a shell reads standard input.
    pub(super) shell: bool,
    /// The command is run for many inputs.
    pub(super) repeated: bool,
}

impl Wrapper {
    /// A wrapper that runs the words behind its options.
    pub(super) const fn of(names: &'static [&'static str], opts: &'static str) -> Self {
        Self {
            names,
            sub: "",
            opts,
            skip: 0,
            also: None,
            inert: "",
            text: "",
            form: Form::Words,
            elevated: false,
            assigns: false,
            vars: "",
            chdir: "",
            remote: "",
            host: "",
            shell: false,
            repeated: false,
        }
    }

    pub(super) const fn sub(self, sub: &'static str) -> Self {
        Self { sub, ..self }
    }

    pub(super) const fn skip(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    pub(super) const fn also(self, also: fn(&str) -> bool) -> Self {
        Self { also: Some(also), ..self }
    }

    pub(super) const fn inert(self, inert: &'static str) -> Self {
        Self { inert, ..self }
    }

    pub(super) const fn text(self, text: &'static str) -> Self {
        Self { text, ..self }
    }

    pub(super) const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    pub(super) const fn elevated(self) -> Self {
        Self { elevated: true, ..self }
    }

    pub(super) const fn assigns(self, vars: &'static str) -> Self {
        Self { assigns: true, vars, ..self }
    }

    pub(super) const fn vars(self, vars: &'static str) -> Self {
        Self { vars, ..self }
    }

    pub(super) const fn chdir(self, chdir: &'static str) -> Self {
        Self { chdir, ..self }
    }

    pub(super) const fn remote(self, remote: &'static str, host: &'static str) -> Self {
        Self { remote, host, ..self }
    }

    pub(super) const fn shell(self) -> Self {
        Self { shell: true, ..self }
    }

    pub(super) const fn repeated(self) -> Self {
        Self { repeated: true, ..self }
    }
}

/// Wrappers, and which names they have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    /// In the order in which they are asked.
    pub(super) rows: &'static [Wrapper],
    roster: Roster,
}

impl Table {
    /// A table of these.
    pub(super) const fn of(rows: &'static [Wrapper]) -> Self {
        Self { rows, roster: roster!(rows, names) }
    }
}

/// The words of a wrapper, taken apart.
pub(super) struct Reading<'a> {
    pub(super) opts: Vec<Opt>,
    pub(super) operands: Vec<&'a Arg>,
    pub(super) rest: &'a [Arg],
}

/// Takes the words apart; `None` where the leading operands select another entry.
pub(super) fn read<'a>(args: &'a [Arg], wrapper: &Wrapper) -> Option<Reading<'a>> {
    let mut opts = Vec::new();
    let mut operands = Vec::new();
    let mut at = 0;
    let mut dashes = false;
    let mut skip_options = |at: usize| {
        let found = walk(args, at, wrapper.opts);
        opts.extend(found.opts);
        dashes |= found.dashes;
        found.next
    };
    for wanted in wrapper.sub.split_ascii_whitespace() {
        at = skip_options(at);
        let word = args.get(at)?.value.literal()?;
        if !wanted.split('|').any(|name| name == word) {
            return None;
        }
        at += 1;
    }
    for _ in 0..wrapper.skip {
        at = skip_options(at);
        let Some(operand) = args.get(at) else { break };
        operands.push(operand);
        at += 1;
    }
    at = skip_options(at);
    let mut rest = args.get(at..).unwrap_or_default();
    if let (Some(also), Some(word)) = (wrapper.also, rest.first().and_then(|arg| arg.value.literal()))
        && also(word)
    {
        rest = args.get(skip_options(at + 1)..).unwrap_or_default();
    }
    if wrapper.form == Form::Dashes
        && !dashes
        && let Some(end) = rest.iter().position(|arg| arg.value.is("--"))
    {
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    Some(Reading { opts, operands, rest })
}

/// The steps of the first entry that fits; `None` where none does.
pub(super) fn steps(cx: &Cx<'_>, table: &Table) -> Option<Vec<Step>> {
    if !table.roster.may_know(cx.name) {
        return None;
    }
    table
        .rows
        .iter()
        .filter(|wrapper| is_among(cx.name, wrapper.names))
        .find_map(|wrapper| Some(run(cx, wrapper, &read(cx.args(), wrapper)?)))
}

/// The name of the wrapper for a reader.
fn label(cx: &Cx<'_>, wrapper: &Wrapper, reading: &Reading<'_>) -> String {
    let mut label = cx.name.to_owned();
    for word in wrapper.sub.split_ascii_whitespace() {
        label.push(' ');
        label.push_str(word.split('|').next().unwrap_or(word));
    }
    if !wrapper.remote.is_empty()
        && let Some(operand) = reading.operands.first()
    {
        label.push(' ');
        label.push_str(&operand.value.text());
    }
    label
}

fn remote(wrapper: &Wrapper, reading: &Reading<'_>) -> Option<String> {
    if wrapper.remote.is_empty() {
        return None;
    }
    let host = value(&reading.opts, wrapper.host).or_else(|| reading.operands.first().map(|arg| &arg.value));
    Some(match host {
        Some(host) => format!("{}:{}", wrapper.remote, host.text()),
        None => wrapper.remote.to_owned(),
    })
}

/// What a wrapper runs, given its words.
pub(super) fn run(cx: &Cx<'_>, wrapper: &Wrapper, reading: &Reading<'_>) -> Vec<Step> {
    if has(&reading.opts, wrapper.inert) {
        return Vec::new();
    }
    let mut assigns: Vec<(String, Value)> = Vec::new();
    for opt in &reading.opts {
        if wrapper.vars.split_ascii_whitespace().any(|name| name == opt.name) {
            assigns.extend(opt.value.as_ref().and_then(assignment));
        }
    }
    let mut rest = reading.rest;
    while wrapper.assigns
        && let Some((first, behind)) = rest.split_first()
    {
        if let Some(pair) = assignment(&first.value) {
            assigns.push(pair);
        } else {
            break;
        }
        rest = behind;
    }
    let name = label(cx, wrapper, reading);
    let mut steps = inner(cx, wrapper, &reading.opts, rest);
    for step in &mut steps {
        step.label.clone_from(&name);
        step.elevated = wrapper.elevated;
        step.remote = remote(wrapper, reading);
        step.chdir = value(&reading.opts, wrapper.chdir).cloned();
        step.assigns.clone_from(&assigns);
        step.repeated = wrapper.repeated;
    }
    steps
}

fn inner(cx: &Cx<'_>, wrapper: &Wrapper, opts: &[Opt], rest: &[Arg]) -> Vec<Step> {
    let mut steps: Vec<Step> = opts
        .iter()
        .filter(|opt| wrapper.text.split_ascii_whitespace().any(|name| name == opt.name))
        .filter_map(|opt| Some(Cx::shell("", opt.value.as_ref()?, opt.span)))
        .collect();
    if !steps.is_empty() {
        return steps;
    }
    let span = span_of(rest, cx.inv.span);
    match wrapper.form {
        Form::Nothing => {}
        Form::Each => steps.extend(rest.iter().map(|arg| Cx::shell("", &arg.value, arg.span))),
        Form::Joined if !rest.is_empty() => steps.push(Cx::shell("", &join(rest), span)),
        Form::Either if rest.len() == 1 => steps.push(Cx::shell("", &join(rest), span)),
        Form::Words | Form::Dashes | Form::Either | Form::Joined => steps.extend(Cx::words("", rest)),
    }
    if steps.is_empty() && wrapper.shell && cx.is_fed() {
        steps.push(Step::new("", Inner::ShellStdin(Dialect::Sh)));
    }
    steps
}

/// Where an operand may as well have been options, and so the next word the operand: the command behind that one.
///
/// Only such a command is taken for one that looks like a program's name.
pub(super) fn other_reading<'a>(reading: &Reading<'a>) -> Option<Reading<'a>> {
    let unsure = reading.operands.first().is_some_and(|arg| may_be_many(&arg.value));
    let (first, rest) = reading.rest.split_first()?;
    let front = rest.first()?.value.prefix();
    let named = front.starts_with(|c: char| c.is_ascii_alphabetic()) && !front.contains(['/', '.', '=']);
    (unsure && named).then(|| Reading { opts: reading.opts.clone(), operands: vec![first], rest })
}
