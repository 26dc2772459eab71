fn main() {
    struct W(String);
    impl wardsh::syntax::World for W {
        fn cwd(&self) -> &str {
            &self.0
        }
        fn home(&self) -> &str {
            "/home/u"
        }
        fn home_of(&self, _: &str) -> Option<String> {
            None
        }
        fn workspace(&self) -> Option<&str> {
            Some(&self.0)
        }
        fn var(&self, n: &str) -> Option<String> {
            (n == "HOME").then(|| "/home/u".into())
        }
        fn var_names(&self) -> Vec<String> {
            vec![]
        }
        fn alias(&self, _: &str) -> Option<String> {
            None
        }
        fn function(&self, _: &str) -> Option<String> {
            None
        }
        fn kind(&self, p: &str) -> wardsh::syntax::PathKind {
            match std::fs::metadata(p) {
                Ok(m) if m.is_dir() => wardsh::syntax::PathKind::Dir,
                Ok(_) => wardsh::syntax::PathKind::File,
                _ => wardsh::syntax::PathKind::Missing,
            }
        }
        fn real_path(&self, p: &str) -> String {
            p.into()
        }
        fn glob(&self, _: &str, _: usize) -> Vec<String> {
            vec![]
        }
        fn list(&self, _: &str, _: usize) -> Vec<String> {
            vec![]
        }
        fn read(&self, p: &str, m: usize) -> Option<Vec<u8>> {
            std::fs::read(p).ok().filter(|b| b.len() <= m)
        }
        fn which(&self, _: &str) -> Option<String> {
            None
        }
        fn tracked(&self, _: &str) -> Option<wardsh::syntax::Tracked> {
            None
        }
    }
    let w = W(std::env::current_dir().unwrap().to_string_lossy().into());
    for line in std::env::args().skip(1) {
        println!("=== {line}");
        let a = wardsh::syntax::analyse(&line, &w, true);
        for i in &a.invocations {
            println!(
                "  {:?} via {:?} in {} stdin {:?} {:?} red {:?}{}",
                i.text(),
                i.via,
                i.cwd,
                i.stdin,
                i.span,
                i.redirects.iter().map(|r| r.target.to_string()).collect::<Vec<_>>(),
                if i.wrapper { " W" } else { "" }
            );
        }
        for i in &a.unresolved {
            println!("  ?? {:?}", i);
        }
    }
}
