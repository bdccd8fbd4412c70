//! Bad input at the command line: a clear sentence, exit code 1, nothing kept by half, no panic.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Stdio;

use clap::CommandFactory;
use mercer_app::cli::Cli;
use mercer_testkit::on_sqlite;
use serde_json::Value;

use crate::support::program::{Ran, mercer, now, run};
use crate::support::retail::{self, HEADER};

/// Runs in a folder whose database is `data`.
fn in_folder(folder: &Path, arguments: &[&str]) -> Ran {
    run(mercer(folder, &[&["--database", "data"], arguments].concat()))
}

fn import(folder: &Path, file: &str, flags: &[&str]) -> Ran {
    let arguments =
        ["--json", "import", "orders", file, "--preset", "online-retail", "--no-compute"];
    in_folder(folder, &[&arguments, flags].concat())
}

fn status(folder: &Path) -> Value {
    in_folder(folder, &["--json", "status"]).good().json()
}

/// A file of the `online-retail` shape with these rows.
fn rows(rows: &[&str]) -> Vec<u8> {
    format!("{HEADER}\n{}\n", rows.join("\n")).into_bytes()
}

/// A gzip file (RFC 1952) whose one stored block promises more than there is.
fn gzip_cut_off(text: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 0xff, 0xff, 0, 0];
    bytes.extend_from_slice(text);
    bytes
}

