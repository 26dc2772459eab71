use std::io::Cursor;
fn main() {
    let texts = [
        "X=1 Y=(a b $(c)) echo \"a $(rm -rf /) b\" 'x' >out 2>&1 <<<\"$x\" é`foo`",
        "cat <<'EOF' > f && echo hi\nbody $x\nEOF\nls \\\n  -la fo\\\no",
        "diff <(ls a) >(b c)",
        "declare -x A=b C=(1 2)",
        "f() { rm -rf /; }; f",
        "[[ -f x && $y == z* ]] && (( i++ ))",
        "cat <<A <<B\na$(ls)\nA\nb\nB\necho done",
        "echo {a,b}{1..3} ${x:-$(ls)} $((1+2)) $[1+2]",
        "select x in a b; do echo; done; for ((i=0;i<3;i++)); do :; done",
        "echo a &>b; echo c >&d; e >&2; f 3>&- ; g &>>h",
        "x[$(rm)]=1; time ls; ! ls; coproc foo { ls; }",
        "(cat <<EOF\nhi\nEOF\n)",
    ];
    for t in texts {
        let mut p = brush_parser::Parser::new(Cursor::new(t), &brush_parser::ParserOptions::default());
        println!("=== {t:?}\n{:?}", p.parse_program().map(|p| p.complete_commands));
    }
}
