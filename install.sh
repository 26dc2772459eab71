#!/usr/bin/env bash
# Builds wardsh, installs it, and shows it at work on a refused and an allowed command.
#
#   ./install.sh                 into ~/.local/bin
#   ./install.sh --prefix DIR    into DIR/bin
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

prefix="${HOME}/.local"
while [ $# -gt 0 ]; do
    case $1 in
        --prefix)
            [ $# -ge 2 ] || { printf 'install.sh: --prefix wants a folder\n' >&2; exit 2; }
            prefix=$2
            shift 2
            ;;
        -h | --help)
            sed -n '2,5s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *)
            printf 'install.sh: unknown option %s\nhint: --prefix DIR\n' "$1" >&2
            exit 2
            ;;
    esac
done

if ! command -v cargo >/dev/null 2>&1; then
    printf 'install.sh: cargo is missing\nhint: install Rust 1.90 or later from https://rustup.rs\n' >&2
    exit 1
fi

target=$(.cargo/release-target)
cargo build --quiet --release --locked --target "$target" --config .cargo/release.toml
mkdir -p "$prefix/bin"
# Written beside and renamed: a wardsh that is running keeps its own file.
install -m 0755 "target/$target/release/wardsh" "$prefix/bin/.wardsh.new"
mv -f "$prefix/bin/.wardsh.new" "$prefix/bin/wardsh"

wardsh="$prefix/bin/wardsh"
printf 'installed %s (%s)\n' "$wardsh" "$("$wardsh" --version)"
case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) printf 'hint: add %s to PATH\n' "$prefix/bin" ;;
esac

# shellcheck disable=SC2016 # shown as typed
demo='rm -rf "$HOME"'
printf '\n$ wardsh -c %q\n' "$demo"
status=0
"$wardsh" -c "$demo" </dev/null || status=$?
printf '(exit %s)\n' "$status"
if [ "$status" -ne 126 ]; then
    printf 'install.sh: the demonstration should have been refused\n' >&2
    exit 1
fi
printf "\n\$ wardsh -c 'echo hello from the real shell'\n"
"$wardsh" -c 'echo hello from the real shell'
