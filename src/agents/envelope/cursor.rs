//! Cursor: state comes in on descriptor 3 and goes out on descriptor 4, the command is `$1`.

use super::{Envelope, Place, State};
use crate::syntax;

/// The variable that Cursor's sandbox hands code on in.
const RESTORE: &str = "__CURSOR_SANDBOX_ENV_RESTORE";

/// Parts that come and go between versions, in the order of the text: how they are seen, and what stands there.
struct Form {
    start: &'static [&'static str],
    options: &'static [&'static str],
    dump: &'static str,
}

const PATH: &str = "builtin export PATH=\"/usr/bin:/bin:/usr/sbin:/sbin${PATH:+:$PATH}\"; ";
const EVAL: &str = "builtin eval \"${__CURSOR_SANDBOX_ENV_RESTORE:-}\" 2>/dev/null; ";
const PWD: &str = "builtin export PWD=\"$(builtin pwd)\"; ";
const SUDO: &str = "alias sudo='sudo -A'; ";

const FORMS: &[Form] = &[
    Form {
        start: &[
            "snap=$(command cat <&3) && builtin shopt -s extglob && builtin eval -- \"$snap\" && { ",
            "snap=$(command cat <&3) && builtin shopt -s extglob && builtin eval \"$snap\" && { ",
        ],
        options: &[
            "builtin set +u 2>/dev/null || true; ",
            EVAL,
            PWD,
            "builtin shopt -s expand_aliases 2>/dev/null; ",
            SUDO,
        ],
        dump: "dump_bash_state",
    },
    Form {
        start: &[
            "snap=$(command cat <&3); builtin unsetopt aliases 2>/dev/null; builtin unalias -m '*' 2>/dev/null || true; builtin setopt extendedglob; builtin eval \"$snap\" && { ",
            "snap=$(command cat <&3); builtin unsetopt aliases 2>/dev/null; builtin unalias -m '*' 2>/dev/null || true; builtin eval \"$snap\" && { ",
        ],
        options: &[
            "builtin unsetopt nounset 2>/dev/null || true; ",
            EVAL,
            PWD,
            "builtin setopt aliases 2>/dev/null; ",
            SUDO,
        ],
        dump: "dump_zsh_state",
    },
];

pub(super) fn find(text: &str, params: &[&str]) -> Option<Envelope> {
    let [_, inner] = params else { return None };
    if !text.contains("$(command cat <&3)") {
        return None;
    }
    let shape = syntax::placeless(text).ok()?;
    let form = FORMS.iter().find(|form| {
        form.start.iter().any(|start| syntax::placeless(&form.text(start, text)).is_ok_and(|wanted| wanted == shape))
    })?;
    Some(Envelope {
        agent: "cursor",
        inner: (*inner).to_owned(),
        place: Place::Param(1),
        state: Some(State::Descriptor { fd: 3, variable: RESTORE, ends_with: form.dump }),
        params: params.iter().map(|param| (*param).to_owned()).collect(),
    })
}

impl Form {
    /// This form with the options that a text has.
    fn text(&self, start: &str, of: &str) -> String {
        let has = |part: &&&str| of.contains(part.trim_end());
        let path = if of.contains(PATH.trim_end()) { PATH } else { "" };
        let options: String = self.options.iter().filter(has).copied().collect();
        let stdin = if of.contains("builtin eval \"$1\" < /dev/null") { " < /dev/null" } else { "" };
        let dump = self.dump;
        format!(
            "{path}{start}{options}builtin eval \"$1\"{stdin}; }}; COMMAND_EXIT_CODE=$?; {dump} >&4; builtin exit $COMMAND_EXIT_CODE"
        )
    }
}
