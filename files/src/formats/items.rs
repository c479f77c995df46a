//! Elements of a JSON array as lines of NDJSON.

use std::fmt;
use std::io;

use dictionary::Table;
use dictionary::source::Dialect;
use dictionary::split::MAX_RECORD;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::input::damaged;
use crate::transcode::Transcode;

/// Writes elements as objects. Values are kept as they are written.
pub(super) struct Items {
    /// The members that are kept; `None` for all.
    keys: Option<Vec<String>>,
    /// The names of an array's cells; `None` until the first array, which is the header, was read.
    labels: Option<Vec<String>>,
}

impl Items {
    pub(super) fn new(dialect: &Dialect, table: &Table) -> Items {
        let names = || table.fields.iter().map(|field| field.name.clone()).collect();
        Items { keys: dialect.item_keys.clone(), labels: (!dialect.header).then(names) }
    }

    /// Appends the line of an element; an empty one for a header. An element that is neither an object nor an array stays as it
    /// is: its row is rejected.
    pub(super) fn write(&mut self, element: &[u8], out: &mut Vec<u8>) {
        match (element.first(), &self.keys) {
            (Some(b'['), _) => self.write_array(element, out),
            (Some(b'{'), Some(keys)) => match serde_json::from_slice::<Members>(element) {
                Ok(members) => write_object(members.0.iter().filter(|(name, _)| keys.contains(name)), out),
                Err(_) => out.extend_from_slice(element),
            },
            _ => out.extend_from_slice(element),
        }
        out.push(b'\n');
    }

    fn write_array(&mut self, element: &[u8], out: &mut Vec<u8>) {
        let Ok(cells) = serde_json::from_slice::<Vec<&RawValue>>(element) else {
            return out.extend_from_slice(element);
        };
        let Some(labels) = &self.labels else {
            let label =
                |cell: &&RawValue| serde_json::from_str(cell.get()).unwrap_or_else(|_| cell.get().to_owned());
            self.labels = Some(cells.iter().map(label).collect());
            return;
        };
        let name = |i: usize| labels.get(i).cloned().unwrap_or_else(|| format!("cell {}", i + 1));
        let members: Vec<_> = cells.iter().enumerate().map(|(i, cell)| (name(i), *cell)).collect();
        write_object(members.iter(), out);
    }
}

fn write_object<'m>(members: impl Iterator<Item = &'m (String, &'m RawValue)>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (i, (name, value)) in members.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        out.extend_from_slice(serde_json::Value::from(name.as_str()).to_string().as_bytes());
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
}

/// The members of an object, in order, unread.
struct Members<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Finds the elements of an array while the text is read: one line for each.
pub(super) struct Elements {
    /// The members on the way to the array.
    path: Vec<String>,
    /// How many of them are passed.
    matched: usize,
    items: Items,
    state: State,
    /// Arrays and objects that are open.
    depth: usize,
    /// The current element, or the current name of a member.
    text: Vec<u8>,
    is_in_string: bool,
    is_escaped: bool,
    is_first: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the array.
    Seeking,
    /// The name of the next member is read.
    Name,
    /// The value of a member that is the next one on the way.
    OnTheWay,
    /// Inside the array.
    Inside,
    /// After it.
    After,
}

impl Elements {
    pub(super) fn new(path: Vec<String>, items: Items) -> Elements {
        Elements {
            path,
            matched: 0,
            items,
            state: State::OnTheWay,
            depth: 0,
            text: Vec::new(),
            is_in_string: false,
            is_escaped: false,
            is_first: true,
        }
    }

    fn where_wanted(&self) -> String {
        match self.path.as_slice() {
            [] => "must be a JSON array of objects; if the array is the member of an object, name it in `dialect.property`".to_owned(),
            path => format!("has no array `{}`, which `dialect.property` names", path.join(".")),
        }
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) -> io::Result<()> {
        match self.state {
            State::After => {}
            State::Inside => self.inside(byte, out)?,
            State::OnTheWay if byte.is_ascii_whitespace() => {}
            State::OnTheWay => match byte {
                b'[' if self.matched == self.path.len() => {
                    self.state = State::Inside;
                    self.depth = 0;
                    self.text.clear();
                }
                b'{' if self.matched < self.path.len() => {
                    self.state = State::Name;
                    self.depth = 0;
                    self.text.clear();
                }
                _ => return Err(damaged(self.where_wanted())),
            },
            State::Name => self.name(byte)?,
            State::Seeking => self.seek(byte)?,
        }
        Ok(())
    }

    /// Follows strings. Returns whether the byte is part of one.
    fn string(&mut self, byte: u8) -> bool {
        if !self.is_in_string {
            self.is_in_string = byte == b'"';
            return self.is_in_string;
        }
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.is_in_string = false,
            _ => {}
        }
        true
    }

    /// Reads up to the colon after a name.
    fn name(&mut self, byte: u8) -> io::Result<()> {
        if self.string(byte) {
            self.text.push(byte);
        } else if byte == b':' {
            let name: Option<String> = serde_json::from_slice(&self.text).ok();
            let is_next = name.as_ref() == self.path.get(self.matched);
            self.matched += usize::from(is_next);
            self.state = if is_next { State::OnTheWay } else { State::Seeking };
            self.depth = 0;
        } else if byte == b'}' {
            return Err(damaged(self.where_wanted()));
        }
        self.bounded()
    }

    /// Passes the value of a member that is not wanted.
    fn seek(&mut self, byte: u8) -> io::Result<()> {
        if self.string(byte) {
            return Ok(());
        }
        match byte {
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' if self.depth == 0 => return Err(damaged(self.where_wanted())),
            b']' | b'}' => self.depth -= 1,
            b',' if self.depth == 0 => {
                self.state = State::Name;
                self.text.clear();
            }
            _ => {}
        }
        Ok(())
    }

    fn inside(&mut self, byte: u8, out: &mut Vec<u8>) -> io::Result<()> {
        if self.string(byte) {
            self.text.push(byte);
            return self.bounded();
        }
        match byte {
            b',' | b']' if self.depth == 0 => {
                let element = std::mem::take(&mut self.text);
                match element.trim_ascii() {
                    [] if byte == b']' => {}
                    element => self.items.write(element, out),
                }
                if byte == b']' {
                    self.state = State::After;
                }
                return Ok(());
            }
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            // An element is one line.
            b'\n' | b'\r' => return Ok(()),
            _ => {}
        }
        self.text.push(byte);
        self.bounded()
    }

    fn bounded(&self) -> io::Result<()> {
        if self.text.len() > MAX_RECORD {
            return Err(damaged(format!(
                "has an element that is longer than {MAX_RECORD} bytes, the longest row"
            )));
        }
        Ok(())
    }
}

impl Transcode for Elements {
    fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let bytes = if std::mem::take(&mut self.is_first) {
            bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
        } else {
            bytes
        };
        bytes.iter().try_for_each(|byte| self.take(*byte, out))
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> io::Result<()> {
        match self.state {
            State::After => Ok(()),
            State::Inside => Err(damaged("is JSON that ends within its array; get the whole file")),
            State::Seeking | State::Name | State::OnTheWay => Err(damaged(self.where_wanted())),
        }
    }
}
