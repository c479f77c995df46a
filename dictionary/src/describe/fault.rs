//! Rows that are rejected under any schema.

/// What is wrong with a row by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Quotes,
    Cells,
    Encoding,
    Nul,
    Object,
    Members,
}

impl Fault {
    const ALL: [Fault; 6] =
        [Fault::Quotes, Fault::Cells, Fault::Encoding, Fault::Nul, Fault::Object, Fault::Members];

    /// The rest of a sentence about the rows.
    fn words(self) -> &'static str {
        match self {
            Fault::Quotes => "a quote in it is not closed, or text follows a closing quote",
            Fault::Cells => "it has more or fewer cells than the header or the first row",
            Fault::Encoding => "its bytes are not of the file's encoding",
            Fault::Nul => "it holds the character U+0000",
            Fault::Object => "it is no JSON object with each member once",
            Fault::Members => "with it, the objects have more than 8192 members of different names",
        }
    }
}

/// How many rows have each fault, and the line of the first one.
#[derive(Debug, Default)]
pub(super) struct Faults([(u64, u64); Fault::ALL.len()]);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault, line: u64) {
        let i = Fault::ALL.iter().position(|one| *one == fault).unwrap_or_default();
        let (count, first) = &mut self.0[i];
        *first = if *count == 0 { line } else { *first };
        *count += 1;
    }

    /// How many rows have a fault.
    pub(super) fn count(&self, fault: Fault) -> u64 {
        Fault::ALL.iter().zip(self.0).filter(|(one, _)| **one == fault).map(|(_, (count, _))| count).sum()
    }

    /// How many rows have one.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().map(|(count, _)| count).sum()
    }

    /// A sentence for each fault that was found.
    pub(super) fn remarks(&self) -> impl Iterator<Item = String> {
        let found = Fault::ALL.iter().zip(self.0).filter(|(_, (count, _))| *count > 0);
        found.map(|(fault, (count, line))| {
            let rows = if count == 1 { "1 row is" } else { &format!("{count} rows are") };
            format!(
                "{rows} rejected whatever the schema says; the first one is at line {line}: {}",
                fault.words()
            )
        })
    }
}
