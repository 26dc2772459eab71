//! Our own thin tree of a shell text: every node with its span, words taken apart.
//!
//! Only what judging needs: no operators of `[[`, no separators beyond what decides whether a command runs.

use std::rc::Rc;

use smallvec::SmallVec;

use super::Span;
use super::filled::Filled;

/// A list of and-or chains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The chains in source order.
    pub chains: Vec<Chain>,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The pipelines, each with how it is joined to the one before (the first with `Then`).
    pub pipelines: SmallVec<[(Join, Pipeline); 1]>,
    /// Ended by `&`.
    pub background: bool,
}

/// How a pipeline is joined to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Join {
    /// Runs in any case.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands joined by `|`; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    /// The commands from left to right.
    pub commands: SmallVec<[Command; 1]>,
    /// `!` in front: success and failure change places.
    pub negated: bool,
}

/// One command with its redirections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it is.
    pub kind: CommandKind,
    /// Its redirections in source order.
    pub redirects: Vec<Redir>,
    /// From first to last word.
    pub span: Span,
}

/// The kinds of commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandKind {
    /// Assignments and words; either may be empty.
    Simple {
        /// `NAME=value` in front.
        assigns: Vec<Assign>,
        /// Program and words. `declare`-like builtins carry their assignments as words with `assign` set.
        words: Vec<Word>,
    },
    /// `{ …; }`
    Group(Script),
    /// `( … )`
    Subshell(Script),
    /// `if`, with its `elif` branches: condition and body.
    If {
        /// Condition and body of each branch.
        branches: Vec<(Script, Script)>,
        /// The `else` part.
        otherwise: Option<Script>,
    },
    /// `while` and `until`.
    While {
        /// What is run before each round.
        condition: Script,
        /// The body.
        body: Script,
    },
    /// `for` and `select` over words; no words means `"$@"`.
    For {
        /// The variable.
        name: String,
        /// What it runs over.
        words: Option<Vec<Word>>,
        /// The body.
        body: Script,
    },
    /// `for ((…))`
    ArithFor {
        /// The three expressions, as words to expand.
        exprs: Vec<Word>,
        /// The body.
        body: Script,
    },
    /// `case`
    Case {
        /// What is compared.
        value: Word,
        /// Patterns and body of each arm.
        arms: Vec<(Vec<Word>, Script)>,
    },
    /// A function definition.
    Function {
        /// Its name.
        name: String,
        /// Its body.
        body: Rc<Command>,
    },
    /// `[[ … ]]`
    Test {
        /// The words that are expanded in it.
        words: Vec<Word>,
        /// Whether it is nothing but a test for a file.
        file: Option<FileTest>,
        /// What its outcome shows.
        filled: Filled,
    },
    /// `(( … ))`: the expression as a word to expand.
    Arith(Word),
    /// `coproc`
    Coproc(Box<Command>),
}

/// `-f PATH`, `! -e PATH`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileTest {
    /// The test asks whether nothing is there.
    pub negated: bool,
    /// The path.
    pub path: Word,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assign {
    /// The variable.
    pub name: String,
    /// The subscript's text, as a word to expand.
    pub index: Option<Word>,
    /// `+=`
    pub append: bool,
    /// The value.
    pub value: AssignValue,
    /// Where.
    pub span: Span,
}

/// What is assigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssignValue {
    /// One value.
    Scalar(Word),
    /// An array: subscripts and values.
    Array(Vec<(Option<Word>, Word)>),
}

/// A redirection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redir {
    /// The descriptor, where written; 0 for `<&`.
    pub fd: Option<i32>,
    /// What is done.
    pub op: RedirOp,
    /// Where.
    pub span: Span,
}

/// What a redirection does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirOp {
    /// `< word`
    Read(Word),
    /// `> word`, `>| word`
    Write(Word),
    /// `>> word`
    Append(Word),
    /// `<> word`
    ReadWrite(Word),
    /// `&> word` and `>& word`
    Both(Word),
    /// `&>> word`
    BothAppend(Word),
    /// `<& word`, `>& digit`: a descriptor or `-`.
    Dup(Word),
    /// A here-document; the body is expanded where the delimiter was not quoted.
    Here(Word),
    /// `<<< word`
    HereString(Word),
}

