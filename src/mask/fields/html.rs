//! Tables as HTML: psql `-H`, mysql `-H`, sqlite3 `.mode html`; and mysql's XML, whose fields carry their names.

use super::flow::{Flow, Hold};
use super::names::FieldId;
use super::stage::{Masking, Stage, in_json, trimmed};

/// Longest tag.
const MAX_TAG: usize = 512;

/// Reads tags.
#[derive(Default)]
pub(super) struct Html {
    tag: Option<Vec<u8>>,
    /// Text of the header cell that the stream is in.
    name: Option<Vec<u8>>,
    columns: Vec<Option<FieldId>>,
    index: usize,
    /// The field of the cell that the stream is in.
    cell: Option<FieldId>,
    hold: Hold,
    /// Which tag ends the cell: `</`, that is held with the value, and the name.
    end: Vec<u8>,
}

impl Html {
    fn tag(&mut self, tag: &[u8], masking: &Masking) {
        let text = String::from_utf8_lossy(tag).into_owned();
        let name: String = text
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .collect::<String>()
            .to_ascii_lowercase();
        match name.as_str() {
            "table" | "/table" => self.columns.clear(),
            "tr" => self.index = 0,
            "th" => {
                if self.index == 0 {
                    self.columns.clear();
                }
                self.name = Some(Vec::new());
            }
            "/th" => {
                if let Some(name) = self.name.take() {
                    self.columns.push(masking.fields.column(None, &name));
                    self.index += 1;
                }
            }
            "td" => {
                self.cell = self.columns.get(self.index).copied().flatten();
                self.index += 1;
                self.end = b"</td".to_vec();
            }
            "field" if !text.ends_with('/') => {
                let name = text.split_once("name=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
                self.cell = name.and_then(|name| masking.fields.column(None, name.as_bytes()));
                self.end = b"</field".to_vec();
            }
            _ => {}
        }
    }

    fn close(&mut self, field: FieldId, behind: usize, out: &mut Flow, masking: &mut Masking) {
        self.cell = None;
        let all = self.hold.text().len();
        let (from, to) = trimmed(self.hold.text().get(..all.saturating_sub(behind)).unwrap_or_default());
        let value = self.hold.text().get(from..to).unwrap_or_default();
        if !self.hold.is_over() && (Masking::passes(field, value) || value == b"&nbsp;") {
            self.hold.release(out);
            return;
        }
        let value = value.to_vec();
        let mut mask = in_json(&masking.value(field, &value));
        let mut to = to;
        if self.hold.is_over() {
            to = all;
            mask.extend(&self.end);
        }
        self.hold.replace(from, to, &mask, out);
    }
}

impl Stage for Html {
    fn byte(&mut self, byte: u8, out: &mut Flow, masking: &mut Masking) {
        if let Some(field) = self.cell {
            self.hold.push(byte);
            // Beyond the cap, the end is looked for all the same.
            let tag = self.tag.get_or_insert_default();
            tag.push(byte);
            if tag.len() > self.end.len() {
                tag.remove(0);
            }
            if tag.eq_ignore_ascii_case(&self.end) {
                self.tag = None;
                let behind = self.end.len();
                self.close(field, behind, out, masking);
            }
            return;
        }
        out.push(byte);
        match &mut self.tag {
            Some(_) if byte == b'>' => {
                let tag = self.tag.take().unwrap_or_default();
                self.tag(&tag, masking);
            }
            Some(tag) if tag.len() < MAX_TAG && byte != b'<' => tag.push(byte),
            _ => self.tag = (byte == b'<').then(Vec::new),
        }
        if let Some(name) = &mut self.name
            && self.tag.is_none()
            && byte != b'>'
            && name.len() < MAX_TAG
        {
            name.push(byte);
        }
    }

    fn text(&mut self, text: &[u8], out: &mut Flow, masking: &mut Masking) {
        let mut rest = text;
        while let Some((first, behind)) = rest.split_first() {
            if self.cell.is_none() && self.tag.is_none() && self.name.is_none() {
                let end = memchr::memchr(b'<', rest).unwrap_or(rest.len());
                let (plain, next) = rest.split_at(end);
                out.extend(plain);
                rest = next;
                if end > 0 {
                    continue;
                }
            }
            self.byte(*first, out, masking);
            rest = behind;
        }
    }

    fn escape(&mut self, bytes: &[u8], out: &mut Flow) {
        if self.cell.is_some() { self.hold.escape(bytes) } else { out.escape(bytes) }
    }

    fn finish(&mut self, out: &mut Flow, masking: &mut Masking) {
        if let Some(field) = self.cell {
            self.close(field, 0, out, masking);
        }
        *self = Self::default();
    }

    fn holds(&self) -> bool {
        !self.hold.is_empty()
    }

    fn is_idle(&self) -> bool {
        self.columns.is_empty() && self.cell.is_none() && self.name.is_none()
    }
}
