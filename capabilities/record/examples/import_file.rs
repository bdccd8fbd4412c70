//! Imports an order file and prints what became of it: `cargo run --release -p mercer-record
//! --example import_file -- FILE DATABASE [PRESET] [--dry-run]`, where DATABASE is a folder, an
//! `.sqlite` file or a `postgres://` URL.
#![expect(clippy::print_stdout, reason = "printing is what the example is for")]
#![expect(clippy::disallowed_methods, reason = "measures real time")]

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use mercer_core::clock::Clock;
use mercer_csv::file::OrderFile;
use mercer_csv::options::Options;
use mercer_db::{Db, Location};
use mercer_engine_kit::money::Currency;
use mercer_record::import::{ImportStart, begin, run};
use mercer_record::keep::ChannelDefaults;

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (mut arguments, mut dry_run) = (Vec::new(), false);
    for argument in std::env::args().skip(1) {
        if argument == "--dry-run" {
            dry_run = true;
        } else {
            arguments.push(argument);
        }
    }
    let usage = "usage: import_file FILE DATABASE [PRESET] [--dry-run]";
    let path = arguments.first().ok_or(usage)?;
    let location = Location::parse(arguments.get(1).ok_or(usage)?);
    let preset = arguments.get(2).map_or("auto", String::as_str).parse()?;
    let db = Db::open(&location)?;
    db.migrate(&[mercer_record::MIGRATIONS, mercer_facts::MIGRATIONS], 0)?;

    let begun = Instant::now();
    let options = Options { preset, ..Options::default() };
    let mut file = OrderFile::open(Path::new(path), options, Box::new(std::io::sink()))?;
    let defaults = ChannelDefaults {
        channel: file.preset().name().to_owned(),
        time_zone: "Europe/London".to_owned(),
        currency: Currency::GBP,
    };
    let start = ImportStart {
        file_name: path.clone(),
        preset: file.preset().name().to_owned(),
        dry_run,
        currency: Currency::GBP.code().to_owned(),
    };
    let import = begin(&db, Wall.now(), &start)?;
    let import = run(&db, &Wall, defaults, import, &mut file, &mut |_| {})?;
    println!("{}", serde_json::to_string_pretty(&import)?);
    println!("{:.2} s in {}", begun.elapsed().as_secs_f64(), db.shown());
    if let Some(peak) = peak_memory() {
        println!("{peak} at most");
    }
    Ok(())
}

/// The most memory that this process ever held, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}