/// A word in parts; no parts is the empty word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// Its parts in order: one, most often.
    pub parts: SmallVec<[Part; 1]>,
    /// Where it stands.
    pub span: Span,
    /// For `declare x=…` and its like: the word is this assignment.
    pub assign: Option<Box<Assign>>,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text. Quoted text is neither split nor globbed nor brace-expanded.
    Lit {
        /// The text with quotes and backslashes removed.
        text: String,
        /// It was quoted or escaped.
        quoted: bool,
    },
    /// `~`, `~user`, `~+`, `~-` at the start of a word: what follows the tilde.
    Tilde(String),
    /// A parameter expansion.
    Param {
        /// Which, and what is done to it.
        param: Box<Param>,
        /// It stood in double quotes.
        quoted: bool,
        /// Where.
        span: Span,
    },
    /// `$(…)` and backquotes.
    Command {
        /// The commands, or why they could not be read.
        script: Result<Script, SyntaxError>,
        /// It stood in double quotes.
        quoted: bool,
        /// The text between the delimiters.
        text: String,
        /// Where.
        span: Span,
    },
    /// `$((…))` and `$[…]`: the expression, expanded like a double-quoted word.
    Arith {
        /// The expression's parts.
        parts: Vec<Part>,
        /// Where.
        span: Span,
    },
    /// Code that runs while the word is expanded and yields nothing (`*(e:code:)`).
    Runs {
        /// The commands, or why they could not be read.
        script: Result<Script, SyntaxError>,
        /// The code.
        text: String,
        /// Where.
        span: Span,
    },
    /// `<(…)` and `>(…)`.
    Process {
        /// The commands, or why they could not be read.
        script: Result<Script, SyntaxError>,
        /// `>(…)`
        write: bool,
        /// Where.
        span: Span,
    },
}

/// A parameter expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// The name: a variable, a digit string, or one of `@ * # ? - $ ! 0`.
    pub name: String,
    /// The subscript's text, as parts to expand (`@` and `*` included).
    pub index: Option<Vec<Part>>,
    /// `${!name…}`
    pub indirect: bool,
    /// What is done to the value.
    pub op: ParamOp,
    /// What zsh does beside that.
    pub zsh: Option<Box<Flags>>,
}

/// What only zsh does to an expansion: `${(flags)…}`, nested ones, modifiers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The letters of the flags without their arguments; `=` and `~` as well, wherever they stood.
    pub letters: String,
    /// `s:…:`
    pub split: Option<String>,
    /// `j:…:`
    pub join: Option<String>,
    /// The value is this one, not a variable's: `${$(…)…}`, `${:-…}`.
    pub over: Option<Vec<Part>>,
    /// `:h`, `:t:r`, …: the letters, with what stands behind `s`.
    pub modifiers: String,
}

/// What a parameter expansion does to the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParamOp {
    /// Nothing.
    Plain,
    /// `${#x}`
    Length,
    /// `${x:-w}` and `${x-w}`; the flag says with colon.
    Default(bool, Vec<Part>),
    /// `${x:=w}`
    Assign(bool, Vec<Part>),
    /// `${x:?w}`
    Error(bool, Vec<Part>),
    /// `${x:+w}`
    Alternative(bool, Vec<Part>),
    /// `${x#p}`, `${x##p}`; the flag says longest.
    TrimStart(bool, Vec<Part>),
    /// `${x%p}`, `${x%%p}`
    TrimEnd(bool, Vec<Part>),
    /// `${x/p/r}`, `${x//p/r}`, `${x/#p/r}`, `${x/%p/r}`; the character behind the first slash, if any.
    Replace(Option<char>, Vec<Part>, Vec<Part>),
    /// `${x:o}`, `${x:o:n}`: the text behind the colon.
    Substring(Vec<Part>),
    /// `${x^}`, `${x^^}`, `${x,}`, `${x,,}`, `${x~}`: the operator.
    Case(String),
    /// `${x@P}`: the letter.
    Transform(char),
    /// `${!prefix*}`
    Names,
    /// zsh's `${x::=w}`
    Set(Vec<Part>),
    /// zsh's `${x:#p}` and what else chooses among elements: the text behind the operator.
    Choose(Vec<Part>),
    /// Something of another shell (zsh flags and the like): the text.
    Foreign(String),
}

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxError {
    /// The grammar does not accept it.
    Rejected,
    /// It is too long or nested too deep.
    Bound,
}

/// Calls `change` with every redirection of a script, those of functions' bodies included; not those inside of words.
pub(crate) fn each_redirect(script: &mut Script, change: &mut dyn FnMut(&mut Redir)) {
    for chain in &mut script.chains {
        for (_, pipeline) in &mut chain.pipelines {
            pipeline.commands.iter_mut().for_each(|command| command_redirects(command, change));
        }
    }
}

fn command_redirects(command: &mut Command, change: &mut dyn FnMut(&mut Redir)) {
    command.redirects.iter_mut().for_each(&mut *change);
    match &mut command.kind {
        CommandKind::Simple { .. } | CommandKind::Test { .. } | CommandKind::Arith(_) => {}
        CommandKind::Group(script) | CommandKind::Subshell(script) => each_redirect(script, change),
        CommandKind::If { branches, otherwise } => {
            for (condition, body) in branches {
                each_redirect(condition, change);
                each_redirect(body, change);
            }
            if let Some(otherwise) = otherwise {
                each_redirect(otherwise, change);
            }
        }
        CommandKind::While { condition, body } => {
            each_redirect(condition, change);
            each_redirect(body, change);
        }
        CommandKind::For { body, .. } | CommandKind::ArithFor { body, .. } => each_redirect(body, change),
        CommandKind::Case { arms, .. } => arms.iter_mut().for_each(|(_, body)| each_redirect(body, change)),
        CommandKind::Function { body, .. } => command_redirects(Rc::make_mut(body), change),
        CommandKind::Coproc(body) => command_redirects(body, change),
    }
}
