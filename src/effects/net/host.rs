//! Hosts: out of URLs and addresses, and what is known of them by name.

use core::net::{IpAddr, Ipv4Addr};

/// The host of a URL, of `user@host:path`, or of `host:port`; lower case.
pub(super) fn host_of(text: &str) -> String {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if let Some(inner) = rest.strip_prefix('[') {
        return inner.split(']').next().unwrap_or(inner).to_ascii_lowercase();
    }
    rest.split(':').next().unwrap_or(rest).to_ascii_lowercase()
}

/// Says whether a host is this machine, by name.
pub(super) fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "0.0.0.0" | "::1" | "::" | "host.docker.internal" | "ip6-localhost" | "")
        || host.starts_with("127.")
        || host.ends_with(".localhost")
}

/// Says whether a host is a bare address on the internet: no name, so nobody's known service.
pub(super) fn is_bare_address(host: &str) -> bool {
    let private = |ip: Ipv4Addr| {
        let [first, second, ..] = ip.octets();
        let shared = first == 100 && (64..128).contains(&second);
        ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || ip.is_multicast() || shared
    };
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => !private(ip),
        Ok(IpAddr::V6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => !private(ip),
            None => {
                !ip.is_loopback() && !ip.is_unspecified() && !matches!(ip.segments().first(), Some(0xfc00..=0xffff))
            }
        },
        Err(_) => false,
    }
}

/// Places for source code, where pushing is everyday.
pub(super) fn is_forge(host: &str) -> bool {
    const FORGES: &[&str] = &[
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "codeberg.org",
        "git.sr.ht",
        "dev.azure.com",
        "ssh.dev.azure.com",
        "huggingface.co",
        "hf.co",
        "gitee.com",
        "heroku.com",
        "ssh.github.com",
        "gist.github.com",
        "source.developers.google.com",
    ];
    FORGES.contains(&host)
        || ["git.", "gitlab.", "github.", "gitea.", "forgejo.", "bitbucket.", "ghe.", "scm.", "code."]
            .iter()
            .any(|head| host.starts_with(head))
        || host.ends_with(".visualstudio.com")
        || host.contains("codecommit")
}

/// Places where anybody leaves a file for anybody, or looks at what arrives.
pub(super) fn is_drop(host: &str) -> bool {
    const DROPS: &[&str] = &[
        "transfer.sh",
        "file.io",
        "0x0.st",
        "termbin.com",
        "paste.rs",
        "ix.io",
        "sprunge.us",
        "pastebin.com",
        "paste.ee",
        "dpaste.org",
        "dpaste.com",
        "hastebin.com",
        "clbin.com",
        "bashupload.com",
        "oshi.at",
        "temp.sh",
        "gofile.io",
        "catbox.moe",
        "litterbox.catbox.moe",
        "anonfiles.com",
        "webhook.site",
        "requestbin.com",
        "requestbin.net",
        "pipedream.net",
        "hookbin.com",
        "interact.sh",
        "oast.fun",
        "oast.pro",
        "oast.live",
        "oast.me",
        "oast.site",
        "oast.online",
        "burpcollaborator.net",
        "oastify.com",
        "beeceptor.com",
        "requestcatcher.com",
        "keep.sh",
        "tmpfiles.org",
        "uguu.se",
        "pixeldrain.com",
        "rentry.co",
        "dnslog.cn",
        "ceye.io",
        "canarytokens.com",
        "ptsv2.com",
        "ptsv3.com",
    ];
    DROPS.iter().any(|drop| host == *drop || host.strip_suffix(drop).is_some_and(|front| front.ends_with('.')))
}

/// Who hands out a variable of this name, as it stands in hosts.
pub(super) fn vendor(name: &str) -> Option<&'static [&'static str]> {
    const VENDORS: &[(&str, &[&str])] = &[
        ("AWS_", &["amazonaws", "aws"]),
        ("GITHUB_", &["github"]),
        ("GH_", &["github"]),
        ("GITLAB_", &["gitlab"]),
        ("CI_JOB_TOKEN", &["gitlab"]),
        ("OPENAI_", &["openai"]),
        ("ANTHROPIC_", &["anthropic"]),
        ("NPM_", &["npm"]),
        ("NODE_AUTH_TOKEN", &["npm"]),
        ("SLACK_", &["slack"]),
        ("STRIPE_", &["stripe"]),
        ("HF_", &["huggingface", "hf"]),
        ("HUGGING", &["huggingface", "hf"]),
        ("GOOGLE_", &["google"]),
        ("GEMINI_", &["google"]),
        ("CLOUDFLARE_", &["cloudflare"]),
        ("CF_", &["cloudflare"]),
        ("DISCORD_", &["discord"]),
        ("TELEGRAM_", &["telegram"]),
        ("AZURE_", &["azure", "microsoft"]),
        ("ARM_", &["azure", "microsoft"]),
        ("DIGITALOCEAN_", &["digitalocean"]),
        ("PYPI_", &["pypi"]),
        ("TWINE_", &["pypi"]),
        ("CARGO_REGISTRY_TOKEN", &["crates.io"]),
        ("VERCEL_", &["vercel"]),
        ("SENTRY_", &["sentry"]),
        ("DATADOG_", &["datadog"]),
        ("DD_", &["datadog"]),
        ("DOCKER_", &["docker"]),
        ("SENDGRID_", &["sendgrid"]),
        ("TWILIO_", &["twilio"]),
    ];
    VENDORS.iter().find(|(head, _)| name.starts_with(head)).map(|(_, hosts)| *hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, host) in [
            ("https://a.example/x?y", "a.example"),
            ("http://user:pw@A.example:8080/", "a.example"),
            ("me@box:/srv", "box"),
            ("10.0.0.1:4444", "10.0.0.1"),
            ("http://[::1]:80/", "::1"),
            ("a.example?d=1", "a.example"),
        ] {
            assert_eq!(host_of(text), host, "{text}");
        }
        assert!(is_local("localhost") && is_local("127.0.0.1") && !is_local("localhost.evil.example"));
        for (host, bare) in [
            ("203.0.113.9", true),
            ("2001:db8::1", true),
            ("10.1.2.3", false),
            ("192.168.0.9", false),
            ("172.16.1.1", false),
            ("100.100.1.1", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("::ffff:10.0.0.1", false),
            ("files.example", false),
            ("1.2.3.4.example", false),
        ] {
            assert_eq!(is_bare_address(host), bare, "{host}");
        }
        assert!(is_drop("x.oast.fun") && is_drop("transfer.sh") && !is_drop("nottransfer.sh"));
    }
}
