//! Calls that only ask what a program can do.

use super::Invocation;
use super::invocation::is_among;

/// Programs that print help and do nothing else wherever `--help` stands among their own words (cobra, oclif, click,
/// argparse and npm do; their manuals say so).
const HELPERS: &[&str] = &[
    "kubectl",
    "oc",
    "helm",
    "argocd",
    "eksctl",
    "velero",
    "flux",
    "istioctl",
    "terraform",
    "tofu",
    "terragrunt",
    "pulumi",
    "vault",
    "consul",
    "nomad",
    "gh",
    "glab",
    "heroku",
    "fly",
    "flyctl",
    "vercel",
    "netlify",
    "firebase",
    "doctl",
    "wrangler",
    "railway",
    "supabase",
    "az",
    "gcloud",
    "gsutil",
    "bq",
    "npm",
    "cargo",
    "poetry",
    "twine",
    "restic",
    "rclone",
    "doppler",
    "op",
    "docker",
    "podman",
];
/// Subcommands behind which another program's words stand.
const CARRIERS: &[&str] =
    &["exec", "run", "debug", "x", "dlx", "ssh", "compose", "container", "attach", "plugin", "init"];
/// Programs that print help where `help` stands alone, or behind a service and an operation.
const LAST_WORD: &[&str] = &["aws", "aws2"];

/// Says whether a call surely prints help and does nothing else.
#[must_use]
pub fn only_asks_help(inv: &Invocation) -> bool {
    let Some(name) = inv.name() else { return false };
    let by_option = is_among(name, HELPERS);
    if !by_option && !is_among(name, LAST_WORD) {
        return false;
    }
    let Some(words) = inv.words().collect::<Option<Vec<&str>>>() else { return false };
    // Behind an option it may be that option's value.
    let alone =
        |at: usize| at.checked_sub(1).and_then(|before| words.get(before)).is_none_or(|word| !word.starts_with('-'));
    if by_option {
        let own = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let carries = words.iter().take(own).any(|word| is_among(word, CARRIERS));
        !carries && words.iter().take(own).position(|word| *word == "--help").is_some_and(alone)
    } else {
        let word = |word: &&str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        words.len() <= 3 && words.last() == Some(&"help") && words.iter().all(word) && alone(words.len() - 1)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::only_asks_help;
    use crate::syntax::analyse;
    use crate::syntax::world::fake::FakeWorld;

    #[test]
    fn only_what_surely_prints_help_counts() {
        let table = [
            ("kubectl drain --help", true),
            ("kubectl delete ns prod --help | less", true),
            ("aws rds delete-db-instance help", true),
            ("gh repo delete me/x --help", true),
            ("kubectl delete ns prod -n --help", false),
            ("kubectl exec pod rm -rf /data --help", false),
            ("docker run -v /:/h img wipe --help", false),
            ("kubectl delete ns prod -- --help", false),
            ("kubectl delete ns prod $X --help", false),
            ("aws s3 rm s3://help --recursive", false),
            ("aws s3 mv --recursive s3://prod help", false),
            ("yarn deploy:prod --help", false),
            ("aws iam delete-user --user-name help", false),
            ("rm -rf / --help", false),
            ("bash -c 'rm -rf /' --help", false),
        ];
        for (line, want) in table {
            let read = analyse(line, &FakeWorld::default(), false);
            assert_eq!(only_asks_help(read.invocations.first().unwrap()), want, "{line}");
        }
    }
}
