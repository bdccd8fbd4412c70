//! Settings: from a file, the environment and flags, each knowing where it came from.
//!
//! Later wins: default, file `mercer.toml`, environment, flag. Unknown names in the file are
//! errors, so that a slip of the pen is not taken for a setting.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mercer_engine_kit::money::Currency;
use serde::Serialize;

use crate::cli::Globals;

/// Where a setting's value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Built in.
    Default,
    /// The settings file.
    File,
    /// An environment variable.
    Environment,
    /// A flag of the command line.
    Flag,
}

/// A setting for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name in the file.
    pub name: &'static str,
    /// Its value, secrets masked.
    pub value: String,
    /// Where it came from.
    pub source: Source,
    /// What it does.
    pub help: &'static str,
}

/// What can be set: name, environment variable, default, help.
const KNOWN: &[(&str, &str, &str, &str)] = &[
    ("database", "MERCER_DATABASE_URL", "mercer-data/", "Folder, SQLite file or postgres:// URL"),
    ("data_folder", "MERCER_DATA_FOLDER", "mercer-data/", "Folder of uploads and rejects"),
    ("listen", "MERCER_LISTEN", "127.0.0.1:8080", "Address and port of the server"),
    ("shop_name", "MERCER_SHOP_NAME", "My shop", "What the console calls the shop"),
    ("time_zone", "MERCER_TIME_ZONE", "UTC", "Zone in which a new channel counts its days"),
    ("currency", "MERCER_CURRENCY", "GBP", "Currency of a new channel"),
];

/// The settings in force.
#[derive(Debug, Clone)]
pub struct Settings {
    values: BTreeMap<&'static str, (String, Source)>,
    /// The settings file that was read, if any.
    pub file: Option<PathBuf>,
}

impl Settings {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// A file that was named cannot be read, or has a name or value that is no setting.
    pub fn load(globals: &Globals) -> Result<Self> {
        let environment = |name: &str| std::env::var(name).ok();
        Self::from_parts(globals, &environment)
    }

    fn from_parts(globals: &Globals, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let mut values: BTreeMap<&'static str, (String, Source)> = KNOWN
            .iter()
            .map(|(name, _, value, _)| (*name, ((*value).to_owned(), Source::Default)))
            .collect();
        let file = match &globals.config {
            Some(path) => Some(path.clone()),
            None => Some(PathBuf::from("mercer.toml")).filter(|path| path.exists()),
        };
        if let Some(path) = &file {
            for (name, value) in read_file(path)? {
                values.insert(name, (value, Source::File));
            }
        }
        for (name, variable, _, _) in KNOWN {
            if let Some(value) = environment(variable).filter(|value| !value.is_empty()) {
                values.insert(*name, (value, Source::Environment));
            }
        }
        // A flag that clap filled from the environment counts as the environment.
        if let Some(database) = &globals.database {
            let is_variable = environment("MERCER_DATABASE_URL").as_deref() == Some(database);
            let source = if is_variable { Source::Environment } else { Source::Flag };
            values.insert("database", (database.clone(), source));
        }
        Ok(Self { values, file })
    }

    fn get(&self, name: &'static str) -> &str {
        self.values.get(name).map_or("", |(value, _)| value)
    }

