# wardsh: a line is judged before any of it runs. Read once by an interactive bash, then removed.
#
# Two gates, builtins only. The line gate: Enter is a macro of private keys, the last of which is bound to what the
# answer says. The run gate: PS0 is expanded between "parsed" and "executed", and an error in a subscript there drops
# the command; it needs an approved command for each one that runs (__wardsh_left).

__wardsh_key=@KEY@ __wardsh_yes=@YES@ __wardsh_q=@ASK@ __wardsh_a=@ANSWER@
declare +x __wardsh_key __wardsh_yes __wardsh_q __wardsh_a
__wardsh_id=0 __wardsh_at=0 __wardsh_left=0 __wardsh_cont=0 __wardsh_no=0 __wardsh_run=0 __wardsh_hold=0 __wardsh_hist=0
__wardsh_buf='' __wardsh_bang='' __wardsh_fork='' __wardsh_v='' __wardsh_count=0 __wardsh_msg=''
__wardsh_n=('')
__wardsh_cur=(emacs-standard vi-insert vi-command)
unset wardsh
wardsh[1]=0
__wardsh_g0='${__wardsh_n[${wardsh[__wardsh_left-- > 0]-${wardsh[$(__wardsh_late)]?this line was refused}}+0*(__wardsh_no=0)+0*(__wardsh_cont=0)+0*(__wardsh_run=1)]}'
__wardsh_g2='${__wardsh_n[__wardsh_cont=1,0]}'

