//! `db/init.sql` holds what the API makes of the shipped package in MariaDB. `UPDATE=1` rewrites it.

use std::fs;
use std::path::Path;

use dictionary::Dictionary;

#[test]
fn the_committed_ddl_is_what_the_dictionary_gives() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let json = fs::read(repository.join("data/datapackage.json")).unwrap();
    let head = "-- Made from data/datapackage.json: UPDATE=1 cargo test -p api --test it ddl\n\n";
    let fresh = head.to_owned() + &api::store::mariadb_ddl(&Dictionary::parse(&json).unwrap());
    let path = repository.join("db/init.sql");
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &fresh).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), fresh, "stale: UPDATE=1 rewrites it");
}
