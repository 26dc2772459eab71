# wardsh: a line is judged before any of it runs. Read once by an interactive zsh, then removed.
#
# Two gates, builtins only. The line gate: zle's line-finish hook sees every accepted buffer, whatever key accepted it.
# The run gate: the first of the preexec functions, for a command that no line gate has approved; it cancels by an
# interrupt to the shell itself.

typeset -g __wardsh_key=@KEY@ __wardsh_yes=@YES@ __wardsh_q=@ASK@ __wardsh_a=@ANSWER@
typeset -gi __wardsh_id=0 __wardsh_at=0 __wardsh_left=0 __wardsh_count=0
typeset -g __wardsh_v= __wardsh_msg=

# Prints what names mean now: aliases, function, variable of each, as NUL-ended fields.
__wardsh_define() {
  emulate -L zsh
  local __wardsh_w
  {
    builtin printf '%s %s %s\0def\0' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at"
    for __wardsh_w in ${(s: :)1}; do
      builtin printf 'a\0%s\0' "$__wardsh_w"; builtin alias -L -- "$__wardsh_w"
      builtin printf '\0f\0%s\0' "$__wardsh_w"; builtin functions -- "$__wardsh_w"
      builtin printf '\0v\0%s\0' "$__wardsh_w"; builtin typeset -p -- "$__wardsh_w"
      builtin printf '\0'
    done
    builtin printf '.\n'
  } 1<>"$__wardsh_q" 2>/dev/null
  return 0
}

# Asks about a text; leaves the answer in __wardsh_v, __wardsh_count and __wardsh_msg. No answer is a no.
__wardsh_ask() {
  emulate -L zsh
  local REPLY __wardsh_k __wardsh_i
  __wardsh_v=deny __wardsh_count=0 __wardsh_msg=$'wardsh: no answer, so nothing runs\nhint: leave this shell with Ctrl-D, and start it again'
  [[ -p $__wardsh_q && -p $__wardsh_a ]] || return 0
  (( ++__wardsh_id ))
  builtin printf '%s %s %s\0%s\0%s\0%s\0.\n' "$__wardsh_key" "$__wardsh_id" "$__wardsh_at" "$1" "$PWD" "$2" 1<>"$__wardsh_q" || return 0
  while IFS= builtin read -r -d $'\0' REPLY <>"$__wardsh_a"; do
    __wardsh_k=${REPLY%% *} REPLY=${REPLY#* }
    __wardsh_i=${REPLY%% *} REPLY=${REPLY#* }
    [[ $__wardsh_i == $__wardsh_id ]] || continue
    case ${REPLY%% *} in
      (def) __wardsh_define "${REPLY#* }"; continue ;;
      (allow|more)
        [[ $__wardsh_k == $__wardsh_yes ]] || continue
        __wardsh_v=${REPLY%% *} REPLY=${REPLY#* }
        __wardsh_count=${REPLY%% *} REPLY=${REPLY#* }
        __wardsh_yes=${REPLY%% *} __wardsh_msg=${REPLY#* }
        (( ++__wardsh_at ))
        ;;
      (*) __wardsh_msg=${REPLY#* } ;;
    esac
    return 0
  done
  return 0
}

# Says that Enter was pressed where it enters no line, so that what runs next is not taken for a line that nobody judged.
__wardsh_seen() {
  [[ ! -p $__wardsh_q ]] || builtin printf '%s 0 0\0seen\0\0\0.\n' "$__wardsh_key" 1<>"$__wardsh_q"
}

__wardsh_say() {
  [[ -z $__wardsh_msg ]] || builtin print -ru2 -- "$__wardsh_msg"
}

# The editor hands a line over: judged together with the lines before it where a construct goes on.
__wardsh_finish() {
  emulate -L zsh
  [[ $CONTEXT == (start|cont) ]] || { __wardsh_seen; return 0 } # vared, select: data
  preexec_functions=(__wardsh_before ${preexec_functions:#__wardsh_before})
  builtin zle .expand-history
  local __wardsh_t=$PREBUFFER$BUFFER
  __wardsh_left=0
  [[ $__wardsh_t == *[^[:space:]]* ]] || { __wardsh_seen; return 0 }
  __wardsh_ask line "$__wardsh_t"
  case $__wardsh_v in
    (allow)
      __wardsh_left=$__wardsh_count
      if [[ -n $__wardsh_msg ]]; then builtin zle -I; __wardsh_say; fi
      ;;
    (more) ;;
    (*)
      builtin print -rs -- "$__wardsh_t"
      builtin zle -I
      __wardsh_say
      BUFFER=
      [[ -z $PREBUFFER ]] || builtin zle .send-break
      ;;
  esac
  return 0
}

# Right before a command runs: $3 is what the parser made of it, aliases expanded.
__wardsh_before() {
  setopt localoptions localtraps no_err_exit no_err_return no_xtrace no_ksh_arrays no_unset 2>/dev/null
  if (( __wardsh_left > 0 )); then
    (( __wardsh_left-- ))
    # Ordinary aliases were looked up by the judge; those that stand for any word show only now.
    (( ${#galiases} + ${#saliases} )) || return 0
    __wardsh_ask run "$3"
  else
    __wardsh_ask late "$3"
  fi
  [[ $__wardsh_v == allow ]] && { __wardsh_say; return 0; }
  trap - INT
  __wardsh_left=0
  __wardsh_say
  builtin kill -INT $$
  : ${__wardsh_no_such_name:?refused}
}

# At the prompt: the gates are put back.
__wardsh_prompt() {
  local __wardsh_s=$?
  preexec_functions=(__wardsh_before ${preexec_functions:#__wardsh_before})
  if [[ -o zle ]] && (( ! ${+widgets[zle-line-finish]} )); then __wardsh_hook; fi
  return $__wardsh_s
}

__wardsh_hook() {
  builtin autoload -Uz add-zle-hook-widget
  add-zle-hook-widget -d line-finish __wardsh_finish 2>/dev/null
  add-zle-hook-widget line-finish __wardsh_finish 2>/dev/null
}

# Should somebody interrupt the files that follow, the run gate is there all the same, and puts the other one in its place.
preexec_functions=(__wardsh_before ${preexec_functions:#__wardsh_before})
precmd_functions=(__wardsh_prompt ${precmd_functions:#__wardsh_prompt})
__wardsh_seen

__wardsh_init() {
  emulate -L zsh
  builtin zmodload zsh/parameter zsh/zle 2>/dev/null
  __wardsh_hook
  preexec_functions=(__wardsh_before ${preexec_functions:#__wardsh_before})
  precmd_functions=(__wardsh_prompt ${precmd_functions:#__wardsh_prompt})
  typeset -g +x __wardsh_key __wardsh_yes __wardsh_q __wardsh_a
  __wardsh_ask ready "$ZSH_VERSION"
  __wardsh_say
}
