//! The pages' versions in SQLite. It never changes a version, only adds one.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Result};

pub(crate) struct Store(Mutex<Connection>);

impl Store {
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::with(Connection::open(path)?)
    }

    pub(crate) fn with(connection: Connection) -> Result<Self> {
        connection.execute(
            "CREATE TABLE IF NOT EXISTS versions (title TEXT, version INTEGER, text TEXT NOT NULL, note TEXT NOT NULL, made TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (title, version))",
            (),
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    /// The number and the text of a version; the last one unless one is asked for.
    pub(crate) fn page(&self, title: &str, version: Option<i64>) -> Result<Option<(i64, String)>> {
        let sql = "SELECT version, text FROM versions WHERE title = ?1 AND (?2 IS NULL OR version = ?2) ORDER BY version DESC LIMIT 1";
        self.connection()
            .query_row(sql, (title, version), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
    }

    /// Adds the version after `base`; false where somebody was quicker.
    pub(crate) fn save(&self, title: &str, base: i64, text: &str, note: &str) -> Result<bool> {
        let sql = "INSERT INTO versions (title, version, text, note) SELECT ?1, ?2 + 1, ?3, ?4 WHERE ?2 = (SELECT COALESCE(MAX(version), 0) FROM versions WHERE title = ?1)";
        let added = self.connection().execute(sql, (title, base, text, note))?;
        Ok(added == 1)
    }

    /// Number, note and time of each version, the last first.
    pub(crate) fn versions(&self, title: &str) -> Result<Vec<(i64, String, String)>> {
        let connection = self.connection();
        let sql = "SELECT version, note, made FROM versions WHERE title = ?1 ORDER BY version DESC";
        let mut statement = connection.prepare(sql)?;
        let rows =
            statement.query_map([title], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