    /// With one setting replaced by a flag.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.values.insert(name, (value, Source::Flag));
        self
    }

    /// Where the data lives.
    #[must_use]
    pub fn database(&self) -> mercer_db::Location {
        mercer_db::Location::parse(self.get("database"))
    }

    /// Folder of uploads and rejects: beside an SQLite database unless set.
    #[must_use]
    pub fn data_folder(&self) -> PathBuf {
        let is_set = self.values.get("data_folder").is_some_and(|(_, s)| *s != Source::Default);
        match (is_set, self.database()) {
            (false, mercer_db::Location::Sqlite(path)) => path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .map_or_else(|| PathBuf::from("."), Path::to_path_buf),
            _ => PathBuf::from(self.get("data_folder")),
        }
    }

    /// Address and port of the server.
    ///
    /// # Errors
    /// It is none.
    pub fn listen(&self) -> Result<SocketAddr> {
        let text = self.get("listen");
        text.parse().with_context(|| {
            format!("`listen` is `{text}`; it looks like 127.0.0.1:8080 or [::1]:8080")
        })
    }

    /// What the console calls the shop.
    #[must_use]
    pub fn shop_name(&self) -> String {
        self.get("shop_name").to_owned()
    }

    /// Zone of new channels.
    ///
    /// # Errors
    /// It is not in the zone database.
    pub fn time_zone(&self) -> Result<String> {
        let name = self.get("time_zone");
        mercer_record::keep::parse_zone(name)?;
        Ok(name.to_owned())
    }

    /// Currency of new channels.
    ///
    /// # Errors
    /// It is none.
    pub fn currency(&self) -> Result<Currency> {
        Ok(self.get("currency").parse()?)
    }

    /// All settings for people, secrets masked.
    #[must_use]
    pub fn shown(&self) -> Vec<Setting> {
        KNOWN
            .iter()
            .map(|(name, _, _, help)| {
                let (value, source) = self
                    .values
                    .get(name)
                    .cloned()
                    .unwrap_or_else(|| (String::new(), Source::Default));
                let value = match *name {
                    "database" => mercer_db::Location::parse(&value).shown(),
                    "data_folder" => self.data_folder().display().to_string(),
                    _ => value,
                };
                Setting { name, value, source, help }
            })
            .collect()
    }
}

fn read_file(path: &Path) -> Result<Vec<(&'static str, String)>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("the settings file {} cannot be read", path.display()))?;
    let table: toml::Table = toml::from_str(&text)
        .with_context(|| format!("the settings file {} is not TOML", path.display()))?;
    let mut values = Vec::new();
    for (name, value) in table {
        let Some((known, ..)) = KNOWN.iter().find(|(known, ..)| *known == name) else {
            let names: Vec<&str> = KNOWN.iter().map(|(name, ..)| *name).collect();
            bail!(
                "{} sets `{name}`, which is no setting; there are {}",
                path.display(),
                names.join(", ")
            );
        };
        let toml::Value::String(value) = value else {
            bail!("{}: `{name}` must be text in quotes", path.display());
        };
        values.push((*known, value));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globals(config: Option<PathBuf>, database: Option<&str>) -> Globals {
        Globals { config, database: database.map(str::to_owned), ..Globals::default() }
    }

    #[test]
    fn later_sources_win_and_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mercer.toml");
        std::fs::write(&file, "shop_name = \"File\"\ncurrency = \"EUR\"\n").unwrap();
        let environment = |name: &str| (name == "MERCER_SHOP_NAME").then(|| "Env".to_owned());
        let globals = globals(Some(file), Some("shop.db"));
        let settings = Settings::from_parts(&globals, &environment).unwrap();
        assert_eq!(settings.shop_name(), "Env");
        assert_eq!(settings.currency().unwrap(), Currency::EUR);
        let sources: Vec<_> = settings.shown().into_iter().map(|s| (s.name, s.source)).collect();
        assert!(sources.contains(&("shop_name", Source::Environment)));
        assert!(sources.contains(&("currency", Source::File)));
        assert!(sources.contains(&("database", Source::Flag)));
        assert!(sources.contains(&("listen", Source::Default)));
    }

    #[test]
    fn an_unknown_name_is_an_error_that_lists_the_known_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mercer.toml");
        std::fs::write(&file, "curency = \"EUR\"\n").unwrap();
        let error = Settings::from_parts(&globals(Some(file), None), &|_| None).unwrap_err();
        assert!(error.to_string().contains("`curency`, which is no setting"), "{error}");
        assert!(error.to_string().contains("currency"), "{error}");
    }

    #[test]
    fn a_password_is_never_shown() {
        let settings = Settings::from_parts(
            &globals(None, Some("postgres://mercer:secret@db:5432/shop")),
            &|_| None,
        )
        .unwrap();
        assert!(settings.shown().iter().all(|setting| !setting.value.contains("secret")));
    }
}
