//! The tables that the reports are about. Only this file and the reports' SQL
//! name tables and columns of a data dictionary.

use std::sync::Arc;

use dictionary::{Dictionary, Physical, Table};

/// Who was hired, into what and for what.
#[derive(Debug)]
pub struct Subject {
    pub employees: Arc<Table>,
    pub departments: Arc<Table>,
    pub jobs: Arc<Table>,
}

impl Subject {
    /// The tables; or what the dictionary lacks, in words.
    pub fn of(dictionary: &Dictionary) -> Result<Subject, String> {
        let table = |name: &str| dictionary.table(name).cloned().ok_or_else(|| format!("a table `{name}`"));
        let subject = Subject {
            employees: table("employees")?,
            departments: table("departments")?,
            jobs: table("jobs")?,
        };
        names(&subject.departments, "department_id", "department_name")?;
        names(&subject.jobs, "job_id", "job_name")?;
        field(&subject.employees, "hiring_date", "datetime", Physical::DateTime)?;
        refers(&subject.employees, "department_id", &subject.departments)?;
        refers(&subject.employees, "job_id", &subject.jobs)?;
        Ok(subject)
    }

    /// All of them; the first is the one that the others serve.
    pub fn tables(&self) -> [&Table; 3] {
        [&self.employees, &self.departments, &self.jobs]
    }
}

/// That a table names things by their key.
fn names(table: &Table, key: &str, name: &str) -> Result<(), String> {
    if table.key().map(|field| field.name.as_str()).ne([key]) {
        return Err(format!("a primary key `{key}` of `{}`", table.name));
    }
    field(table, name, "string", Physical::Text)
}

fn field(table: &Table, name: &str, ty: &str, physical: Physical) -> Result<(), String> {
    let there = table.field(name).is_some_and(|i| table.fields[i].ty.physical() == physical);
    there.then_some(()).ok_or_else(|| format!("a {ty} `{name}` of `{}`", table.name))
}

fn refers(table: &Table, name: &str, parent: &Table) -> Result<(), String> {
    let own = table.field(name);
    let there = table
        .foreign_keys
        .iter()
        .any(|key| key.parent == parent.name && own.is_some_and(|i| key.fields == [i]));
    there
        .then_some(())
        .ok_or_else(|| format!("a reference `{name}` of `{}` to `{}`", table.name, parent.name))
}
