//! A disk that is full or may only be read: a clear sentence, nothing half, and all is well later.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use mercer_db::{Db, Location};
use mercer_testkit::{on_postgres, on_sqlite};

use crate::support::dump::{assert_equal, dump};
use crate::support::program::{Ran, bare, binary, mercer, must, run, url};
use crate::support::retail;

/// Rows of the imported file.
const N_ROWS: usize = 6_000;

#[test]
fn a_full_disk_is_told_leaves_nothing_half_and_a_later_import_completes() {
    on_sqlite("full_disk", &[], |bed| {
        let folder = bed.folder.path();
        let file = folder.join("orders.csv");
        std::fs::write(&file, retail::made_up(N_ROWS, 3)).expect("a file");
        let file = file.display().to_string();
        let import = |database: &str| {
            [
                "--database",
                database,
                "import",
                "orders",
                &file,
                "--preset",
                "online-retail",
                "--no-compute",
            ]
            .map(str::to_owned)
        };
        let whole = import(&url(&bed.location));
        run(mercer(folder, &whole.each_ref().map(String::as_str))).good();
        let wanted = dump(&bed.db);
        // From hardly a table to almost everything: files may grow to so many KiB.
        for limit in [64, 300, 700, 1_200] {
            let database = folder.join(format!("limited{limit}.sqlite"));
            let location = Location::Sqlite(database.clone());
            let arguments = import(&database.display().to_string());
            let arguments = arguments.each_ref().map(String::as_str);
            let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"");
            let mut limited = bare(Command::new("bash"), folder);
            limited.args(["-c", &script, "bash", binary()]).args(arguments);
            run(limited).bad(&["the disk of the database is full or at a limit: free some space"]);
            assert_orders_are_whole(&location);
            run(mercer(folder, &arguments)).good();
            let db = Db::open(&location).expect("the database opens");
            assert_equal(&dump(&db), &wanted, &format!("after a limit of {limit} KiB"));
        }
    });
}

fn assert_orders_are_whole(location: &Location) {
    let db = Db::open(location).expect("the database opens");
    let n_half = db.read(|tx| {
        tx.fetch_value::<i64>(
            "SELECT COUNT(*) FROM orders o WHERE n_lines <>
               (SELECT COUNT(*) FROM order_lines l WHERE l.order_id = o.id)",
            &[],
        )
    });
    // With the smallest limit there are no tables yet.
    assert!(matches!(n_half, Ok(0) | Err(_)), "{n_half:?} orders are half there");
}

#[test]
fn a_file_that_may_only_be_read_is_told_and_left_as_it_is() {
    on_sqlite("read_only", &[], |bed| {
        let folder = bed.folder.path();
        let Location::Sqlite(path) = &bed.location else { panic!("SQLite") };
        std::fs::write(folder.join("orders.csv"), retail::made_up(50, 1)).expect("a file");
        run(mercer(folder, &["--database", &url(&bed.location), "status"])).good();
        let copy = folder.join("shop").join("mercer.sqlite");
        std::fs::create_dir(folder.join("shop")).expect("a folder");
        // A copy that nobody else has open, without a log beside it.
        std::fs::write(folder.join("closed"), "").expect("a file");
        let db = Db::open(&Location::Sqlite(copy.clone())).expect("a copy");
        db.migrate(mercer_app::shop::MIGRATIONS, 0).expect("migrations");
        drop(db);
        assert!(path.exists());
        let before = std::fs::read(&copy).expect("the file");
        for (path, mode) in [(copy.clone(), 0o444), (folder.join("shop"), 0o555)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("rights");
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).expect("rights");
        let words = ["the database is read-only: check the owner and the rights"];
        let database = copy.display().to_string();
        let import = [
            "--database",
            &database,
            "import",
            "orders",
            "orders.csv",
            "--preset",
            "online-retail",
        ];
        as_another(folder, &import).bad(&words);
        as_another(folder, &["--database", &database, "key", "create", "--name", "x"]).bad(&words);
        let doctor = as_another(folder, &["--database", &database, "--json", "doctor"]);
        assert_eq!(doctor.code, Some(1));
        assert!(doctor.out.contains("read-only"), "{}", doctor.out);
        assert_eq!(std::fs::read(&copy).expect("the file"), before);
        let rights = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.join("shop"), rights).expect("rights");
    });
}

/// Runs the binary without the rights of root, for whom no file is read-only.
fn as_another(folder: &std::path::Path, arguments: &[&str]) -> Ran {
    let mut id = Command::new("id");
    id.arg("-u");
    if !must(id).stdout.starts_with(b"0") {
        return run(mercer(folder, arguments));
    }
    // Where it was built may be out of reach for others.
    let copy = folder.join("mercer");
    if !copy.exists() {
        std::fs::copy(binary(), &copy).expect("a copy of the binary");
    }
    let mut command = bare(Command::new("setpriv"), folder);
    command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
    command.arg(copy).args(arguments);
    run(command)
}

#[test]
fn a_postgresql_that_may_only_be_read_is_told_and_can_still_be_looked_at() {
    on_postgres("read_only", mercer_app::shop::MIGRATIONS, |bed| {
        let folder = bed.folder.path();
        std::fs::write(folder.join("orders.csv"), retail::made_up(50, 1)).expect("a file");
        let database = format!("{}%20-cdefault_transaction_read_only%3Don", url(&bed.location));
        let words = ["the database is read-only: check the owner and the rights"];
        let import = [
            "--database",
            &database,
            "import",
            "orders",
            "orders.csv",
            "--preset",
            "online-retail",
        ];
        run(mercer(folder, &import)).bad(&words);
        run(mercer(folder, &["--database", &database, "key", "create", "--name", "x"])).bad(&words);
        let doctor = run(mercer(folder, &["--database", &database, "--json", "doctor"]));
        assert_eq!(doctor.code, Some(1));
        assert!(doctor.out.contains("read-only"), "{}", doctor.out);
        let status = run(mercer(folder, &["--database", &database, "--json", "status"])).good();
        assert_eq!(status.json()["n_orders"], 0);
    });
}