/// Name, content, flags, and the words of the refusal.
type BadFile = (&'static str, Vec<u8>, &'static [&'static str], &'static [&'static str]);

const GOOD: &str = "536365,P1,Tea,6,2025-12-01 08:26:00,2.55,17850,United Kingdom";

#[test]
fn files_that_cannot_be_used_are_refused_and_nothing_of_them_is_kept() {
    on_sqlite("refused_files", &[], |bed| {
        let folder = bed.folder.path();
        let utf16: Vec<u8> = String::from_utf8_lossy(&rows(&[GOOD]))
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let cases: Vec<BadFile> = vec![
            ("empty.csv", vec![], &[], &["empty.csv", "is empty"]),
            ("header.csv", rows(&[])[..HEADER.len() + 1].to_vec(), &[], &["header but no rows"]),
            (
                "missing.csv",
                b"InvoiceNo,StockCode,Quantity\n1,2,3\n".to_vec(),
                &[],
                &["has no column", "its columns are", "--map"],
            ),
            ("book.xlsx", b"PK\x03\x04\x14\x00".repeat(20), &[], &["zip archive"]),
            ("picture.csv", vec![0, 1, 2, 3, 255, 254, 0, 0], &[], &["binary file"]),
            ("wide.csv", utf16, &[], &["binary file", "utf-16le"]),
            (
                "cut.csv.gz",
                gzip_cut_off(&rows(&[GOOD])),
                &[],
                &["is cut off", "nothing of it was kept"],
            ),
            ("days.csv", rows(&["1,P1,Tea,1,03/04/2025 10:00,1.00,7,UK"]), &[], &["--dates"]),
            ("good.csv", rows(&[GOOD]), &["--currency", "XXQ"], &["`XXQ` is not an ISO 4217"]),
            (
                "good.csv",
                rows(&[GOOD]),
                &["--time-zone", "Mars/Olympus"],
                &["`Mars/Olympus` is no time zone"],
            ),
            ("good.csv", rows(&[GOOD]), &["--map", "sku:Nothing"], &["Nothing"]),
            ("good.csv", rows(&[GOOD]), &["--map", "nothing"], &["nothing"]),
        ];
        for (name, bytes, flags, words) in cases {
            std::fs::write(folder.join(name), bytes).expect("a file");
            import(folder, name, flags).bad(words);
            assert_eq!(status(folder)["n_orders"], 0, "{name}");
            assert_eq!(status(folder)["n_products"], 0, "{name}");
        }
        import(folder, "nothing.csv", &[]).bad(&["cannot read nothing.csv"]);
        import(folder, ".", &[]).bad(&["cannot read ."]);
    });
}

#[test]
fn rows_that_cannot_be_kept_stand_in_the_rejects_with_line_column_and_reason() {
    on_sqlite("rejected_rows", &[], |bed| {
        let folder = bed.folder.path();
        let mut bytes = rows(&[
            GOOD,
            "536366,P2,Cup,1e400,2025-12-01 09:00:00,1.00,17850,United Kingdom",
            "536367,P2,Cup,1,2025-12-01 09:00:00,1e400,17850,United Kingdom",
            "536368,P2,Cup,1,25/12/2025 09:00,1.00,17850,United Kingdom",
            "536369,P2,Cup,0.5,2025-12-01 09:00:00,1.00,17850,United Kingdom",
            "536370,P2,Cup,1,2025-02-30 09:00:00,1.00,17850,United Kingdom",
            "536371,P2,Cup,1,,1.00,17850,United Kingdom",
            "536372,\"P\"\"3'\",Cup with a \"\"quote\"\",1,2025-12-01 09:00:00,1.00,17850,UK",
            "536373,🍵,Ceai cu lămâie,2,2025-12-01 09:00:00,1.50,'; DROP TABLE orders;--,UK",
        ]);
        bytes.extend_from_slice(b"536374,P4,Caf\xe9,1,2025-12-01 09:00:00,1.00,17850,UK\n");
        std::fs::write(folder.join("odd.csv"), &bytes).expect("a file");
        let done = import(folder, "odd.csv", &[]).good().json();
        assert_eq!(
            (&done["rows"], &done["kept"], &done["rejected"]),
            (&10.into(), &3.into(), &7.into())
        );
        let file = done["rejects_file"].as_str().expect("a file");
        let rejects = std::fs::read(folder.join(file)).expect("the rejects");
        let rejects = String::from_utf8_lossy(&rejects).into_owned();
        let lines: Vec<&str> = rejects.lines().collect();
        assert!(lines[0].starts_with("line,column,reason,InvoiceNo,"), "{}", lines[0]);
        let wanted = [
            ("3,Quantity,", "1e400"),
            ("4,UnitPrice,", "1e400"),
            ("5,InvoiceDate,", "25/12/2025"),
            ("6,Quantity,", "0.5"),
            ("7,InvoiceDate,", "2025-02-30"),
            ("8,InvoiceDate,", ""),
            ("11,Description,", "UTF-8"),
        ];
        assert_eq!(lines.len(), wanted.len() + 1, "{rejects}");
        for (line, (begin, word)) in lines[1..].iter().zip(wanted) {
            assert!(line.starts_with(begin) && line.contains(word), "{line}");
        }
        assert_eq!(status(folder)["n_orders"], 3);
        let customer =
            in_folder(folder, &["--json", "customer", "'; DROP TABLE orders;--"]).good().json();
        assert_eq!(customer["n_orders"], 1, "{customer}");
        // Named, the encoding is read.
        let flags = ["--encoding", "windows-1252"];
        assert_eq!(import(folder, "odd.csv", &flags).good().json()["rejected"], 6);
    });
}

#[test]
fn a_line_without_end_is_rejected_and_the_rest_is_kept() {
    on_sqlite("long_line", &[], |bed| {
        let folder = bed.folder.path();
        let megabytes = if retail::is_long() { 2_048 } else { 200 };
        let file = std::fs::File::create(folder.join("long.csv")).expect("a file");
        let mut file = BufWriter::new(file);
        let text = "x".repeat(1 << 20);
        writeln!(file, "{HEADER}\n{GOOD}").expect("a line");
        write!(file, "536366,P2,").expect("a line");
        for _ in 0..megabytes {
            file.write_all(text.as_bytes()).expect("a part");
        }
        writeln!(file, ",1,2025-12-01 09:00:00,1.00,17850,United Kingdom").expect("a line");
        writeln!(file, "{}", GOOD.replace("536365", "536367")).expect("a line");
        file.flush().expect("a file");
        let begun = now();
        let done = import(folder, "long.csv", &[]).good().json();
        assert_eq!(
            (&done["rows"], &done["kept"], &done["rejected"]),
            (&3.into(), &2.into(), &1.into())
        );
        println!("{megabytes} MB in {:?}", begun.elapsed());
        let rejects = std::fs::read(folder.join("long.csv.rejects.csv")).expect("the rejects");
        assert!(rejects.len() < 1_000, "{} bytes of rejects", rejects.len());
        assert!(String::from_utf8_lossy(&rejects).contains("\n3,"));
    });
}

#[test]
fn what_is_not_there_is_told_by_its_name() {
    on_sqlite("not_there", &[], |bed| {
        let folder = bed.folder.path();
        // Before anything was imported.
        in_folder(folder, &["recommend", "--product", "P1"]).bad(&["import orders first"]);
        in_folder(folder, &["forecast", "--product", "P1"]).bad(&["import orders first"]);
        in_folder(folder, &["evaluate", "recommend"]).bad(&["import"]);
        in_folder(folder, &["segments"]).good();
        std::fs::write(folder.join("orders.csv"), retail::made_up(3_000, 1)).expect("a file");
        let arguments = ["import", "orders", "orders.csv", "--preset", "online-retail"];
        in_folder(folder, &arguments).good();
        for (arguments, words) in [
            (&["recommend", "--product", "no'such"][..], &["no'such"][..]),
            (&["recommend", "--customer", "🙃"], &["🙃"]),
            (&["forecast", "--product", "nothing"], &["nothing"]),
            (&["customer", "cus_nobody"], &["there is no customer `cus_nobody`"]),
            (&["decisions", "--id", "dec_none"], &["there is no decision `dec_none`"]),
            (&["decisions", "--approve", "dec_none"], &["dec_none"]),
            (&["decisions", "--state", "odd"], &["`odd` is no state"]),
            (&["decisions", "--snooze", "dec_none", "--until", "soon"], &["`soon` is no instant"]),
            (&["key", "revoke", "key_none"], &["there is no key `key_none`"]),
            (&["sign-in-link", "--email", "nobody"], &["`nobody` is no e-mail address"]),
            (&["user", "create", "--email", "ada@example.com"], &["at least"]),
        ] {
            in_folder(folder, arguments).bad(words);
        }
        // A cart's unknown products are left out, with a word; they are no failure.
        in_folder(folder, &["--json", "recommend", "--cart", "nothing,P0000"]).good().json();
    });
}

#[test]
fn a_port_in_use_is_told_at_once() {
    on_sqlite("port_in_use", &[], |bed| {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = taken.local_addr().expect("an address").to_string();
        for command in ["serve", "demo"] {
            in_folder(bed.folder.path(), &[command, "--listen", &address]).bad(&[
                &address,
                "is in use",
                "--listen",
            ]);
        }
        in_folder(bed.folder.path(), &["serve", "--listen", "here"]).bad(&["`listen` is `here`"]);
    });
}

#[test]
fn settings_and_databases_that_cannot_be_used_are_told() {
    on_sqlite("bad_settings", &[], |bed| {
        let folder = bed.folder.path();
        let told = |arguments: &[&str], words: &[&str]| {
            run(mercer(folder, &[arguments, &["status"]].concat())).bad(words);
            let doctor = run(mercer(folder, &[arguments, &["--json", "doctor"]].concat()));
            assert_eq!(doctor.code, Some(1), "{arguments:?}: {}", doctor.out);
            let found = doctor.json();
            assert_eq!(found["ok"], false);
            let findings = found["findings"].as_array().expect("findings");
            let bad = findings.iter().filter(|finding| finding["verdict"] == "bad");
            let details: Vec<&str> = bad.filter_map(|finding| finding["detail"].as_str()).collect();
            for word in words {
                assert!(details.iter().any(|detail| detail.contains(word)), "{word}: {found}");
            }
        };
        for (name, text, words) in [
            ("name.toml", "curency = \"GBP\"", &["`curency`, which is no setting", "currency"][..]),
            ("number.toml", "listen = 8080", &["`listen` must be text in quotes"]),
            ("broken.toml", "listen = \"", &["is not TOML"]),
            ("money.toml", "currency = \"XXQ\"", &["XXQ"]),
            ("zone.toml", "time_zone = \"Mars\"", &["Mars"]),
        ] {
            std::fs::write(folder.join(name), text).expect("a file");
            told(&["--config", name], words);
        }
        told(&["--config", "nothing.toml"], &["nothing.toml cannot be read"]);
        std::fs::write(folder.join("text.sqlite"), "no database at all, ".repeat(99))
            .expect("a file");
        told(&["--database", "text.sqlite"], &["text.sqlite is not an SQLite database"]);
        told(&["--database", "text.sqlite/shop"], &["text.sqlite/shop"]);
        let url = mercer_testkit::postgres_url();
        let (server, _) = url.rsplit_once('/').expect("a URL");
        told(&["--database", &format!("{server}/nothing_here")], &["nothing_here", "PostgreSQL"]);
    });
}

#[test]
fn the_doctor_finds_good_databases_good_and_missing_ones_missing() {
    on_sqlite("doctor", &[], |bed| {
        let folder = bed.folder.path();
        let doctor = || in_folder(folder, &["--json", "doctor"]).good().json();
        let detail = |found: &Value, what: &str| -> String {
            let findings = found["findings"].as_array().expect("findings").iter();
            findings
                .filter(|finding| finding["what"] == what)
                .filter_map(|finding| finding["detail"].as_str())
                .collect::<Vec<_>>()
                .join("; ")
        };
        assert!(detail(&doctor(), "database").contains("does not exist yet"));
        assert!(!folder.join("data/mercer.sqlite").exists(), "the doctor made a database");
        status(folder);
        let found = doctor();
        assert!(detail(&found, "database").contains("answers"), "{found}");
        assert!(detail(&found, "writing").contains("can be written"), "{found}");
        assert!(detail(&found, "schema").contains("steps applied"), "{found}");
    });
}

#[test]
fn every_command_explains_itself() {
    on_sqlite("help", &[], |bed| {
        let mut commands = vec![Vec::new()];
        let mut n_commands = 0;
        while let Some(path) = commands.pop() {
            n_commands += 1;
            let arguments: Vec<&str> = path.iter().map(String::as_str).collect();
            let help = run(mercer(bed.folder.path(), &[&arguments[..], &["--help"]].concat()));
            assert!(help.good().out.contains("Usage: mercer"), "{path:?}");
            let mut command = &Cli::command();
            let root = command.clone();
            command = &root;
            for name in &path {
                command = command.find_subcommand(name).expect("a command");
            }
            for inner in command.get_subcommands() {
                commands.push([&path[..], &[inner.get_name().to_owned()]].concat());
            }
            // An unknown flag is no success either.
            let odd = run(mercer(bed.folder.path(), &[&arguments[..], &["--odd"]].concat()));
            assert_eq!(odd.code, Some(2), "{path:?}");
        }
        assert!(n_commands > 20, "{n_commands} commands");
    });
}

#[test]
fn every_command_prints_json_for_programs() {
    on_sqlite("json", &[], |bed| {
        let folder = bed.folder.path();
        std::fs::write(folder.join("orders.csv"), retail::made_up(6_000, 1)).expect("a file");
        let json = |arguments: &[&str]| {
            in_folder(folder, &[&["--json"], arguments].concat()).good().json()
        };
        let orders = ["import", "orders", "orders.csv", "--preset", "online-retail"];
        assert_eq!(json(&[&orders[..], &["--dry-run"]].concat())["dry_run"], true);
        assert_eq!(status(folder)["n_orders"], 0, "a dry run kept something");
        assert_eq!(json(&orders)["state"], "done");
        let customer = json(&["customer", "10200"])["id"].as_str().expect("an id").to_owned();
        for arguments in [
            &["status"][..],
            &["recommend", "--product", "P0000"],
            &["recommend", "--customer", &customer],
            &["recommend", "--cart", "P0000,P0001"],
            &["segments"],
            &["forecast", "--product", "P0000"],
            &["evaluate", "recommend"],
            &["evaluate", "forecast"],
            &["doctor"],
            &["openapi"],
            &["key", "list"],
            &["sign-in-link", "--email", "ada@example.com"],
        ] {
            assert!(json(arguments).is_object(), "{arguments:?}");
        }
        let key = json(&["key", "create", "--name", "x"])["id"].as_str().expect("an id").to_owned();
        assert_eq!(json(&["key", "revoke", &key])["id"], key);
        let open = json(&["decisions", "--state", "proposed", "--limit", "3"]);
        let ids: Vec<&str> = open["items"]
            .as_array()
            .expect("items")
            .iter()
            .filter_map(|d| d["id"].as_str())
            .collect();
        let [first, second, third] = ids[..] else { panic!("three proposals: {open}") };
        assert_eq!(json(&["decisions", "--id", first])["id"], *first);
        assert_eq!(json(&["decisions", "--approve", first])["state"], "approved");
        assert_eq!(json(&["decisions", "--dismiss", second])["state"], "dismissed");
        let until = "2199-01-01T00:00:00Z";
        assert_eq!(json(&["decisions", "--snooze", third, "--until", until])["state"], "snoozed");
        in_folder(folder, &["decisions", "--approve", first]).bad(&["is approved"]);
        let user = ["--database", "data", "--json", "user", "create", "--email", "ada@example.com"];
        let mut user = mercer(folder, &user);
        std::fs::write(folder.join("password"), "correct horse battery staple\n").expect("a file");
        user.stdin(Stdio::from(std::fs::File::open(folder.join("password")).expect("a file")));
        assert_eq!(run(user).good().json()["email"], "ada@example.com");
        let demo = ["--json", "--database", "demo", "demo", "--no-serve", "--orders", "300"];
        let demo = run(mercer(folder, &demo)).good().json();
        assert!(demo["n_orders"].as_i64() > Some(100), "{demo}");
    });
}