# Gathers the names in a text that may be a command, an alias or a variable in __wardsh_w, and as a text in __wardsh_l.
# The shell's own splitting is a tenth of what a loop costs. Where IFS is readonly nothing is gathered, and asked for.
__wardsh_names() {
  builtin local - IFS=' '
  [[ $IFS == ' ' && $1 != *__wardsh* ]] || builtin return 0
  builtin set -f
  __wardsh_w=(${1//[$' \t\n;|&()<>`"\'\\']/ })
  # Names may be nearly anything, but no paths or options; what has a `=` would define an alias.
  __wardsh_w=("${__wardsh_w[@]//*[=\$\/]*/}")
  __wardsh_w=(${__wardsh_w[*]/#-*/} ${1//[!a-zA-Z0-9_]/ })
  __wardsh_l=${__wardsh_w[*]}
}

# Prints what names mean now: themselves, then aliases, functions and variables as the shell prints them. A builtin with
# many names writes once, and each write wakes whoever reads.
__wardsh_define() {
  builtin printf '%s %s %s\0means\0%s\0' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at" "$__wardsh_l"
  if (( ${#__wardsh_w[@]} )); then builtin alias -- "${__wardsh_w[@]}"; fi
  builtin printf '\0'
  if (( ${#__wardsh_w[@]} )); then builtin declare -f -- "${__wardsh_w[@]}"; fi
  builtin printf '\0'
  builtin declare -p -- PATH HOME IFS CDPATH "${__wardsh_w[@]}"
  builtin printf '\0.\n'
}

# Asks about a text; leaves the answer in __wardsh_v, __wardsh_count and __wardsh_msg. No answer is a no.
__wardsh_ask() {
  builtin local REPLY __wardsh_k __wardsh_i __wardsh_l='' __wardsh_w
  __wardsh_w=()
  __wardsh_v=deny __wardsh_count=0 __wardsh_msg=$'wardsh: no answer, so nothing runs\nhint: leave this shell with Ctrl-D, and start it again'
  [[ -p $__wardsh_q && -p $__wardsh_a ]] || builtin return 0
  __wardsh_id=$((${__wardsh_id%.*} + 1))$__wardsh_fork
  {
    # What a short line's names mean is told at once: it saves a question and an answer.
    if [[ $1 == line ]] && (( ${#2} < 200 )); then
      { __wardsh_names "$2"; __wardsh_define; } 2>/dev/null
    fi
    builtin printf '%s %s %s\0%s\0%s\0%s\0.\n' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at" "$1" "$PWD" "$2" || builtin return 0
  } 1<>"$__wardsh_q"
  while builtin read -r -d '' <>"$__wardsh_a"; do
    __wardsh_k=${REPLY%% *} REPLY=${REPLY#* }
    __wardsh_i=${REPLY%% *} REPLY=${REPLY#* }
    [[ $__wardsh_i == "$__wardsh_id" ]] || builtin continue
    case ${REPLY%% *} in
      def)
        __wardsh_w=() __wardsh_l=${REPLY#* } REPLY="${REPLY#* } "
        while [[ $REPLY == *' '* ]]; do __wardsh_w+=("${REPLY%% *}") REPLY=${REPLY#* }; done
        __wardsh_define 1<>"$__wardsh_q" 2>/dev/null
        builtin continue
        ;;
      allow | more)
        [[ $__wardsh_k == "$__wardsh_yes" ]] || builtin continue
        __wardsh_v=${REPLY%% *} REPLY=${REPLY#* }
        __wardsh_count=${REPLY%% *} REPLY=${REPLY#* }
        [[ $__wardsh_fork ]] || __wardsh_yes=${REPLY%% *} __wardsh_at=$((__wardsh_at + 1))
        __wardsh_msg=${REPLY#* }
        ;;
      *) __wardsh_msg=${REPLY#* } ;;
    esac
    builtin return 0
  done
  builtin return 0
}

# Says that Enter was pressed where it enters no line, so that what runs next is not taken for a line that nobody judged.
__wardsh_seen() {
  [[ ! -p $__wardsh_q ]] || builtin printf '%s 0 0\0seen\0\0\0.\n' "$__wardsh_key" 1<>"$__wardsh_q"
}

__wardsh_say() {
  [[ ! $__wardsh_msg ]] || builtin printf '%s\n' "$__wardsh_msg" >&2
}

# Binds the last keys of the macros to what the answer says: to a yes in the keymaps that are in use, and back in those
# where they stand at one.
__wardsh_answer() {
  builtin local __wardsh_m
  if [[ $1 == accept-line ]]; then
    if [[ -o emacs ]]; then __wardsh_cur=(emacs-standard)
    elif [[ -o vi ]]; then __wardsh_cur=(vi-insert vi-command)
    else __wardsh_cur=(emacs-standard vi-insert vi-command); fi
    for __wardsh_m in "${__wardsh_cur[@]}"; do
      builtin bind -m "$__wardsh_m" '"\e[9907~": accept-line' '"\e[9909~": operate-and-get-next'
    done
    builtin return 0
  fi
  for __wardsh_m in "${__wardsh_cur[@]}"; do
    # As a fresh prompt, a refusal begins in vi's insert mode.
    if [[ $__wardsh_m == vi-command ]]; then builtin set -- vi-insertion-mode; fi
    builtin bind -m "$__wardsh_m" "\"\\e[9907~\": $1" "\"\\e[9909~\": $1"
  done
  __wardsh_cur=()
}

# Says whether the run gate and the hook at the prompt stand.
__wardsh_stands() {
  [[ $PS0 == "$__wardsh_g0"* ]] && builtin shopt -q promptvars && [[ ${PROMPT_COMMAND[0]-} == __wardsh_prompt* ]]
}

# Enter: judges what is in the editor, together with the lines before it where a construct goes on.
__wardsh_enter() {
  if [[ $- == *x* ]]; then { builtin local -; builtin set +aefux; } 2>/dev/null; else builtin local -; builtin set +aefux; fi
  builtin local __wardsh_t
  if (( __wardsh_run )) && __wardsh_stands; then
    __wardsh_seen
    __wardsh_answer accept-line # `read -e` of a running command: data
    builtin return 0
  fi
  __wardsh_run=0
  __wardsh_hook
  (( __wardsh_cont )) || __wardsh_buf=''
  __wardsh_t=${__wardsh_buf:+$__wardsh_buf$'\n'}$READLINE_LINE
  __wardsh_left=0
  if [[ $__wardsh_t != *[![:space:]]* ]]; then
    __wardsh_v=allow __wardsh_msg=''
    __wardsh_seen
  else
    __wardsh_ask line "$__wardsh_t"
    [[ $__wardsh_v != allow ]] || __wardsh_left=$__wardsh_count
  fi
  case $__wardsh_v in
    allow | more)
      if [[ $__wardsh_v == more ]]; then __wardsh_buf=$__wardsh_t; else __wardsh_buf=''; __wardsh_say; fi
      # What was expanded once is not expanded again.
      if [[ $- == *H* && $READLINE_LINE == *'!'* ]]; then __wardsh_hold=1; fi
      __wardsh_answer accept-line
      ;;
    *)
      __wardsh_say
      if (( ! __wardsh_cont )); then
        builtin history -s -- "$__wardsh_t"
        READLINE_LINE='' READLINE_POINT=0
        __wardsh_answer redraw-current-line
      elif __wardsh_stands; then
        __wardsh_no=1 __wardsh_buf=$__wardsh_t # the run gate drops the construct
        __wardsh_answer accept-line
      else
        builtin printf 'wardsh: Ctrl-C drops it\n' >&2
        READLINE_LINE='' READLINE_POINT=0
        __wardsh_answer redraw-current-line
      fi
      ;;
  esac
  builtin return 0
}

# A command that no line gate has seen, in a fork of PS0: prints 1 where it may run.
__wardsh_late() {
  { builtin local -; builtin set +aefux; } 2>/dev/null
  if (( __wardsh_no )); then
    builtin printf 0
    builtin return 0
  fi
  builtin local __wardsh_t __wardsh_kind=blind HISTTIMEFORMAT=
  __wardsh_fork=.$BASHPID # what is counted here is lost, so the id says where it was
  __wardsh_t=$(builtin history 1)
  # What the history does not keep cannot be read here; the entry before it must not be taken for it.
  if [[ $__wardsh_t =~ ^\ *([0-9]+)\*?\ +(.*)$ ]] && builtin shopt -qo history && builtin shopt -q cmdhist \
    && (( BASH_REMATCH[1] >= __wardsh_hist )); then
    __wardsh_kind=late __wardsh_t=${BASH_REMATCH[2]}
  else
    __wardsh_t=''
  fi
  __wardsh_ask "$__wardsh_kind" "$__wardsh_t"
  __wardsh_say
  if [[ $__wardsh_v == allow ]]; then builtin printf 1; else builtin printf 0; fi
}

# Puts our hook first among what runs at the prompt.
__wardsh_hook() {
  [[ ${PROMPT_COMMAND[0]-} != __wardsh_prompt* ]] || builtin return 0
  if (( ${#PROMPT_COMMAND[@]} > 1 )); then
    PROMPT_COMMAND=(__wardsh_prompt "${PROMPT_COMMAND[@]//__wardsh_prompt/:}")
  else
    PROMPT_COMMAND=__wardsh_prompt${PROMPT_COMMAND:+$'\n'${PROMPT_COMMAND//__wardsh_prompt/:}}
  fi
}

# At the prompt: what was approved for a construct is over, and the run gate is put back.
__wardsh_prompt() {
  builtin local __wardsh_s="$?"
  if (( __wardsh_hold )); then __wardsh_hold=0; builtin set -H; fi
  [[ $- != *e* ]] || __wardsh_s=0
  { builtin local -; builtin set +aeux; } 2>/dev/null
  __wardsh_cont=0 __wardsh_no=0 __wardsh_run=0 __wardsh_buf='' __wardsh_hist=$HISTCMD
  PS0=${PS0//"$__wardsh_g0"/} PS2=${PS2//"$__wardsh_g2"/}
  if builtin shopt -q promptvars; then
    PS0=$__wardsh_g0$PS0 PS2=$__wardsh_g2$PS2
  elif [[ ${__wardsh_plain-} != 1 ]]; then
    builtin printf 'wardsh: without promptvars only what is entered with Enter is judged\n' >&2
  fi
  builtin shopt -q promptvars; __wardsh_plain=$?
  __wardsh_expand
  __wardsh_answer redraw-current-line # our last key does nothing until an answer binds it
  builtin return "$__wardsh_s"
}

# The first key of the macros: history expansion, where the shell does it at all.
__wardsh_expand() {
  builtin local __wardsh_m __wardsh_b=history-expand-line
  [[ $- == *H* ]] || __wardsh_b='""'
  [[ $__wardsh_bang != "$__wardsh_b" ]] || builtin return 0
  for __wardsh_m in emacs-standard vi-insert vi-command; do
    builtin bind -m "$__wardsh_m" "\"\\e[9905~\": $__wardsh_b"
  done
  __wardsh_bang=$__wardsh_b
}

# edit-and-execute-command without its way around both gates: the line is edited in a file, then entered.
__wardsh_edit() {
  { builtin local -; builtin set +aefux; } 2>/dev/null
  builtin local __wardsh_f="${__wardsh_a%/*}/line-$BASHPID-$__wardsh_id.sh" __wardsh_tty
  ( umask 077; builtin printf '%s\n' "$READLINE_LINE" >|"$__wardsh_f" )
  __wardsh_tty=$(command stty -g 2>/dev/null)
  command stty sane 2>/dev/null
  ${VISUAL:-${EDITOR:-vi}} "$__wardsh_f"
  command stty "$__wardsh_tty" 2>/dev/null
  READLINE_LINE=$(<"$__wardsh_f") READLINE_POINT=${#READLINE_LINE}
  builtin printf '' >|"$__wardsh_f"
  builtin printf '%s\n' "$READLINE_LINE"
}

# Binds KEYMAP's keys that run a function of the editor to a macro.
__wardsh_rebind() {
  builtin local __wardsh_l __wardsh_k
  while builtin read -r __wardsh_l; do
    [[ $__wardsh_l == *": $2" ]] || builtin continue
    __wardsh_k=${__wardsh_l%": $2"}
    builtin bind -m "$1" "$__wardsh_k: \"$3\""
  done <<<"$4"
}

__wardsh_init() {
  { builtin local -; builtin set +aefux; } 2>/dev/null
  builtin local __wardsh_m __wardsh_all __wardsh_e='\e[9905~\e[9906~\e[9907~'
  for __wardsh_m in emacs-standard vi-insert vi-command; do
    __wardsh_all=$(builtin bind -m "$__wardsh_m" -p 2>/dev/null)
    __wardsh_rebind "$__wardsh_m" accept-line "$__wardsh_e" "$__wardsh_all"
    __wardsh_rebind "$__wardsh_m" operate-and-get-next '\e[9905~\e[9906~\e[9909~' "$__wardsh_all"
    __wardsh_rebind "$__wardsh_m" edit-and-execute-command "\\e[9908~$__wardsh_e" "$__wardsh_all"
    __wardsh_rebind "$__wardsh_m" vi-edit-and-execute-command "\\e[9908~$__wardsh_e" "$__wardsh_all"
    builtin bind -m "$__wardsh_m" -x '"\e[9906~": __wardsh_enter || :; if (( __wardsh_hold )); then builtin set +H; fi'
    builtin bind -m "$__wardsh_m" -x '"\e[9908~": __wardsh_edit || :'
    builtin bind -m "$__wardsh_m" "\"\\C-m\": \"$__wardsh_e\""
    builtin bind -m "$__wardsh_m" "\"\\C-j\": \"$__wardsh_e\""
  done 2>/dev/null
  # `v` at the command mode of vi: not named as above in all versions.
  builtin bind -m vi-command '"v": "\e[9908~'"$__wardsh_e"'"' 2>/dev/null
  builtin bind -m emacs-standard '"\C-x\C-e": "\e[9908~'"$__wardsh_e"'"' 2>/dev/null
  __wardsh_answer redraw-current-line
  __wardsh_hook
  builtin declare -g +x __wardsh_id __wardsh_left __wardsh_cont __wardsh_no __wardsh_run __wardsh_key __wardsh_yes __wardsh_at __wardsh_q __wardsh_a
  builtin readonly -f __wardsh_names __wardsh_define __wardsh_ask __wardsh_seen __wardsh_say __wardsh_answer __wardsh_stands __wardsh_enter \
    __wardsh_late __wardsh_hook __wardsh_prompt __wardsh_expand __wardsh_edit __wardsh_rebind __wardsh_init
  builtin declare -gr __wardsh_g0 __wardsh_g2 __wardsh_q __wardsh_a
  __wardsh_ask ready "$BASH_VERSION"
  __wardsh_say
}

# Should somebody interrupt the files that follow, the run gate is there all the same.
PS0=$__wardsh_g0${PS0-}
__wardsh_seen
@START@
__wardsh_init
