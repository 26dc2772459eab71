//! Scripts of a `package.json`.

use super::{Command, problem, yaml};
use crate::policy::located::Problem;

pub(super) fn commands(path: &str, text: &str) -> Result<Vec<Command>, Problem> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let at = before + error.column().saturating_sub(1);
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or("it is not JSON").to_owned();
        return Err(problem(path, text, at.min(text.len()), message));
    }
    // JSON is YAML, and the YAML reader knows places.
    let documents = yaml::read(path, text)?;
    let scripts = documents.iter().filter_map(|document| document.get("scripts"));
    Ok(scripts
        .flat_map(|scripts| scripts.entries())
        .filter_map(|(name, value)| Some(Command::new(value.text()?, format!("script {name}"))))
        .collect())
}
