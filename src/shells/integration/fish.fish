# wardsh: a line is judged before any of it runs. Read once by an interactive fish, then removed.
#
# The line gate is Enter: fish edits whole constructs in one buffer. fish_preexec cannot cancel, so a line that came past
# the gate and is refused ends the shell.

set -g __wardsh_key @KEY@
set -g __wardsh_yes @YES@
set -g __wardsh_at 0
set -g __wardsh_q @ASK@
set -g __wardsh_a @ANSWER@
set -g __wardsh_id 0
string match -qr '^([4-9]|\d\d)' -- $version; and set -g __wardsh_appends yes

# Prints what names mean now: a function that is not fish's own, and the elements of a variable.
function __wardsh_define
    begin
        builtin printf '%s %s %s\0def\0' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at"
        for __wardsh_w in (builtin string split -n ' ' -- $argv[1])
            builtin printf 'f\0%s\0' $__wardsh_w
            if builtin functions -q -- $__wardsh_w
                set -l __wardsh_from (builtin functions --details -- $__wardsh_w)
                if not builtin string match -q -- "$__fish_data_dir/*" $__wardsh_from
                    builtin functions --no-details -- $__wardsh_w
                end
            end
            builtin printf '\0l\0%s\0' $__wardsh_w
            if builtin string match -qr '^\w+$' -- $__wardsh_w; and set -q -- $__wardsh_w
                builtin printf '%s\x1f' $$__wardsh_w
            end
            builtin printf '\0'
        end
        builtin printf '.\n'
    end >$__wardsh_q 2>/dev/null
end

# Asks about a text; leaves the answer in __wardsh_v and __wardsh_msg. No answer is a no.
function __wardsh_ask
    set -g __wardsh_v deny
    set -g __wardsh_msg 'wardsh: no answer, so nothing runs' 'hint: leave this shell with Ctrl-D, and start it again'
    builtin test -p "$__wardsh_q" -a -p "$__wardsh_a"; or return 0
    set -g __wardsh_id (builtin math $__wardsh_id + 1)
    builtin printf '%s %s %s\0%s\0%s\0%s\0.\n' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at" $argv[1] "$PWD" $argv[2] >$__wardsh_q; or return 0
    while builtin read -lz __wardsh_line <$__wardsh_a
        set -l __wardsh_f (builtin string split -m 3 ' ' -- "$__wardsh_line")
        builtin test "$__wardsh_f[2]" = "$__wardsh_id"; or continue
        switch $__wardsh_f[3]
            case def
                __wardsh_define $__wardsh_f[4]
                continue
            case allow more
                builtin test "$__wardsh_f[1]" = "$__wardsh_yes"; or continue
                set -g __wardsh_v $__wardsh_f[3]
                set -l __wardsh_r (builtin string split -m 2 ' ' -- "$__wardsh_f[4]")
                set -g __wardsh_yes $__wardsh_r[2]
                set -g __wardsh_at (builtin math $__wardsh_at + 1)
                set -g __wardsh_msg "$__wardsh_r[3]"
            case '*'
                set -g __wardsh_msg (builtin string join \n -- $__wardsh_f[4..])
        end
        return 0
    end
    return 0
end

# Says that Enter was pressed where it enters no line, so that what runs next is not taken for a line that nobody judged.
function __wardsh_seen
    builtin test -p $__wardsh_q; and builtin printf '%s 0 0\0seen\0\0\0.\n' "$__wardsh_key" >$__wardsh_q
end

function __wardsh_say
    builtin test -z "$__wardsh_msg"; or builtin printf '%s\n' $__wardsh_msg >&2
end

# Enter: judges what is in the editor.
function __wardsh_enter
    set -l b (builtin commandline -b | builtin string collect)
    if builtin test -z "$b"
        __wardsh_seen
        builtin commandline -f execute
        return
    end
    builtin commandline --is-valid 2>/dev/null
    set -l __wardsh_valid $status
    if builtin test $__wardsh_valid = 2
        __wardsh_seen
        builtin commandline -f execute
        return
    end
    if builtin commandline --paging-mode; or builtin commandline --search-mode
        __wardsh_seen
        builtin commandline -f execute
        return
    end
    # Execute would expand it unreviewed: shown first, a second Enter runs it.
    set -l t (builtin commandline -ct)
    if builtin test -n "$t"; and builtin abbr -q -- $t
        __wardsh_seen
        builtin commandline -f expand-abbr
        return
    end
    # What fish rejects it does not run; it says why.
    if builtin test $__wardsh_valid = 1
        __wardsh_seen
        builtin commandline -f execute
        return
    end
    __wardsh_ask line $b
    if builtin test "$__wardsh_v" = allow
        if builtin test -n "$__wardsh_msg"
            builtin printf '\n' >&2
            __wardsh_say
        end
        set -g __wardsh_ok $b
        builtin commandline -f execute
    else
        builtin printf '\n' >&2
        __wardsh_say
        # Into the history, where fish can do that; before 4.0 it takes the word for a search.
        if builtin set -q __wardsh_appends; and not builtin string match -qr '^\s' -- "$b"
            builtin history append -- "$b"
            builtin commandline -r ''
        end
        builtin commandline -f repaint
    end
end

function __wardsh_before --on-event fish_preexec
    if set -q __wardsh_ok; and builtin test "$__wardsh_ok" = "$argv[1]"
        set -e __wardsh_ok
        return
    end
    set -e __wardsh_ok
    __wardsh_ask late "$argv[1]"
    __wardsh_say
    builtin test "$__wardsh_v" = allow; and return
    builtin exit 126
end

function __wardsh_bind --on-event fish_prompt --on-variable fish_key_bindings
    for m in default insert
        for k in \r \n
            builtin bind -M $m $k __wardsh_enter
        end
    end
end

__wardsh_bind
__wardsh_ask ready $version
__wardsh_say
