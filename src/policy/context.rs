//! Who, where and when: plain values that a verdict depends on beside the line itself.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decision::ActorKind;

/// Who submits a command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Human or agent.
    pub kind: ActorKind,
    /// The agent's or user's name; may be empty.
    pub name: Name,
}

/// A name that may be looked up only when somebody asks for it.
#[derive(Clone)]
pub struct Name(Arc<LazyLock<String, Box<dyn FnOnce() -> String + Send>>>);

impl Name {
    /// Found by `look`, once.
    #[must_use]
    pub fn later(look: impl FnOnce() -> String + Send + 'static) -> Self {
        Self(Arc::new(LazyLock::new(Box::new(look))))
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self::later(|| name)
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        name.to_owned().into()
    }
}

impl Default for Name {
    fn default() -> Self {
        String::new().into()
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Name {}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::from)
    }
}

/// A day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// Reads `2027-01-31`; `None` where it is not a day.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |width: usize| -> Option<u16> {
            let part = parts.next()?;
            (part.len() == width && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        if parts.next().is_some() {
            return None;
        }
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + u16::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        let date = Self { year, month: u8::try_from(month).ok()?, day: u8::try_from(day).ok()? };
        (1..=days).contains(&day).then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Names of weekdays as conditions know them.
pub const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The local time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// The day.
    pub date: Date,
    /// 0 to 23.
    pub hour: u8,
    /// Index into [`WEEKDAYS`].
    pub weekday: u8,
}

/// Everything about the circumstances; what is not known is `None` or empty.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The line as submitted.
    pub command: &'a str,
    /// Who.
    pub actor: &'a Actor,
    /// The user's name.
    pub user: &'a str,
    /// The machine's name.
    pub host: &'a str,
    /// Where the line starts; absolute.
    pub cwd: &'a str,
    /// An environment variable's value.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// Overrides what the policy makes of host, branch and cluster.
    pub environment: Option<&'a str>,
    /// The branch that is checked out.
    pub branch: Option<&'a str>,
    /// The current context of the cluster client.
    pub kube: Option<&'a str>,
    /// When; without it nothing that expires is in force.
    pub now: Option<Now>,
}

impl<'a> Context<'a> {
    /// A context of which only the line and the actor are known.
    #[must_use]
    pub fn bare(command: &'a str, actor: &'a Actor) -> Self {
        Self {
            command,
            actor,
            user: "",
            host: "",
            cwd: "",
            env: &|_| None,
            environment: None,
            branch: None,
            kube: None,
            now: None,
        }
    }

    /// The day, where it is known.
    #[must_use]
    pub fn today(&self) -> Option<Date> {
        self.now.map(|now| now.date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_days() {
        assert_eq!(Date::parse("2027-01-31"), Some(Date { year: 2027, month: 1, day: 31 }));
        assert_eq!(Date::parse("2028-02-29").map(|date| date.to_string()).as_deref(), Some("2028-02-29"));
        for wrong in [
            "2027-02-29",
            "2027-13-01",
            "2027-00-01",
            "2027-01-00",
            "27-01-01",
            "2027-1-1",
            "2027-01-01-01",
            "",
            "2027-01-+1",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
        assert!(Date::parse("2027-01-31") < Date::parse("2027-02-01"));
    }
}
