//! What a cluster's manifests bring along: rights over the whole cluster, and containers that are as good as root on
//! their machine. Kubernetes API reference, `RoleBinding`, `ClusterRoleBinding`, `Pod`.
//!
//! Manifests are read by line, so that one which is a template of another tool can be read as well. Values count, not
//! their place: a pod's `privileged: true` stands in many depths.

use super::options::{Spec, Words};
use super::sql::source::{self, Script};
use super::{Cx, Effect, EffectKind, Scope};
use crate::syntax::Invocation;

/// Bindings.
const BINDINGS: &[&str] = &["ClusterRoleBinding", "RoleBinding"];
/// Roles and groups that may do everything.
const ALL_POWERFUL: &[&str] = &["cluster-admin", "system:masters"];
/// Entries that make a container as good as its machine's root.
const AS_ROOT: &[(&str, &str)] = &[("privileged", "true"), ("hostPID", "true")];
/// Folders of the machine that do the same where they are mounted.
const MOUNTED: &[&str] = &["/", "/etc", "/root", "/var/run/docker.sock", "/run/containerd/containerd.sock"];

/// Effects of the manifests that `kubectl apply -f` and its kin hand to a cluster.
pub(super) fn effects(inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    if !matches!(inv.name(), Some("kubectl" | "oc" | "k3s" | "microk8s")) {
        return;
    }
    const SPEC: Spec = Spec::new(&["-f", "--filename", "-n", "--namespace", "--context", "--kubeconfig", "-k"]);
    let words = Words::of(&inv.args, &SPEC);
    let applies = |word: Option<&str>| matches!(word, Some("apply" | "create" | "replace" | "kubectl"));
    let only_tried = inv.words().flatten().any(|word| word.starts_with("--dry-run") && !word.ends_with("=none"));
    if !applies(words.operand(0)) || only_tried {
        return;
    }
    for file in words.values(&["-f", "--filename"]).take(16) {
        let scripts = if file.is("-") { source::stdin(inv, cx) } else { source::file(file, inv, cx) };
        for script in scripts {
            let Script::Text(text) = script else { continue };
            for document in text.text().split("\n---") {
                push(document, inv, cx, out);
            }
        }
    }
}

fn push(document: &str, inv: &Invocation, cx: &Cx<'_>, out: &mut Vec<Effect>) {
    let entries: Vec<(&str, &str)> = document.split(['\n', ',', '{']).filter_map(entry).collect();
    let has = |key: &str, values: &[&str]| entries.iter().any(|(k, v)| *k == key && values.contains(v));
    if has("kind", BINDINGS) && has("name", ALL_POWERFUL) {
        out.push(cx.effect(EffectKind::CloudIam, "cluster-admin", Scope::Unknown, inv.span));
    }
    let mounted = entries.iter().any(|(key, _)| *key == "hostPath") && has("path", MOUNTED);
    if mounted || AS_ROOT.iter().any(|wanted| entries.contains(wanted)) {
        out.push(cx.effect(EffectKind::PrivEscalate, "the cluster's machines", Scope::Unknown, inv.span));
    }
}

/// Key and value of a line of YAML, or of an entry of JSON.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches("- ");
    let (key, value) = line.split_once(':')?;
    Some((unquoted(key), unquoted(value)))
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '\'', '}', ']', ' ', '\t', '\r'])
}
