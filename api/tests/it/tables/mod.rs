//! Data packages, and the tables that they become in the database.
//!
//! - `second_package`: the whole API on a data package that is not the shipped one
//! - `refused_packages`: data packages that the server does not start with
//! - `string_keys`: keys that are strings
//! - `large_packages`: very many columns, tables or bytes
//! - `key_shapes`: keys of several fields, tables without a primary key, references to the table itself
//! - `typed_keys`: keys of every other type
//! - `names_in_sql`: names that the store's own SQL uses
//! - `hostile_names`: tables and fields of any name
//! - `ddl`: the committed `db/init.sql`
//! - `existing_tables`: tables that are in the database before the first start
//! - `changed_dictionary`: a data dictionary that has changed since the tables were made
//! - `missing_tables`: tables that another program dropped or emptied
//! - `upgrade`: a database that an earlier version made
//! - `whole_packages`: generated data packages

mod changed_dictionary;
mod ddl;
mod existing_tables;
mod hostile_names;
mod key_shapes;
mod large_packages;
mod missing_tables;
mod names_in_sql;
mod refused_packages;
pub mod second_package;
mod string_keys;
mod typed_keys;
mod upgrade;
mod whole_packages;
