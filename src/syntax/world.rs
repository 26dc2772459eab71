//! The look-ups that judging may make. The real one lives in `store`; tests bring their own.

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// Nothing.
    Missing,
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A block or character device.
    Device,
    /// A socket, a pipe, or something that may not be looked at.
    Other,
}

/// How git stands to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// In the index and unmodified on disk as far as size and time tell: git can give it back.
    Clean,
    /// In the index, changed on disk; or a folder of which some content is tracked and some is not or is changed.
    Modified,
    /// Not in the index.
    Untracked,
}

/// Everything that judging may ask of the machine. All paths are absolute, UTF-8, `/`-separated.
///
/// Implementations bound every answer and never fail: what cannot be seen is answered as missing, empty or `None`.
/// Bytes that are not UTF-8 are carried as in `syntax::bytes`.
pub trait World {
    /// The folder that the line starts in.
    fn cwd(&self) -> &str;
    /// The home folder of the real user (from the user database, never from `$HOME`).
    fn home(&self) -> &str;
    /// Another user's home folder.
    fn home_of(&self, user: &str) -> Option<String>;
    /// The workspace: fixed at the start of the session, never home or root.
    fn workspace(&self) -> Option<&str>;
    /// An inherited environment variable's value.
    fn var(&self, name: &str) -> Option<String>;
    /// Names of the inherited environment variables, in any order.
    fn var_names(&self) -> Vec<String>;
    /// What an alias of the calling shell stands for (only an interactive shell or an envelope knows any).
    fn alias(&self, name: &str) -> Option<String>;
    /// The body of a function of the calling shell.
    fn function(&self, name: &str) -> Option<String>;
    /// What stands at a path, links followed.
    fn kind(&self, path: &str) -> PathKind;
    /// The path with every link followed; parts that do not exist are kept as they are.
    fn real_path(&self, path: &str) -> String;
    /// Paths that match a pattern in the shell's sense, sorted, at most `limit`.
    fn glob(&self, pattern: &str, limit: usize) -> Vec<String>;
    /// Names in a folder, without `.` and `..`, at most `limit`.
    fn list(&self, dir: &str, limit: usize) -> Vec<String>;
    /// A regular file's content where it has at most `max` bytes.
    fn read(&self, path: &str, max: usize) -> Option<Vec<u8>>;
    /// Where a program of that name is found in `PATH`.
    fn which(&self, program: &str) -> Option<String>;
    /// How git stands to an existing path; `None` outside a work tree.
    fn tracked(&self, path: &str) -> Option<Tracked>;
    /// Asks the real shell whether it would parse a text (`-n`, once plain, once with extglob); `None` where it cannot be asked.
    fn shell_accepts(&self, _text: &str) -> Option<bool> {
        None
    }
}
