//! The tree beside bash's where both shells mean the same, and beside zsh itself.

use super::super::Dialect;
use super::super::parse::{Base, Depth, script};

fn zsh(text: &str) -> Result<super::Script, super::SyntaxError> {
    script(text, Base::At(0), Depth::top(false).read_by(Dialect::Zsh))
}

#[test]
fn forms_of_its_own() {
    for text in [
        "for i (1 2) rm $i",
        "for i in 1 2; rm $i",
        "for i j (1 2) { rm $i $j }",
        "for i; do ls; done",
        "foreach x (a b); rm $x; end",
        "repeat 3 rm x",
        "repeat 3 { rm x }",
        "repeat 3; do ls; done",
        "if [[ -n x ]] { ls } elif (true) { pwd } else { rm x }",
        "if [[ -n x ]] ls",
        "while (true) { ls }",
        "until [[ -e x ]] { ls; sleep 1 }",
        "case x { a) ls ;; (b|c) pwd ;| *) rm x }",
        "case $x in a|b) ls;; *) ;; esac",
        "() { rm $1 } a b",
        "function { rm x }",
        "function f g { rm x }",
        "f g () rm x",
        "f() ls",
        "{ ls } always { rm x }",
        "ls *(.) **/*(.om[1,3]) (a|b).c x(N)",
        "ls *(e:'rm x':)",
        "cat <(ls) =(ls) > >(cat)",
        "ls >! x >>| y 2>&1 &>z >&! w",
        "ls |& cat; ls &! ls &| ls",
        "echo {fd}>x {a,b}",
        "echo ${(e)x} ${(s:,:)x} $x[1] ${${x:h}:t} $+x $#x ${#x} $~x $=x $^x ${:-rm}",
        "[[ $x == (a|b)* && ! -e y || ( -n z ) ]]",
        "[[ $x =~ ^(a|b)$ ]] && ls",
        "[[ a < b ]] && ls",
        "(( x > 3 )) && ls",
        "a=(1 2 (3)) b[1]=x c+=(d) ls",
        "echo a{b} {c} 'x'$'y'\"z\"",
        "coproc ls; time ls | cat; ! ls",
        "cat <<E\na $x\nE\nls",
        "cat <<-'E' | sort\n\ta\n\tE\n",
        "noglob ls *; - ls; echo x # y",
        "ls; # c\n\nls &&\n ls",
        "function TRAPEXIT() { ls }",
        "{echo a} && {ls;}; (){ls}; f(){ls}; for i (1){ls}; if true; then {ls}; fi",
        "{ echo a}; find . -exec ls {} +; while (x) ls; echo <->",
    ] {
        assert!(zsh(text).is_ok(), "{text}");
    }
    for text in ["ls )", "for", "if x; then", "echo $(", "{ ls", "echo 'x", "echo }", "echo a}", "a |", "fi", "ls *(a"]
    {
        assert!(zsh(text).is_err(), "{text}");
    }
}
